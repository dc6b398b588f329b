// The blocks of a container file.
//
//   block = count:long size:long data:byte[size] sync
//   data  = the count values one after another, compressed by the file's codec
//
// https://avro.apache.org/docs/1.12.0/specification/#object-container-files

import { createReader } from "../binary/reader.ts"
import { createWriter } from "../binary/writer.ts"
import { AvroError, type AvroErrorCode } from "../errors.ts"
import type { ByteSource } from "./byte-source.ts"
import { SYNC_BYTES } from "./header.ts"
import { blockTooLarge } from "./limits.ts"

/** Where a block is. */
export interface BlockPlace {
  /** Counted from 0, from where reading began. */
  readonly number: number
  /** The byte of the file at which the block begins. */
  readonly offset: number
}

/** A block as it is stored. */
export interface StoredBlock extends BlockPlace {
  /** How many values it is said to have. */
  readonly count: number
  readonly data: Uint8Array
  /** How many bytes of the file it takes, with its head and its marker. */
  readonly bytes: number
}

interface BlockHead {
  readonly count: number
  readonly size: number
  /** How many bytes the two take. */
  readonly bytes: number
}

/** Two longs of at most 10 bytes. */
export const MAX_HEAD_BYTES = 20

const MIN_BLOCK_BYTES = 2 + SYNC_BYTES

/** A block's bytes: its data framed. */
export function frameBlock(count: number, data: Uint8Array, sync: Uint8Array): Uint8Array {
  const writer = createWriter()
  writer.writeLong(count)
  writer.writeLong(data.length)
  const headBytes = writer.length
  const framed = new Uint8Array(headBytes + data.length + SYNC_BYTES)
  framed.set(writer.finish())
  framed.set(data, headBytes)
  framed.set(sync, headBytes + data.length)
  return framed
}

/** Reads the block that the source stands before; `undefined` at the end. Throws what `blockError` makes. */
export async function readBlock(
  source: ByteSource,
  sync: Uint8Array,
  number: number,
  maxBlockBytes: number,
): Promise<StoredBlock | undefined> {
  const place = { number, offset: source.offset }
  if (!(await source.fill(MIN_BLOCK_BYTES))) {
    source.checkEnd()
    if (source.available === 0) return undefined
  }
  if (!hasTwoLongs(source.arrived)) await source.fill(MAX_HEAD_BYTES)
  const { count, size, bytes } = parseHead(source.arrived, place, maxBlockBytes)
  source.take(bytes)
  if (!(await source.fill(size + SYNC_BYTES))) {
    source.checkEnd()
    throw torn(place, `${size + SYNC_BYTES} bytes announced, ${source.available} left`)
  }
  const data = source.take(size)
  const marker = source.take(SYNC_BYTES)
  if (!isEqual(marker, sync)) {
    throw blockError("ERR_AVRO_CONTAINER", place, "it does not end with the file's sync marker")
  }
  return { ...place, count, data, bytes: bytes + size + SYNC_BYTES }
}

/** Whether a head ends within bytes: the block may be all that an idle stream has. */
const hasTwoLongs = (bytes: Uint8Array): boolean =>
  bytes.subarray(0, MAX_HEAD_BYTES).filter((byte) => byte < 0x80).length >= 2

/** The count and the size at the beginning of `bytes`. Throws what `blockError` makes. */
export function parseHead(bytes: Uint8Array, place: BlockPlace, maxBlockBytes: number): BlockHead {
  const reader = createReader(bytes.subarray(0, MAX_HEAD_BYTES))
  const [count, size] = [readCount(reader, "count", place), readCount(reader, "size", place)]
  if (size > maxBlockBytes) throw located(blockTooLarge(maxBlockBytes), place)
  return { count, size, bytes: reader.position }
}

/** An error of one block, which its message and its properties name. */
export function blockError(
  code: AvroErrorCode,
  place: BlockPlace,
  message: string,
  options: { readonly cause?: unknown; readonly path?: string } = {},
): AvroError {
  const { number: block, offset } = place
  const what = `Cannot read block ${block}, at byte ${offset} of the container file`
  return new AvroError(code, `${what}: ${message}`, { ...options, offset, block })
}

/** An error that happened within a block, as one of that block; any other thing as it is. */
export function located(error: unknown, place: BlockPlace): unknown {
  if (!(error instanceof AvroError) || error.block !== undefined) return error
  return blockError(error.code, place, error.message, { cause: error, path: error.path })
}

export const isEqual = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, index) => byte === b[index])

function readCount(reader: ReturnType<typeof createReader>, what: string, place: BlockPlace): number {
  try {
    const value = reader.readLong()
    if (value >= 0) return value
    throw blockError("ERR_AVRO_CONTAINER", place, `its ${what} is negative: ${value}`)
  } catch (error) {
    if (!(error instanceof AvroError) || error.block !== undefined) throw error
    if (error.code === "ERR_AVRO_TRUNCATED") throw torn(place, `within its ${what}`)
    throw blockError("ERR_AVRO_CONTAINER", place, `its ${what} is no count`, { cause: error })
  }
}

export const torn = (place: BlockPlace, detail: string): AvroError =>
  blockError(
    "ERR_AVRO_TRUNCATED",
    place,
    `the file ends within it (${detail}); repairContainer keeps what stands before`,
  )
