// The calls of Node and of the language that hold the thread until they are done, and that nothing can look into
// meanwhile. Atomics.wait is not among them: it answers the probe.

/** A function where it is found, and the name it is reported by. */
export interface SyncCall {
  readonly holder: object
  readonly property: string
  readonly name: string
  /** Whether a call with these arguments may take long; absent: each may. */
  readonly isHeavy?: (args: readonly unknown[]) => boolean
}

const MODULES = ["fs", "child_process", "crypto", "zlib"]

/** A shorter text is parsed within some milliseconds. */
const HEAVY_TEXT_LENGTH = 100_000

/** All of them, as this Node has them. */
export function findSyncCalls(): readonly SyncCall[] {
  const { gc } = globalThis // there only with --expose-gc
  return [
    ...MODULES.flatMap(syncFunctionsOf),
    { holder: JSON, property: "parse", name: "JSON.parse", isHeavy: isLongText },
    // since V8 13.7 or so; before that it answers the probe
    { holder: JSON, property: "stringify", name: "JSON.stringify" },
    ...(gc === undefined ? [] : [{ holder: globalThis, property: "gc", name: "gc" }]),
  ]
}

// Loaded here, because a program without a guard need not have them: 2 MB.
function syncFunctionsOf(module: string): SyncCall[] {
  const holder = process.getBuiltinModule(module) ?? {} // a Node may lack crypto
  return Object.keys(holder)
    .filter((property) => property.endsWith("Sync") && isReplaceable(holder, property))
    .map((property) => ({ holder, property, name: `${module}.${property}` }))
}

function isReplaceable(holder: object, property: string): boolean {
  const { value, writable } = Object.getOwnPropertyDescriptor(holder, property) ?? {}
  return typeof value === "function" && writable === true
}

const isLongText = ([text]: readonly unknown[]): boolean =>
  typeof text === "string" && text.length > HEAVY_TEXT_LENGTH
