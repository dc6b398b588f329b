// What V8 tells debuggers of itself: offsets and numbers of kinds, as constants in Node's own program.

import { closeSync, openSync, readSync } from "node:fs"

/** As this Node has them: offsets in objects and frames, and numbers of types. */
export interface Constants {
  readonly frameKinds: ReadonlyMap<string, number>
  readonly frameBytecodes: number
  readonly frameOffset: number
  readonly functionType: number
  readonly functionShared: number
  readonly sharedName: number
  readonly script: number
  readonly scriptType: number
  readonly scriptName: number
  readonly scriptSource: number
  readonly scopeType: number
  readonly stringLength: number
  readonly mapType: number
  readonly bytecodesType: number
  readonly bytecodesData: number
  /** Of the tables of positions. */
  readonly tableTypes: readonly number[]
}

/** Reads them from a program. Throws where one is not there. */
export function readConstants(program: string): Constants {
  const values = readSymbols(program)
  const number = (beginning: string): number => {
    // the end of a name is a type, which changes
    const name = [...values.keys()].find((each) => each.startsWith(`v8dbg_${beginning}`))
    if (name === undefined) throw new Error(`v8dbg_${beginning} is not there`)
    return values.get(name) ?? 0
  }
  const frameKinds = [...values].map(
    ([name, value]) => [name.replace("v8dbg_frametype_", ""), value] as const,
  )
  return {
    // the one of the entry frame is not always told; it is the one before
    frameKinds: new Map([["EntryFrame", number("frametype_ConstructEntryFrame") - 1], ...frameKinds]),
    frameBytecodes: number("off_fp_bytecode_array"),
    frameOffset: number("off_fp_bytecode_offset"),
    functionType: number("type_JSFunction__JS_FUNCTION_TYPE"),
    functionShared: number("class_JSFunction__shared__SharedFunctionInfo"),
    sharedName: number("class_SharedFunctionInfo__name_or_scope_info__"),
    script: number("class_SharedFunctionInfo__script_"),
    scriptType: number("type_Script__SCRIPT_TYPE"),
    scriptName: number("class_Script__name__Object"),
    scriptSource: number("class_Script__source__Object"),
    scopeType: number("type_ScopeInfo__SCOPE_INFO_TYPE"),
    stringLength: number("class_String__length__int32_t"),
    mapType: number("class_Map__instance_type__uint16_t"),
    bytecodesType: number("type_BytecodeArray__BYTECODE_ARRAY_TYPE"),
    bytecodesData: number("class_BytecodeArray__data__uintptr_t"),
    tableTypes: ["type_ByteArray__BYTE_ARRAY_TYPE", "type_TrustedByteArray__TRUSTED_BYTE_ARRAY_TYPE"]
      .map((name) => values.get(`v8dbg_${name}`))
      .filter((type) => type !== undefined),
  }
}

// Of an ELF file of 64 bits: the 32-bit values of its symbols that begin with v8dbg_.
function readSymbols(program: string): Map<string, number> {
  const file = openSync(program, "r")
  try {
    const read = (at: number, length: number): Buffer => {
      const bytes = Buffer.alloc(length)
      readSync(file, bytes, 0, length, at)
      return bytes
    }
    const head = read(0, 64)
    const segments = records(read(long(head, 32), 56 * head.readUInt16LE(56)), 56)
    const sections = records(read(long(head, 40), 64 * head.readUInt16LE(60)), 64)
    const symbols = sections.find((section) => section.readUInt32LE(4) === 2)
    const names = symbols && sections[symbols.readUInt32LE(40)]
    if (names === undefined || symbols === undefined) return new Map()
    const text = read(long(names, 24), long(names, 32))
    const wanted = namesIn(text, "v8dbg_")
    const found = new Map<string, number>()
    const table = read(long(symbols, 24), long(symbols, 32))
    for (let at = 0; at < table.length; at += 24) {
      const name = wanted.get(table.readUInt32LE(at))
      if (name === undefined) continue
      const address = long(table, at + 8)
      const segment = segments.find(
        (each) => address >= long(each, 16) && address < long(each, 16) + long(each, 32),
      )
      if (segment === undefined) continue
      found.set(name, read(address - long(segment, 16) + long(segment, 8), 4).readInt32LE(0))
    }
    return found
  } finally {
    closeSync(file)
  }
}

const long = (bytes: Buffer, at: number): number => Number(bytes.readBigUInt64LE(at))

const records = (bytes: Buffer, length: number): Buffer[] =>
  Array.from({ length: Math.floor(bytes.length / length) }, (_, i) =>
    bytes.subarray(i * length, (i + 1) * length),
  )

// Names with this beginning, by where they are.
function namesIn(text: Buffer, beginning: string): Map<number, string> {
  const names = new Map<number, string>()
  for (let at = text.indexOf(`\0${beginning}`); at !== -1; at = text.indexOf(`\0${beginning}`, at + 1)) {
    names.set(at + 1, text.toString("latin1", at + 1, text.indexOf(0, at + 1)))
  }
  return names
}
