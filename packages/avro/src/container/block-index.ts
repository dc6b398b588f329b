// Where the blocks of a file are. Their data is passed over: of each block two reads of a few bytes.

import { type FileHandle, open } from "node:fs/promises"
import type { SchemaOptions } from "../schema/schema.ts"
import { type BlockPlace, blockError, isEqual, MAX_HEAD_BYTES, parseHead, torn } from "./block.ts"
import type { ContainerHeader } from "./header.ts"
import { SYNC_BYTES } from "./header.ts"
import { type ContainerLimits, splitLimits } from "./limits.ts"
import { readContainer } from "./read.ts"

/** Where one block is. */
export interface IndexedBlock {
  /** The byte of the file at which it begins. */
  readonly offset: number
  /** How many bytes of the file it takes. */
  readonly bytes: number
  /** How many values it is said to have. */
  readonly count: number
}

/** What a container file consists of. */
export interface ContainerIndex {
  readonly header: ContainerHeader
  readonly blocks: readonly IndexedBlock[]
  /** How many values all blocks together are said to have. */
  readonly count: number
}

/** Options of `indexContainer`. */
export interface IndexContainerOptions {
  readonly limits?: Partial<ContainerLimits>
  /** For the schema in the file, as for `parseSchema`. */
  readonly writerOptions?: SchemaOptions
}

/**
 * Finds the blocks of a file without reading what is in them: to count values, to read some blocks alone with
 * `range`, or to share a file between readers. Some 100 bytes of memory a block.
 *
 * Rejects as `readContainer` does for a file that is damaged, torn, or none.
 */
export async function indexContainer(
  path: string | URL,
  options: IndexContainerOptions = {},
): Promise<ContainerIndex> {
  const { maxBlockBytes } = splitLimits(options.limits)
  const header = await headerOf(path, options)
  const file = await open(path)
  try {
    const { size: end } = await file.stat()
    const blocks: IndexedBlock[] = []
    let count = 0
    for (let offset = header.bytes; offset < end; ) {
      const place = { number: blocks.length, offset }
      const block = await findBlock({ file, end, sync: header.sync, maxBlockBytes }, place)
      blocks.push(block)
      count += block.count
      offset += block.bytes
    }
    return { header, blocks, count }
  } finally {
    await file.close()
  }
}

/** The header of a file, and nothing else of it. */
export async function headerOf(path: string | URL, options: IndexContainerOptions): Promise<ContainerHeader> {
  const reading = readContainer(undefined, options)(path)
  try {
    return await reading.header()
  } finally {
    await reading.return()
  }
}

/** A file in which blocks are looked for. */
export interface BlocksWithin {
  readonly file: FileHandle
  readonly end: number
  readonly sync: Uint8Array
  readonly maxBlockBytes: number
}

/** A block by its head and its marker. Throws what `blockError` makes. */
export async function findBlock(within: BlocksWithin, place: BlockPlace): Promise<IndexedBlock> {
  const { file, end, sync, maxBlockBytes } = within
  const head = await readAt(file, place.offset, MAX_HEAD_BYTES)
  const { count, size, bytes: headBytes } = parseHead(head, place, maxBlockBytes)
  const bytes = headBytes + size + SYNC_BYTES
  if (place.offset + bytes > end) throw torn(place, `${bytes} bytes announced, ${end - place.offset} left`)
  const marker = await readAt(file, place.offset + bytes - SYNC_BYTES, SYNC_BYTES)
  if (!isEqual(marker, sync)) {
    throw blockError("ERR_AVRO_CONTAINER", place, "it does not end with the file's sync marker")
  }
  return { offset: place.offset, bytes, count }
}

/** The bytes at a place of a file; fewer at its end. */
export async function readAt(file: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length)
  let done = 0
  while (done < length) {
    const { bytesRead } = await file.read(bytes, done, length - done, position + done)
    if (bytesRead === 0) break
    done += bytesRead
  }
  return bytes.subarray(0, done)
}
