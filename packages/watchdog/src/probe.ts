// The probe: a function on the watched thread that says where that thread is.
//
// The monitor evaluates `probeExpression(id)` over the inspector. V8 serves that from an interrupt, ON TOP of
// whatever is running, so that the stack seen from inside the probe is the stack of the block, and the current
// AsyncLocalStorage context is that of the request which blocks. No debugger is enabled, nothing is paused.
//
// It may interrupt a regular expression, and so must not run one: on Node 20 both use the same stack for what is
// left to try, the inner one overwrites what the outer one goes back to, and the process dies of it.

import type { Progress } from "./progress.ts"
import type { Served } from "./served.ts"

/** What the probe saw, as it travels to the monitor. */
export interface ProbeAnswer {
  /** The last beat at the moment of the answer, in digits: tells this block from the next. */
  readonly beat: string
  /** Innermost first, at the positions of the code that runs, which may be generated. */
  readonly frames: readonly GeneratedFrame[]
  /** Absent from another process, as is what follows. */
  readonly served?: Served
  readonly progress?: Progress
}

/** A stack frame as V8 tells it. */
export interface GeneratedFrame {
  readonly name: string
  /** A path, a `file:` URL or `node:…`; absent for a builtin. */
  readonly file?: string
  readonly line?: number
  readonly column?: number
  /** Where the function begins: a source map has the original name there. */
  readonly functionLine?: number
  readonly functionColumn?: number
  readonly async: boolean
}

type Probe = () => string

// Several watchdogs, and several copies of this package, may live in one process: they share one Map.
const REGISTRY = "avrolet.watchdog.probes"
/** The name of the evaluated script: the frames above it are the probe's own. */
export const SCRIPT_NAME = "avrolet-watchdog-probe"
const MAX_FRAMES = 50
/** A name may be computed, and a file may be a data: URL. */
const MAX_NAME_LENGTH = 200
const MAX_FILE_LENGTH = 4096

/** Makes a probe reachable under the returned id, until `uninstallProbe(id)`. */
export function installProbe(
  lastBeat: () => bigint,
  currentlyServed: () => Served,
  readProgress: () => Progress,
): number {
  const probes = findProbes() ?? new Map<number, Probe>()
  let id = 0
  while (probes.has(id)) id++
  const probe = (): string =>
    JSON.stringify({
      beat: String(lastBeat()),
      frames: captureFrames(probe),
      served: currentlyServed(),
      progress: readProgress(),
    })
  probes.set(id, probe)
  Reflect.defineProperty(globalThis, Symbol.for(REGISTRY), { value: probes, configurable: true })
  return id
}

export function uninstallProbe(id: number): void {
  const probes = findProbes()
  probes?.delete(id)
  if (probes?.size === 0) Reflect.deleteProperty(globalThis, Symbol.for(REGISTRY))
}

function findProbes(): Map<number, Probe> | undefined {
  return Reflect.get(globalThis, Symbol.for(REGISTRY))
}

/** The expression the monitor evaluates on the watched thread. Its value is a `ProbeAnswer` as JSON. */
export const probeExpression = (id: number): string =>
  `globalThis[Symbol.for("${REGISTRY}")]?.get(${id})?.()\n//# sourceURL=${SCRIPT_NAME}`

/**
 * The stack below the evaluated script that has called `probe`, innermost frame first.
 *
 * The application may have changed how stacks are made, and must not notice that we do: the properties are
 * replaced and put back whole, without running a setter of theirs.
 */
export function captureFrames(probe: Probe): GeneratedFrame[] {
  const limit = Object.getOwnPropertyDescriptor(Error, "stackTraceLimit")
  const prepare = Object.getOwnPropertyDescriptor(Error, "prepareStackTrace")
  let sites: NodeJS.CallSite[] = []
  const keep = (_error: Error, captured: NodeJS.CallSite[]): void => {
    sites = captured
  }
  try {
    put("stackTraceLimit", { value: MAX_FRAMES, writable: true, configurable: true })
    put("prepareStackTrace", { value: keep, writable: true, configurable: true })
    const holder: { stack?: unknown } = {}
    Error.captureStackTrace(holder, probe)
    void holder.stack // V8 prepares a stack when it is first read
    const below = sites.findIndex((site) => site.getScriptNameOrSourceURL() === SCRIPT_NAME) + 1
    return sites.slice(below).map(toFrame)
  } catch {
    return [] // a frozen Error: better no stack than a failing probe
  } finally {
    put("stackTraceLimit", limit)
    put("prepareStackTrace", prepare)
  }
}

function put(name: "stackTraceLimit" | "prepareStackTrace", property: PropertyDescriptor | undefined): void {
  if (property === undefined) Reflect.deleteProperty(Error, name)
  else Reflect.defineProperty(Error, name, property)
}

function toFrame(site: NodeJS.CallSite): GeneratedFrame {
  const file = site.getFileName() ?? site.getEvalOrigin()
  const line = site.getLineNumber()
  const column = site.getColumnNumber()
  const functionLine = site.getEnclosingLineNumber()
  const functionColumn = site.getEnclosingColumnNumber()
  return {
    name: shorten(nameOf(site), MAX_NAME_LENGTH),
    async: site.isAsync(),
    ...(file && { file: shorten(file, MAX_FILE_LENGTH) }),
    ...(line && { line }),
    ...(column && { column }),
    ...(functionLine && { functionLine }),
    ...(functionColumn && { functionColumn }),
  }
}

function nameOf(site: NodeJS.CallSite): string {
  const name = site.getFunctionName()
  if (name === null || name === "") return site.getMethodName() ?? "<anonymous>"
  if (site.isConstructor()) return `new ${name}`
  const type = site.isToplevel() ? null : site.getTypeName()
  // "Object." and the like say nothing, and a callback has a `this` that is none of its own
  if (type === null || !isCapital(type.charAt(0)) || SAYS_NOTHING.has(type)) return name
  const isMethod = site.getFileName() === null || site.getMethodName() === name
  return isMethod && !name.startsWith(type) ? `${type}.${name}` : name
}

const shorten = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length)}…` : text

const SAYS_NOTHING = new Set(["Object", "Module", "Function"])

const isCapital = (letter: string): boolean => letter >= "A" && letter <= "Z"
