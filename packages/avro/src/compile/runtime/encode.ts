// What emitted encoders call. Each function writes at `position` and returns where it ended, with at
// least `SLACK` bytes of room behind: emitted code then writes what is of fixed size without asking.

import { isWellFormed, utf8Size, writeAscii, writeUtf8 } from "../../binary/utf8.ts"
import type { Writer } from "../../binary/writer.ts"
import { MISFIT } from "../misfit.ts"

/** The room that emitted code may count on after each value of variable size. */
export const SLACK = 256

/** V8 optimises this in a `for … in` to nothing, which `Object.hasOwn` is not (Node 20: 0.1 and 7 ns a key). */
// oxlint-disable-next-line typescript/unbound-method -- called with its object
export const hasOwn: (this: object, key: string) => boolean = Object.prototype.hasOwnProperty

const SHORT_TEXT = 48 // up to here a loop beats the call into V8's own routine, which takes 67 ns (Node 20)
const SHORT_OTHER = 28 // the same where characters take several bytes
const COUNTED_TEXT = 512
const MAX_HEADER = 5

/** Makes room for at least `SLACK` bytes. */
export function reserve(writer: Writer, position: number): number {
  return writer["~bytes"].length - position < SLACK ? writer["~reserve"](position, SLACK) : position
}

/** The bits of an int or of a small long, as an unsigned varint. */
export function writeVarint(bytes: Uint8Array, position: number, bits: number): number {
  let rest = bits >>> 0
  while (rest > 0x7f) {
    bytes[position++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  bytes[position++] = rest
  return position
}

/** A long that is not an int: see `Writer.writeLong`. */
export function writeLong(bytes: Uint8Array, position: number, value: unknown): number {
  if (typeof value === "bigint") return writeBigInt(bytes, position, value)
  if (typeof value !== "number" || !Number.isSafeInteger(value)) throw MISFIT
  const sign = value < 0 ? 1 : 0
  const half = sign === 1 ? -value - 1 : value
  // 28 bits with the sign, then the rest, both as the 32-bit integers that V8 is fast at.
  let high = Math.floor(half / 2 ** 27)
  const low = ((half - high * 2 ** 27) << 1) | sign
  if (high === 0) return writeVarint(bytes, position, low)
  bytes[position++] = (low & 0x7f) | 0x80
  bytes[position++] = ((low >>> 7) & 0x7f) | 0x80
  bytes[position++] = ((low >>> 14) & 0x7f) | 0x80
  bytes[position++] = ((low >>> 21) & 0x7f) | 0x80
  high |= 0
  while (high > 0x7f) {
    bytes[position++] = (high & 0x7f) | 0x80
    high >>>= 7
  }
  bytes[position++] = high
  return position
}

function writeBigInt(bytes: Uint8Array, position: number, value: bigint): number {
  if (BigInt.asIntN(64, value) !== value) throw MISFIT
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
  while (rest > 0x7fn) {
    bytes[position++] = Number(rest & 0x7fn) | 0x80
    rest >>= 7n
  }
  bytes[position++] = Number(rest)
  return position
}

/** A string: most are short and ASCII, and go out in one loop over their characters, four at a time. */
export function writeString(writer: Writer, position: number, text: string): number {
  const { length } = text
  if (length >= SHORT_TEXT) return writeLongText(writer, position, text)
  if (writer["~bytes"].length - position < SHORT_TEXT * 3 + MAX_HEADER + SLACK) {
    position = writer["~reserve"](position, SHORT_TEXT * 3 + MAX_HEADER + SLACK)
  }
  const bytes = writer["~bytes"]
  const start = position + 1
  let index = 0
  for (const last = length - 3; index < last; index += 4) {
    const first = text.charCodeAt(index)
    const second = text.charCodeAt(index + 1)
    const third = text.charCodeAt(index + 2)
    const fourth = text.charCodeAt(index + 3)
    bytes[start + index] = first
    bytes[start + index + 1] = second
    bytes[start + index + 2] = third
    bytes[start + index + 3] = fourth
    if ((first | second | third | fourth) > 0x7f) return writeOther(writer, position, text)
  }
  for (; index < length; index++) {
    const code = text.charCodeAt(index)
    bytes[start + index] = code
    if (code > 0x7f) return writeOther(writer, position, text)
  }
  bytes[position] = length << 1
  return start + length
}

/** A text that is not ASCII. A short one takes less time here than the call into V8's routine alone. */
function writeOther(writer: Writer, position: number, text: string): number {
  const { length } = text
  if (length > SHORT_OTHER) return writeLongText(writer, position, text)
  const bytes = writer["~bytes"]
  const start = position + headerSize(length)
  let end = start
  for (let index = 0; index < length; index++) {
    let code = text.charCodeAt(index)
    if (code < 0x80) bytes[end++] = code
    else if (code < 0x800) {
      bytes[end++] = 0xc0 | (code >> 6)
      bytes[end++] = 0x80 | (code & 0x3f)
    } else {
      if ((code & 0xf800) === 0xd800) {
        const low = text.charCodeAt(++index) // NaN behind the end
        if (code > 0xdbff || (low & 0xfc00) !== 0xdc00) throw MISFIT
        code = (code - 0xd7c0) * 0x400 + (low & 0x3ff)
        bytes[end++] = 0xf0 | (code >> 18)
        bytes[end++] = 0x80 | ((code >> 12) & 0x3f)
      } else bytes[end++] = 0xe0 | (code >> 12)
      bytes[end++] = 0x80 | ((code >> 6) & 0x3f)
      bytes[end++] = 0x80 | (code & 0x3f)
    }
  }
  return endText(bytes, position, start, end - start)
}

/** The text where a length of its usual size leaves it; only one whose length takes more bytes moves. */
function writeLongText(writer: Writer, position: number, text: string): number {
  const { length } = text
  const size = length > COUNTED_TEXT ? utf8Size(text) : length * 3
  position = writer["~reserve"](position, size + MAX_HEADER + SLACK)
  const bytes = writer["~bytes"]
  const start = position + headerSize(length)
  if (size === length) {
    writeAscii(bytes, text, start)
    return endText(bytes, position, start, length)
  }
  const written = writeUtf8(bytes, text, start)
  if (written !== length && !isWellFormed(text)) throw MISFIT
  return endText(bytes, position, start, written)
}

/** The length before a text of `size` bytes that stands at `start`, and moves where that leaves too much room or too little. */
function endText(bytes: Uint8Array, position: number, start: number, size: number): number {
  const header = headerSize(size)
  if (position + header !== start) bytes.copyWithin(position + header, start, start + size)
  return writeVarint(bytes, position, size * 2) + size
}

const headerSize = (length: number): number =>
  length < 2 ** 6 ? 1 : length < 2 ** 13 ? 2 : length < 2 ** 20 ? 3 : length < 2 ** 27 ? 4 : MAX_HEADER

export function writeBytes(writer: Writer, position: number, value: unknown): number {
  if (!(value instanceof Uint8Array)) throw MISFIT
  position = writer["~reserve"](position, MAX_HEADER + value.length + SLACK)
  return copy(writer["~bytes"], writeVarint(writer["~bytes"], position, value.length * 2), value)
}

export function writeFixed(writer: Writer, position: number, value: unknown, size: number): number {
  if (!(value instanceof Uint8Array) || value.length !== size) throw MISFIT
  position = writer["~reserve"](position, size + SLACK)
  return copy(writer["~bytes"], position, value)
}

const SHORT_COPY = 32

function copy(bytes: Uint8Array, position: number, value: Uint8Array): number {
  const { length } = value
  if (length > SHORT_COPY) bytes.set(value, position)
  else {
    let index = 0
    for (const last = length - 3; index < last; index += 4) {
      bytes[position + index] = value[index] as number
      bytes[position + index + 1] = value[index + 1] as number
      bytes[position + index + 2] = value[index + 2] as number
      bytes[position + index + 3] = value[index + 3] as number
    }
    for (; index < length; index++) bytes[position + index] = value[index] as number
  }
  return position + length
}

/** The items of an array of floats, all at once. */
export function writeFloats(
  writer: Writer,
  position: number,
  items: readonly unknown[],
  size: 4 | 8,
): number {
  const { length } = items
  position = writer["~reserve"](position, length * size + SLACK)
  const view = writer["~view"]
  for (let index = 0; index < length; index++) {
    const item = items[index]
    if (typeof item !== "number") throw MISFIT
    if (size === 8) view.setFloat64(position, item, true)
    else view.setFloat32(position, item, true)
    position += size
  }
  return position
}

/** How many entries a map has. What is no plain object and has none may be a promise or a Map: not ours to judge. */
export function countEntries(value: unknown): number {
  if (typeof value !== "object" || value === null || Array.isArray(value) || value instanceof Uint8Array)
    throw MISFIT
  let count = 0
  for (const key in value) if (hasOwn.call(value, key)) count++
  if (count === 0) {
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype !== Object.prototype && prototype !== null) throw MISFIT
  }
  return count
}

/** The one key of a wrapped union's value. */
export function onlyKey(value: unknown): string {
  if (typeof value !== "object" || value === null) throw MISFIT
  let only: string | undefined
  for (const key in value) {
    if (!hasOwn.call(value, key)) continue
    if (only !== undefined) throw MISFIT
    only = key
  }
  if (only === undefined) throw MISFIT
  return only
}

/** A field whose name every object inherits, such as `constructor`, if it is the object's own. */
export function ownField(value: object, name: string): unknown {
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined
}
