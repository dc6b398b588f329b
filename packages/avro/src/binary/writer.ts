// A growing buffer in Avro's binary encoding; the mirror image of reader.ts.
//
// https://avro.apache.org/docs/1.12.0/specification/#binary-encoding

import { AvroError, describe } from "../errors.ts"
import { type Limits, limitReached, withDefaults } from "../limits.ts"

export type { ByteWriter as Writer }

/** Writes Avro's binary encoding into a buffer that grows as needed. */
export function createWriter(limits?: Partial<Limits>): ByteWriter {
  return new ByteWriter(withDefaults(limits))
}

const utf8 = new TextEncoder()
const INITIAL_SIZE = 512
const MAX_INT = 0x7fffffff
const MIN_INT = -0x80000000
const MAX_LONG = 2n ** 63n - 1n
const MIN_LONG = -(2n ** 63n)

class ByteWriter {
  readonly limits: Limits
  /** How many records, arrays and maps are entered and not left. */
  depth = 0
  #bytes = new Uint8Array(INITIAL_SIZE)
  #view = new DataView(this.#bytes.buffer)
  #length = 0

  constructor(limits: Limits) {
    this.limits = limits
  }

  /** How many bytes are written. */
  get length(): number {
    return this.#length
  }

  /** Takes back what was written after the first `length` bytes. */
  truncate(length: number): void {
    if (length < 0 || length > this.#length) {
      throw new RangeError(`Cannot truncate ${this.#length} bytes to ${length}`)
    }
    this.#length = length
  }

  /** A copy of what is written. The writer may go on. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  writeBoolean(value: boolean): void {
    this.#reserve(1)
    this.#bytes[this.#length++] = value ? 1 : 0
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
    this.#reserve(4)
    this.#view.setFloat32(this.#length, value, true)
    this.#length += 4
  }

  writeDouble(value: number): void {
    this.#reserve(8)
    this.#view.setFloat64(this.#length, value, true)
    this.#length += 8
  }

  writeBytes(value: Uint8Array): void {
    this.writeLong(value.length)
    this.writeFixed(value)
  }

  /** Throws `ERR_AVRO_VALUE` for a string with half a surrogate pair, which UTF-8 cannot carry. */
  writeString(value: string): void {
    // Room for the longest length and text there can be, then the text where a length of its
    // usual size leaves it; only a text whose length takes more bytes has to move.
    this.#reserve(5 + value.length * 3)
    const guess = varintSize(value.length)
    const start = this.#length + guess
    const { written } = utf8.encodeInto(value, this.#bytes.subarray(start))
    if (written !== value.length && /\p{Surrogate}/u.test(value)) {
      throw unfit("a string must not contain half a surrogate pair")
    }
    const size = varintSize(written)
    if (size !== guess) this.#bytes.copyWithin(this.#length + size, start, start + written)
    this.#writeVarint(written * 2)
    this.#length += written
  }

  /** The bytes as they are, without a length. */
  writeFixed(value: Uint8Array): void {
    this.#reserve(value.length)
    this.#bytes.set(value, this.#length)
    this.#length += value.length
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

  /** Writes 32 bits as an unsigned varint. */
  #writeVarint(bits: number): void {
    this.#reserve(5)
    const bytes = this.#bytes
    let length = this.#length
    let rest = bits >>> 0
    while (rest > 0x7f) {
      bytes[length++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    bytes[length++] = rest
    this.#length = length
  }

  /** Zig-zag would double the number past 2⁵³: the first byte takes the sign and 6 bits instead. */
  #writeLargeNumber(value: number): void {
    const sign = value < 0 ? 1 : 0
    const half = sign === 1 ? -value - 1 : value
    this.#reserve(10)
    let septet = (half % 64) * 2 + sign
    let rest = Math.floor(half / 64)
    while (rest > 0) {
      this.#bytes[this.#length++] = septet | 0x80
      septet = rest % 128
      rest = Math.floor(rest / 128)
    }
    this.#bytes[this.#length++] = septet
  }

  #writeBigInt(value: bigint): void {
    if (value > MAX_LONG || value < MIN_LONG) throw unfit(`a long has 64 bits, got ${describe(value)}`)
    let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
    this.#reserve(10)
    while (rest > 0x7fn) {
      this.#bytes[this.#length++] = Number(rest & 0x7fn) | 0x80
      rest >>= 7n
    }
    this.#bytes[this.#length++] = Number(rest)
  }

  #reserve(size: number): void {
    const needed = this.#length + size
    if (needed <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2))
    grown.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = grown
    this.#view = new DataView(grown.buffer)
  }
}

/** How many bytes the length of a text of `length` bytes takes. */
function varintSize(length: number): number {
  if (length < 2 ** 6) return 1
  if (length < 2 ** 13) return 2
  if (length < 2 ** 20) return 3
  return length < 2 ** 27 ? 4 : 5
}

const unfit = (message: string): AvroError => new AvroError("ERR_AVRO_VALUE", message)
