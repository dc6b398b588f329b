// From a frame pointer to the functions on the stack above it, with their places; from V8's objects as they lie in
// memory. Throws, or finds nonsense, where they change meanwhile.

import type { GeneratedFrame } from "../probe.ts"
import type { Constants } from "./debug-symbols.ts"
import { bytesAt, pointerAt, type Range, wordAt } from "./memory.ts"

/** What a stack is read with. */
export interface Reading {
  readonly constants: Constants
  readonly stack: Range
  readonly stepOf: StepOf
  /** The offsets at which the lines of the last script begin, by its source's address and length. */
  readonly lines: Map<string, readonly number[]>
}

/** How far a number in a table of positions moves the bytecode's offset: the rest of it says of what kind this is. */
export type StepOf = (value: number) => number
/** Those there have been. */
export const STEPS: readonly StepOf[] = [
  (value) => Math.floor(value / 2),
  (value) => Math.floor(value / 4), // since V8 14
]

const MAX_FRAMES = 50
const MAX_NAME_LENGTH = 500
const MAX_SOURCE_LENGTH = 8 * 1024 * 1024
const MAX_STRING_DEPTH = 5
/** The names of more locals than that are kept elsewhere. */
const MAX_LOCALS = 75
const HAS_NAME = 0b11_0000_0000_0000
const HAS_CLASS_VARIABLE = 0b100_0000_0000

/**
 * The functions on the stack, innermost first, from the frame in which one of them called into C++ up to where C++ had
 * called JavaScript.
 */
export function walk(reading: Reading, exit: number): GeneratedFrame[] {
  const frames: GeneratedFrame[] = []
  const callee = isInside(reading.stack, exit) ? builtinOf(reading, exit) : undefined
  if (callee !== undefined) frames.push(callee)
  for (let frame = exit; isInside(reading.stack, frame) && frames.length < MAX_FRAMES; ) {
    const caller = pointerAt(frame)
    if (caller <= frame) break
    frame = caller
    const mark = pointerAt(frame - 8)
    if (isObject(mark)) frames.push(functionFrame(reading, frame))
    else if (isKind(reading, mark, ["EntryFrame", "ConstructEntryFrame"])) break
  }
  return frames
}

// A builtin that is C++ has no frame of its own: it stands among the arguments of the frame it was called from.
function builtinOf(reading: Reading, exit: number): GeneratedFrame | undefined {
  if (!isKind(reading, pointerAt(exit - 8), ["BuiltinExitFrame"])) return undefined
  for (const slot of [exit + 16, exit + 24, exit + 32]) {
    const candidate = pointerAt(slot)
    const name = isFunction(reading, candidate) ? nameOf(reading, sharedOf(reading, candidate)) : ""
    if (name !== "") return { name, async: false }
  }
  return undefined
}

function functionFrame(reading: Reading, frame: number): GeneratedFrame {
  const { constants } = reading
  const callable = pointerAt(frame - 16)
  if (!isFunction(reading, callable)) throw new Error("Not the frame of a function")
  const shared = sharedOf(reading, callable)
  const script = pointerAt(field(shared, constants.script))
  const name = nameOf(reading, shared) || "<anonymous>"
  if (!isOfType(reading, script, constants.scriptType)) return { name, async: false }
  const file = textOf(reading, pointerAt(field(script, constants.scriptName)), MAX_NAME_LENGTH)
  const position = file.startsWith("node:") ? undefined : positionIn(reading, frame)
  const place = position === undefined ? undefined : placeOf(reading, script, position)
  return { name, ...(file && { file }), async: false, ...place }
}

// The position in the script, which only a frame of the interpreter has.
function positionIn(reading: Reading, frame: number): number | undefined {
  const { constants } = reading
  const bytecodes = pointerAt(frame + constants.frameBytecodes)
  const offsetSlot = frame + constants.frameOffset
  if (!isOfType(reading, bytecodes, constants.bytecodesType) || wordAt(offsetSlot) !== 0) return undefined
  const offset = wordAt(offsetSlot + 4) - (constants.bytecodesData - 1)
  const numbers = [...numbersIn(positionTable(reading, bytecodes))]
  return positionsIn(numbers, reading.stepOf).findLast((each) => each.offset <= offset)?.position
}

// The table is pairs of differences: in the bytecode's offset, which begins at -1 and comes together with what kind of
// a position this is; and in the position, which comes times two.
function positionsIn(numbers: readonly number[], stepOf: StepOf): { offset: number; position: number }[] {
  const found = []
  let offset = -1
  let source = 0
  for (let i = 0; i + 1 < numbers.length; i += 2) {
    offset += stepOf(numbers[i] ?? 0)
    source += signed(numbers[i + 1] ?? 0)
    found.push({ offset, position: Math.floor(source / 2) - 1 })
  }
  return found
}

const signed = (value: number): number => (value % 2 === 1 ? -(value + 1) / 2 : value / 2)

// Each in as many bytes as it needs, seven bits a byte, the lowest first.
function* numbersIn(bytes: Buffer): Generator<number> {
  let value = 0
  let scale = 1
  for (const byte of bytes) {
    value += (byte % 128) * scale
    scale *= 128
    if (byte >= 128) continue
    yield value
    value = 0
    scale = 1
  }
}

function positionTable(reading: Reading, bytecodes: number): Buffer {
  const { bytecodesData, tableTypes } = reading.constants
  for (const slot of bytecodesData >= 64 ? [24, 32, 40] : [32]) {
    const table = pointerAt(field(bytecodes, slot))
    if (!tableTypes.some((type) => isOfType(reading, table, type))) continue
    const length = wordAt(field(table, 8) + 4)
    if (length > 0 && length < MAX_SOURCE_LENGTH) return bytesAt(field(table, 16), length)
  }
  return Buffer.alloc(0)
}

function placeOf(
  reading: Reading,
  script: number,
  position: number,
): { line: number; column: number } | undefined {
  const { constants, lines } = reading
  const source = pointerAt(field(script, constants.scriptSource))
  const key = `${source} ${lengthOf(reading, source)}` // moves when it is collected: then it is read anew
  const starts = lines.get(key) ?? lineStarts(textOf(reading, source, MAX_SOURCE_LENGTH))
  lines.clear()
  lines.set(key, starts)
  const line = starts.findLastIndex((start) => start <= position)
  return line === -1 ? undefined : { line: line + 1, column: position - (starts[line] ?? 0) + 1 }
}

function lineStarts(text: string): number[] {
  const starts = text === "" ? [] : [0]
  for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", end + 1)) starts.push(end + 1)
  return starts
}

const sharedOf = ({ constants }: Reading, callable: number): number =>
  pointerAt(field(callable, constants.functionShared))

// The name itself, or a scope's information:
//
//   flags, parameters, locals, [start, end], names of locals, slots of locals, [class variable], [name, slot], [guess]
//
// where start and end stood at the very end before V8 12 or so.
function nameOf(reading: Reading, shared: number): string {
  const { constants } = reading
  const holder = pointerAt(field(shared, constants.sharedName))
  if (!isObject(holder)) return ""
  if (!isOfType(reading, holder, constants.scopeType)) return textOf(reading, holder, MAX_NAME_LENGTH)
  const slot = (index: number): number => field(holder, 8 + 8 * index)
  const flags = wordAt(slot(0)) || wordAt(slot(0) + 4) // a number of 32 bits, or such a one in the upper half
  const locals = wordAt(slot(2) + 4)
  if ((flags & HAS_NAME) === 0 || locals >= MAX_LOCALS) return ""
  const names = isObject(pointerAt(slot(3))) ? 3 : 5
  const index = names + 2 * locals + (flags & HAS_CLASS_VARIABLE ? 1 : 0)
  const isName = !isObject(pointerAt(slot(index + 1)))
  return isName ? textOf(reading, pointerAt(slot(index)), MAX_NAME_LENGTH) : ""
}

// Empty for what is no string, or too long a one.
function textOf(reading: Reading, text: number, maxLength: number, depth = 0): string {
  const type = typeOf(reading, text)
  const length = lengthOf(reading, text)
  if (type === undefined || type >= 128 || length > maxLength || depth > MAX_STRING_DEPTH) return ""
  const width = type & 8 ? 1 : 2
  const decode = (at: number): string =>
    bytesAt(at, length * width).toString(width === 1 ? "latin1" : "utf16le")
  const part = (slot: number): string => textOf(reading, pointerAt(field(text, slot)), maxLength, depth + 1)
  switch (type & 7) {
    case 0: // its characters follow
      return decode(field(text, 16))
    case 1: // two others, joined
      return part(16) + part(24)
    case 2: // outside the heap: an object of C++, of which the second word points to the characters
      return decode(pointerAt(pointerAt(field(text, 16)) + 8))
    case 5: // another one
      return part(16)
    default:
      return ""
  }
}

const lengthOf = ({ constants }: Reading, text: number): number => wordAt(field(text, constants.stringLength))

function isFunction(reading: Reading, value: number): boolean {
  const type = typeOf(reading, value) ?? 0
  // closures of classes, constructors and the like have the numbers around it
  return type >= reading.constants.functionType - 1 && type <= reading.constants.functionType + 14
}

const isOfType = (reading: Reading, value: number, type: number): boolean => typeOf(reading, value) === type

function typeOf({ constants }: Reading, value: number): number | undefined {
  if (!isObject(value)) return undefined
  const map = pointerAt(field(value, 0))
  return isObject(map) ? wordAt(field(map, constants.mapType)) % 65_536 : undefined
}

/** Whether the mark of a frame says that it is of one of these kinds, by V8's names. */
export const isKind = ({ constants }: Reading, mark: number, names: readonly string[]): boolean =>
  names.some((name) => mark === 2 * (constants.frameKinds.get(name) ?? Number.NaN))

// Pointers to objects have their lowest bit set.
const isObject = (value: number): boolean => value % 8 === 1 && value > 4096 && value < 2 ** 47
const field = (object: number, offset: number): number => object - 1 + offset
const isInside = ({ from, to }: Range, address: number): boolean =>
  address > from && address < to - 64 && address % 8 === 0
