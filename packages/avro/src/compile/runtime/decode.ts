// What emitted decoders call. Each function reads at `position` and leaves the reader's own position
// after what it read. Reading past the end gives `undefined`, which ends every number; lengths and
// counts are checked against the bytes that remain, and the end itself once, after the whole value.

import { PoolSize } from "../../binary/pool-size.ts"
import type { Reader } from "../../binary/reader.ts"
import { markAsShared } from "../../binary/shared-buffer.ts"
import { MISFIT } from "../misfit.ts"
import { readText } from "./text.ts"

/** A long, or the long before bytes and blocks. */
export function readLong(reader: Reader, bytes: Uint8Array, position: number): number {
  let byte = bytes[position++] as number
  let low = byte & 0x7f
  let high = 0
  if (byte > 0x7f) {
    byte = bytes[position++] as number
    low |= (byte & 0x7f) << 7
    if (byte > 0x7f) {
      byte = bytes[position++] as number
      low |= (byte & 0x7f) << 14
      if (byte > 0x7f) {
        byte = bytes[position++] as number
        low |= (byte & 0x7f) << 21
        // 28 bits are read; the next 28 keep `high` a 32-bit integer, and more are left to the closures.
        for (let shift = 0; byte > 0x7f; shift += 7) {
          if (shift === 28) throw MISFIT
          byte = bytes[position++] as number
          high |= (byte & 0x7f) << shift
        }
      }
    }
  }
  reader.position = position
  const half = (low >>> 1) + high * 2 ** 27
  if (half >= Number.MAX_SAFE_INTEGER && (half > Number.MAX_SAFE_INTEGER || low & 1)) throw MISFIT
  return low & 1 ? -half - 1 : half
}

/** An int: a long of 32 bits. */
export function readInt(reader: Reader, bytes: Uint8Array, position: number): number {
  const value = readLong(reader, bytes, position)
  if (value !== (value | 0)) throw MISFIT
  return value
}

/** A long as a bigint. */
export function readBigInt(reader: Reader, _bytes: Uint8Array, position: number): bigint {
  reader.position = position
  return reader.readBigInt()
}

/** The count of a block whose items take at least `leastBytes` each; 0 ends an array or a map. */
export function readCount(reader: Reader, bytes: Uint8Array, position: number, leastBytes: number): number {
  let count = readLong(reader, bytes, position)
  if (count < 0) {
    count = -count
    const size = readLong(reader, bytes, reader.position)
    if (size < 0 || size > bytes.length - reader.position) throw MISFIT
  }
  if (count * leastBytes > bytes.length - reader.position) throw MISFIT
  return count
}

/** The length before a string or bytes, checked against the bytes that remain. */
export function readLength(reader: Reader, bytes: Uint8Array, position: number): number {
  const first = bytes[position] as number
  let length = first >> 1
  if ((first & 0x81) === 0) reader.position = position + 1
  else {
    length = readLong(reader, bytes, position)
    if (length < 0) throw MISFIT
  }
  if (length > bytes.length - reader.position) throw MISFIT
  return length
}

/** A string. */
export function readString(reader: Reader, bytes: Uint8Array, position: number): string {
  const length = readLength(reader, bytes, position)
  const start = reader.position
  const end = start + length
  reader.position = end
  return readText(reader, bytes, start, end)
}

export function readBytes(reader: Reader, bytes: Uint8Array, position: number): Uint8Array {
  const length = readLength(reader, bytes, position)
  return readFixed(reader, bytes, reader.position, length)
}

// V8 keeps up to 64 bytes on its own heap; larger ones cost 300 ns to allocate (Node 20).
const MAX_OWN_BYTES = 64
const MAX_LOOP = 32
const NOTHING = new Uint8Array(0) // nobody can change it, and millions of them would take memory
const poolSize = new PoolSize()
let pool = new ArrayBuffer(0)
let pooled = 0

/** A copy that the caller may keep. Those too large for V8's heap share a buffer with others. */
export function readFixed(reader: Reader, bytes: Uint8Array, start: number, size: number): Uint8Array {
  if (size > bytes.length - start) throw MISFIT
  reader.position = start + size
  if (size === 0) return NOTHING
  if (size <= MAX_LOOP) return copyShort(bytes, start, size)
  const part = new Uint8Array(bytes.buffer, bytes.byteOffset + start, size)
  if (size <= MAX_OWN_BYTES) return new Uint8Array(part)
  const copy = allocate(size)
  copy.set(part)
  return copy
}

function copyShort(bytes: Uint8Array, start: number, size: number): Uint8Array {
  const copy = new Uint8Array(size)
  let index = 0
  for (const last = size - 3; index < last; index += 4) {
    copy[index] = bytes[start + index] as number
    copy[index + 1] = bytes[start + index + 1] as number
    copy[index + 2] = bytes[start + index + 2] as number
    copy[index + 3] = bytes[start + index + 3] as number
  }
  for (; index < size; index++) copy[index] = bytes[start + index] as number
  return copy
}

function allocate(size: number): Uint8Array {
  const next = poolSize.after(size)
  if (size > next / 4) return new Uint8Array(size)
  if (pooled + size > pool.byteLength) {
    pool = new ArrayBuffer(next)
    markAsShared(pool)
    pooled = 0
  }
  const allocated = new Uint8Array(pool, pooled, size)
  pooled += size
  return allocated
}

/**
 * An array of doubles or floats, of `size` bytes each, in a loop of their own: V8 learns for each place that
 * makes arrays what will be in them.
 */
export function readFloats(reader: Reader, bytes: Uint8Array, position: number, size: 4 | 8): number[] {
  let count = readCount(reader, bytes, position, size)
  if (count === 0) return []
  const items = Array<number>(count)
  const view = reader["~view"]
  for (let index = 0; count !== 0; count = readCount(reader, bytes, reader.position, size)) {
    let start = reader.position
    for (const end = index + count; index < end; index++) {
      items[index] = size === 8 ? view.getFloat64(start, true) : view.getFloat32(start, true)
      start += size
    }
    reader.position = start
  }
  return items
}

const float64 = new Float64Array(1)
const float32 = new Float32Array(float64.buffer)
const int32 = new Int32Array(float64.buffer)

/** One double. A DataView reads faster, and takes longer to make than a small message to read. */
export function readDouble(bytes: Uint8Array, position: number): number {
  int32[0] = word(bytes, position)
  int32[1] = word(bytes, position + 4)
  return float64[0] as number
}

export function readFloat(bytes: Uint8Array, position: number): number {
  int32[0] = word(bytes, position)
  return float32[0] as number
}

const word = (bytes: Uint8Array, position: number): number =>
  (bytes[position] as number) |
  ((bytes[position + 1] as number) << 8) |
  ((bytes[position + 2] as number) << 16) |
  ((bytes[position + 3] as number) << 24)

/** Passes over a number of any size. */
export function skipNumber(reader: Reader, bytes: Uint8Array, position: number): number {
  // What ends within nine bytes has 63 bits at most, and nothing else to check: a timestamp takes 5 ns, not 20.
  for (let index = position; index < position + 9; index++) {
    if ((bytes[index] as number) < 0x80) return index + 1
  }
  reader.position = position
  reader.skipNumber()
  return reader.position
}

/** Passes over a string or bytes. */
export function skipSized(reader: Reader, bytes: Uint8Array, position: number): number {
  const length = readLength(reader, bytes, position)
  return reader.position + length
}
