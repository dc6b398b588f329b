// A cursor over bytes in Avro's binary encoding.
//
//   int, long = zig-zag varint, 7 bits a byte, least significant first, at most 10 bytes
//   float     = 4 bytes, little-endian        double = 8 bytes, little-endian
//   bytes     = length:long byte[length]      string = bytes, in UTF-8
//   blocks    = (count:long item*)* 00        a negative count is followed by a size in bytes
//
// https://avro.apache.org/docs/1.12.0/specification/#binary-encoding

import { AvroError, longOutOfRange } from "../errors.ts"
import { type Limits, limitReached, withDefaults } from "../limits.ts"
import type { StringCache } from "./string-cache.ts"
import { readUtf8, replaceInvalid } from "./utf8.ts"

export type { ByteReader as Reader }

/** What becomes of strings that are not UTF-8: an error, or U+FFFD in place of what is wrong. */
export type InvalidUtf8 = "refuse" | "replace"

/**
 * Reads Avro's binary encoding from `bytes`, starting at the first. The bytes are not copied. Strings that
 * are not UTF-8 are refused, unless `invalidUtf8` says otherwise. Short ones that `strings` knows are given again.
 *
 * @see https://avro.apache.org/docs/1.12.0/specification/#binary-encoding
 */
export function createReader(
  bytes: Uint8Array,
  limits?: Partial<Limits>,
  invalidUtf8: InvalidUtf8 = "refuse",
  strings?: StringCache,
): ByteReader {
  const reader = new ByteReader(bytes, withDefaults(limits), invalidUtf8)
  if (strings !== undefined) reader["~strings"] = strings
  return reader
}

// The varint read last, in three parts of 28, 28 and 8 bits: numbers are exact where one sum is not. Not
// fields: a reader is made for every message, and each of them would have to be set.
const varint = { low: 0, middle: 0, high: 0 }

/**
 * Each `read…` gives the value at `position` and goes on behind it. It throws `ERR_AVRO_TRUNCATED` where the bytes end
 * before, `ERR_AVRO_DATA` for what is none, `ERR_AVRO_LONG_RANGE` for a long that a number cannot hold, and
 * `ERR_AVRO_LIMIT`.
 */
export class ByteReader {
  readonly bytes: Uint8Array
  readonly limits: Limits
  readonly invalidUtf8: InvalidUtf8
  /** Index of the next byte. */
  position = 0
  /** How many records, arrays and maps are entered and not left. */
  depth = 0
  #view: DataView | undefined
  /** Of `compile/runtime/text.ts`. */
  "~window": unknown
  "~strings": StringCache | undefined
  /** How many items that take no bytes were met. */
  "~emptyItems" = 0

  constructor(bytes: Uint8Array, limits: Limits, invalidUtf8: InvalidUtf8) {
    this.bytes = bytes
    this.limits = limits
    this.invalidUtf8 = invalidUtf8
  }

  /** The bytes for reading floats. Made when first asked for: it takes longer than reading a small value. */
  get "~view"(): DataView {
    const { buffer, byteOffset, byteLength } = this.bytes
    return (this.#view ??= new DataView(buffer, byteOffset, byteLength))
  }

  /** How many bytes are left. */
  get remaining(): number {
    return this.bytes.length - this.position
  }

  /** Throws `ERR_AVRO_DATA` for a byte other than 0 and 1. */
  readBoolean(): boolean {
    const byte = this.bytes[this.position]
    if (byte === undefined) throw truncated("a boolean")
    if (byte > 1) throw malformed(`a boolean is byte 0 or 1, got ${byte}`)
    this.position++
    return byte === 1
  }

  /** Throws `ERR_AVRO_DATA` for a value of more than 32 bits. */
  readInt(): number {
    const byte = this.bytes[this.position]
    if (byte !== undefined && byte < 0x80) {
      this.position++
      return (byte >>> 1) ^ -(byte & 1)
    }
    this.#readVarint()
    if (varint.high !== 0 || varint.middle > 0xf) throw malformed("an int has at most 32 bits")
    const bits = (varint.low | (varint.middle << 28)) >>> 0
    return (bits >>> 1) ^ -(bits & 1)
  }

  /** Throws `ERR_AVRO_LONG_RANGE` for a value outside ±(2⁵³−1). */
  readLong(): number {
    const value = this.#readRounded()
    if (!Number.isSafeInteger(value)) throw longOutOfRange(this.#varintAsBigInt())
    return value
  }

  /** A long of any size, exactly. */
  readBigInt(): bigint {
    this.#readVarint()
    return this.#varintAsBigInt()
  }

  readFloat(): number {
    const start = this.#advance(4, "a float")
    return this["~view"].getFloat32(start, true)
  }

  readDouble(): number {
    const start = this.#advance(8, "a double")
    return this["~view"].getFloat64(start, true)
  }

  /** A copy: the caller may keep it without keeping the message it came in. */
  readBytes(): Uint8Array {
    return this.readFixed(this.readLength("bytes"))
  }

  /** Throws `ERR_AVRO_DATA` for bytes that are not UTF-8, unless `invalidUtf8` is `"replace"`. */
  readString(): string {
    const length = this.readLength("a string")
    const start = this.#advance(length, "a string")
    const text = readUtf8(this.bytes, start, start + length)
    if (text !== undefined) return text
    if (this.invalidUtf8 === "replace") return replaceInvalid(this.bytes.subarray(start, start + length))
    throw malformed(
      'a string is not valid UTF-8; { invalidUtf8: "replace" } reads it, with U+FFFD for what is wrong',
    )
  }

  /** A copy of the next `size` bytes. */
  readFixed(size: number): Uint8Array {
    const start = this.#advance(size, "a fixed")
    const copy = new Uint8Array(size)
    copy.set(this.bytes.subarray(start, start + size))
    return copy
  }

  /** The length before bytes and strings, checked against the bytes that remain. */
  readLength(what: string): number {
    const length = this.#readRounded()
    if (length < 0) throw malformed(`the length of ${what} is negative: ${length}`)
    if (length > this.remaining) throw truncated(what, `${length} bytes announced, ${this.remaining} left`)
    return length
  }

  /**
   * The count before a block of an array or a map; 0 ends it. `minItemBytes` is the least that one
   * item takes: a count that the remaining bytes cannot hold is refused before anything is built.
   */
  readBlockCount(minItemBytes: number): number {
    let count = this.#readRounded()
    if (count < 0) {
      count = -count
      this.readLength("a block")
    }
    if (minItemBytes > 0) {
      if (count * minItemBytes > this.remaining) {
        throw truncated("a block", `${count} items announced, ${this.remaining} bytes left`)
      }
    } else this.countEmptyItems(count)
    return count
  }

  /** Counts items that take no bytes, and throws `ERR_AVRO_LIMIT` when there are too many. */
  countEmptyItems(count: number): void {
    this["~emptyItems"] += count
    if (this["~emptyItems"] > this.limits.maxEmptyItems) {
      throw limitReached("maxEmptyItems", this.limits, `${this["~emptyItems"]} items that take no bytes`)
    }
  }

  /**
   * Skips one block of an array or a map: at once where its size in bytes is given, otherwise it
   * returns how many items the caller has to skip. `undefined` when there was none: the end.
   */
  skipBlock(minItemBytes: number): number | undefined {
    const start = this.position
    const count = this.#readRounded()
    if (count === 0) return undefined
    if (count < 0) {
      this.skip(this.readLength("a block"))
      return 0
    }
    this.position = start
    return this.readBlockCount(minItemBytes)
  }

  /** Passes over an int or a long of any size. */
  skipNumber(): void {
    this.#readVarint()
  }

  /** Passes over `size` bytes. */
  skip(size: number): void {
    this.#advance(size, "what is skipped")
  }

  /** Call before the parts of a record, array or map are read, and `leave` after. */
  enter(): void {
    if (this.depth >= this.limits.maxDepth) {
      throw limitReached("maxDepth", this.limits, `values nest ${this.depth + 1} deep`)
    }
    this.depth++
  }

  leave(): void {
    this.depth--
  }

  /** A long, rounded past 2⁵³: exact enough for a length or a count, which is refused long before. */
  #readRounded(): number {
    const byte = this.bytes[this.position]
    if (byte !== undefined && byte < 0x80) {
      this.position++
      return (byte >>> 1) ^ -(byte & 1)
    }
    this.#readVarint()
    // As a small integer where it is one: V8 keeps positions boxed for good, once one was summed as a fraction, and all
    // emitted decoders take half as long again (Node 20).
    if (varint.middle === 0 && varint.high === 0) return (varint.low >>> 1) ^ -(varint.low & 1)
    const half = (varint.low >>> 1) + varint.middle * 2 ** 27 + varint.high * 2 ** 55
    return varint.low & 1 ? -half - 1 : half
  }

  #advance(size: number, what: string): number {
    const start = this.position
    if (size > this.remaining) throw truncated(what, `${size} bytes needed, ${this.remaining} left`)
    this.position = start + size
    return start
  }

  #readVarint(): void {
    const { bytes } = this
    let position = this.position
    let low = 0
    let middle = 0
    let high = 0
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[position++]
      if (byte === undefined) throw truncated("a number")
      const bits = byte & 0x7f
      if (shift < 28) low |= bits << shift
      else if (shift < 56) middle |= bits << (shift - 28)
      else high |= bits << (shift - 56)
      if (byte < 0x80) break
      if (shift === 63) throw malformed("a number takes more than 10 bytes")
    }
    if (high > 0xff) throw malformed("a number has more than 64 bits")
    this.position = position
    varint.low = low
    varint.middle = middle
    varint.high = high
  }

  #varintAsBigInt(): bigint {
    const bits = (BigInt(varint.high) << 56n) | (BigInt(varint.middle) << 28n) | BigInt(varint.low)
    return bits & 1n ? -(bits >> 1n) - 1n : bits >> 1n
  }
}

const truncated = (what: string, detail?: string): AvroError =>
  new AvroError("ERR_AVRO_TRUNCATED", `input ends inside ${what}${detail === undefined ? "" : `: ${detail}`}`)

const malformed = (message: string): AvroError => new AvroError("ERR_AVRO_DATA", message)
