// A container file as a series of blocks, not yet decompressed: what every way of reading begins with.

import type { SchemaOptions } from "../schema/schema.ts"
import { readBlock, type StoredBlock } from "./block.ts"
import { ByteSource } from "./byte-source.ts"
import type { ContainerSource } from "./chunks.ts"
import { type ContainerHeader, readHeader, SYNC_BYTES } from "./header.ts"
import { type ContainerLimits, type SplitLimits, splitLimits } from "./limits.ts"

/** A part of a container file, so that several readers can share one. In bytes. */
export interface ContainerRange {
  /** Blocks that begin before this byte are left to others. */
  readonly start: number
  /** So are blocks that begin at this byte or later. */
  readonly end: number
}

/** Options of everything that reads blocks. */
export interface StoredBlocksOptions {
  /** Read only the blocks that begin in this part of the file. Default: all. */
  readonly range?: ContainerRange
  readonly limits?: Partial<ContainerLimits>
  /** For the schema in the file, as for `parseSchema`: `{ long: "bigint" }`, or logical types. */
  readonly writerOptions?: SchemaOptions
}

const WHOLE: ContainerRange = { start: 0, end: Number.POSITIVE_INFINITY }

/** Reads one source from its beginning to its end. One call at a time. */
export class StoredBlocks {
  readonly limits: SplitLimits
  readonly #source: ByteSource
  readonly #range: ContainerRange
  readonly #writerOptions: SchemaOptions | undefined
  #header: Promise<ContainerHeader> | undefined
  #number = 0
  #isAtBlock = false

  constructor(source: ContainerSource, options: StoredBlocksOptions) {
    this.limits = splitLimits(options.limits)
    this.#source = new ByteSource(source)
    this.#range = options.range ?? WHOLE
    this.#writerOptions = options.writerOptions
  }

  /** Where the next block begins. */
  get offset(): number {
    return this.#source.offset
  }

  /** How many bytes the source has, where that is known. */
  get totalBytes(): number | undefined {
    return this.#source.totalBytes
  }

  /** The header, read at the first call. */
  header(): Promise<ContainerHeader> {
    return (this.#header ??= readHeader(this.#source, this.limits.maxHeaderBytes, this.#writerOptions))
  }

  /** The next block; `undefined` at the end of the file or of the range. */
  async next(): Promise<StoredBlock | undefined> {
    const { sync, bytes } = await this.header()
    if (!this.#isAtBlock) {
      const start = Math.ceil(this.#range.start)
      if (start > bytes) await goToBlock(this.#source, start, sync)
      this.#isAtBlock = true
    }
    if (this.#source.offset >= this.#range.end) return undefined
    return readBlock(this.#source, sync, this.#number++, this.limits.maxBlockBytes)
  }

  async close(): Promise<void> {
    await this.#source.close()
  }
}

/** Markers are looked for in so many bytes at once. */
const SEARCHED_BYTES = 64 * 1024

/** Goes behind the first marker that ends at `start` or later: a block begins there, or the file ends. */
export async function goToBlock(source: ByteSource, start: number, sync: Uint8Array): Promise<void> {
  await source.skipTo(start - SYNC_BYTES)
  for (let isMore = true; ; ) {
    const { arrived } = source
    const index = Buffer.from(arrived.buffer, arrived.byteOffset, arrived.length).indexOf(sync)
    if (index >= 0) {
      source.take(index + SYNC_BYTES)
      return
    }
    // The last bytes may be the beginning of a marker.
    source.take(Math.max(0, arrived.length - (isMore ? SYNC_BYTES - 1 : 0)))
    if (!isMore) break
    isMore = await source.fill(SEARCHED_BYTES)
  }
  source.checkEnd()
}

/** Throws a `TypeError` for a range that is none. */
export function checkRange(range: ContainerRange | undefined): void {
  if (range === undefined || (range.start >= 0 && range.end >= range.start)) return
  throw new TypeError(
    `range must be from a start of 0 or more to an end behind it, got ${JSON.stringify(range)}`,
  )
}
