// A growing buffer in Avro's binary encoding; the mirror image of reader.ts.
//
// https://avro.apache.org/docs/1.12.0/specification/#binary-encoding

import { AvroError, describe } from "../errors.ts"
import { type Limits, limitReached, withDefaults } from "../limits.ts"
import { isWellFormed, writeUtf8 } from "./utf8.ts"

export type { ByteWriter as Writer }

/**
 * Writes Avro's binary encoding into a buffer that grows as needed.
 *
 * @see https://avro.apache.org/docs/1.12.0/specification/#binary-encoding
 */
export function createWriter(limits?: Partial<Limits>): ByteWriter {
  return new ByteWriter(withDefaults(limits), INITIAL_SIZE)
}

const INITIAL_SIZE = 512
const MAX_INT = 0x7fffffff
const MIN_INT = -0x80000000
const MAX_LONG = 2n ** 63n - 1n
const MIN_LONG = -(2n ** 63n)

/**
 * Each `write…` adds a value. It throws `ERR_AVRO_VALUE` or `ERR_AVRO_LONG_RANGE` for one that has no encoding as what
 * is asked for, and `ERR_AVRO_LIMIT`.
 *
 * The buffer and the places in it are open to the code that `compile/` emits, which keeps them in
 * local variables while it writes. Everybody else uses the methods.
 */
export class ByteWriter {
  readonly limits: Limits
  /** How many records, arrays and maps are entered and not left. */
  depth = 0
  "~bytes": Uint8Array<ArrayBuffer>
  "~view": DataView<ArrayBuffer>
  /** Where what is written begins. What lies before it is shared: see pooled-writer.ts. */
  "~start" = 0
  /** How large the buffer is that follows a shared one. */
  "~size": number
  /** Where what is written ends. */
  "~position" = 0

  constructor(limits: Limits, size: number) {
    this.limits = limits
    this["~size"] = size
    this["~bytes"] = new Uint8Array(size)
    this["~view"] = new DataView(this["~bytes"].buffer)
  }

  /** How many bytes are written. */
  get length(): number {
    return this["~position"] - this["~start"]
  }

  /** Takes back what was written after the first `length` bytes. */
  truncate(length: number): void {
    if (length < 0 || length > this.length) {
      throw new RangeError(`Cannot truncate ${this.length} bytes to ${length}`)
    }
    this["~position"] = this["~start"] + length
  }

  /** A copy of what is written. The writer may go on. */
  finish(): Uint8Array {
    return this["~bytes"].slice(this["~start"], this["~position"])
  }

  writeBoolean(value: boolean): void {
    const position = this.#reserve(1)
    this["~bytes"][position] = value ? 1 : 0
    this["~position"] = position + 1
  }

  /** Throws `ERR_AVRO_VALUE` for anything but an integer of 32 bits. */
  writeInt(value: number): void {
    if (value !== (value | 0)) {
      throw unfit(`an int is an integer from ${MIN_INT} to ${MAX_INT}, got ${describe(value)}`)
    }
    this.#writeVarint((value << 1) ^ (value >> 31))
  }

  /** Throws `ERR_AVRO_VALUE` for a fraction, `ERR_AVRO_LONG_RANGE` for a number outside ±(2⁵³−1). */
  writeLong(value: number | bigint): void {
    if (typeof value === "bigint") return this.#writeBigInt(value)
    if (value === (value | 0)) return this.#writeVarint((value << 1) ^ (value >> 31))
    if (!Number.isInteger(value)) throw unfit(`a long is an integer, got ${describe(value)}`)
    if (!Number.isSafeInteger(value)) {
      throw new AvroError(
        "ERR_AVRO_LONG_RANGE",
        `the number ${value} is outside ±(2^53 - 1) and may have lost digits; pass a bigint`,
      )
    }
    this.#writeLargeNumber(value)
  }

  writeFloat(value: number): void {
    const position = this.#reserve(4)
    this["~view"].setFloat32(position, value, true)
    this["~position"] = position + 4
  }

  writeDouble(value: number): void {
    const position = this.#reserve(8)
    this["~view"].setFloat64(position, value, true)
    this["~position"] = position + 8
  }

  writeBytes(value: Uint8Array): void {
    this.writeLong(value.length)
    this.writeFixed(value)
  }

  /** Throws `ERR_AVRO_VALUE` for a string with half a surrogate pair, which UTF-8 cannot carry. */
  writeString(value: string): void {
    // Room for the longest length and text there can be, then the text where a length of its
    // usual size leaves it; only a text whose length takes more bytes has to move.
    const position = this.#reserve(MAX_LENGTH_BYTES + value.length * 3)
    const bytes = this["~bytes"]
    const guess = varintSize(value.length)
    const start = position + guess
    const written = writeUtf8(bytes, value, start)
    if (written !== value.length && !isWellFormed(value)) {
      throw unfit("a string must not contain half a surrogate pair")
    }
    const size = varintSize(written)
    if (size !== guess) bytes.copyWithin(position + size, start, start + written)
    this.#writeVarint(written * 2)
    this["~position"] += written
  }

  /** The bytes as they are, without a length. */
  writeFixed(value: Uint8Array): void {
    const position = this.#reserve(value.length)
    this["~bytes"].set(value, position)
    this["~position"] = position + value.length
  }

  /** Call before the parts of a record, array or map are written, and `leave` after. */
  enter(): void {
    if (this.depth >= this.limits.maxDepth) {
      throw limitReached("maxDepth", this.limits, `values nest ${this.depth + 1} deep, or in a circle`)
    }
    this.depth++
  }

  leave(): void {
    this.depth--
  }

  /** Goes on in a buffer of its own, of `size` bytes. */
  "~renew"(size: number): void {
    this["~bytes"] = new Uint8Array(size)
    this["~view"] = new DataView(this["~bytes"].buffer)
    this["~start"] = this["~position"] = 0
  }

  /** Makes room for `size` bytes after `position` and returns where that is now; the buffer may be another. */
  "~reserve"(position: number, size: number): number {
    const bytes = this["~bytes"]
    if (position + size <= bytes.length) return position
    const start = this["~start"]
    const length = position - start
    const written = this.length
    // A buffer that others share is left behind; one's own is outgrown by half.
    this["~renew"](Math.max(start > 0 ? this["~size"] : 0, Math.ceil((length + size) * 1.5)))
    this["~bytes"].set(bytes.subarray(start, position))
    this["~position"] = written
    return length
  }

  #reserve(size: number): number {
    return (this["~position"] = this["~reserve"](this["~position"], size))
  }

  /** Writes 32 bits as an unsigned varint. */
  #writeVarint(bits: number): void {
    let position = this.#reserve(MAX_LENGTH_BYTES)
    const bytes = this["~bytes"]
    let rest = bits >>> 0
    while (rest > 0x7f) {
      bytes[position++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    bytes[position++] = rest
    this["~position"] = position
  }

  /** Zig-zag would double the number past 2⁵³: the first byte takes the sign and 6 bits instead. */
  #writeLargeNumber(value: number): void {
    const sign = value < 0 ? 1 : 0
    const half = sign === 1 ? -value - 1 : value
    let position = this.#reserve(MAX_LONG_BYTES)
    const bytes = this["~bytes"]
    let septet = (half % 64) * 2 + sign
    let rest = Math.floor(half / 64)
    while (rest > 0) {
      bytes[position++] = septet | 0x80
      septet = rest % 128
      rest = Math.floor(rest / 128)
    }
    bytes[position++] = septet
    this["~position"] = position
  }

  #writeBigInt(value: bigint): void {
    if (value > MAX_LONG || value < MIN_LONG) throw unfit(`a long has 64 bits, got ${describe(value)}`)
    let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
    let position = this.#reserve(MAX_LONG_BYTES)
    const bytes = this["~bytes"]
    while (rest > 0x7fn) {
      bytes[position++] = Number(rest & 0x7fn) | 0x80
      rest >>= 7n
    }
    bytes[position++] = Number(rest)
    this["~position"] = position
  }
}

/** What the length of a text or of bytes takes at most. */
const MAX_LENGTH_BYTES = 5
const MAX_LONG_BYTES = 10

/** How many bytes the length of a text of `length` bytes takes. */
function varintSize(length: number): number {
  if (length < 2 ** 6) return 1
  if (length < 2 ** 13) return 2
  if (length < 2 ** 20) return 3
  return length < 2 ** 27 ? 4 : 5
}

const unfit = (message: string): AvroError => new AvroError("ERR_AVRO_VALUE", message)
