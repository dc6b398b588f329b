// Values → blocks.

import { createWriter, type Writer } from "../binary/writer.ts"
import type { Limits } from "../limits.ts"
import type { Schema } from "../schema/schema.ts"
import { encodeInto } from "../value/encode.ts"
import { frameBlock, frameInPlace, MAX_HEAD_BYTES } from "./block.ts"
import type { ContainerCodec } from "./codec.ts"
import { SYNC_BYTES } from "./header.ts"

/** Options of everything that writes blocks. */
export interface BlockOptions {
  /**
   * A block ends with the value that brings it to so many bytes, before they are compressed. Default 64 KiB, as
   * Java's: larger ones compress better, smaller ones are found sooner.
   */
  readonly blockBytes?: number
  /** How deep a value may nest, and how long decimals get. */
  readonly limits?: Partial<Limits>
}

/** A block on its way through the codec. */
export interface FullBlock {
  /** Framed. Rejects with what the codec throws. */
  readonly bytes: Promise<Uint8Array>
  /** The same, once it is there: what is need not be waited for. */
  ready: Uint8Array | undefined
}

/**
 * How many blocks are at most between whoever fills them and whoever takes them: twice as many as Node compresses at
 * once by default, so that none of its threads has to wait.
 */
export const MAX_UNDER_WAY = 8

const DEFAULT_BLOCK_BYTES = 64 * 1024
/** Values are encoded behind it, so that what is not compressed need not be copied to be framed. */
const HEAD_ROOM = new Uint8Array(MAX_HEAD_BYTES)

/** A marker for a new file. */
export const randomSync = (): Uint8Array => crypto.getRandomValues(new Uint8Array(SYNC_BYTES))

export class BlockEncoder<Input> {
  /** How many values the block has that is being filled. */
  count = 0
  readonly #schema: Schema<unknown, Input>
  readonly #codec: ContainerCodec
  readonly #sync: Uint8Array
  readonly #blockBytes: number
  readonly #writer: Writer

  constructor(
    schema: Schema<unknown, Input>,
    codec: ContainerCodec,
    sync: Uint8Array,
    { blockBytes = DEFAULT_BLOCK_BYTES, limits }: BlockOptions,
  ) {
    if (!Number.isSafeInteger(blockBytes) || blockBytes < 1) {
      throw new TypeError(`blockBytes must be an integer of 1 or more, got ${String(blockBytes)}`)
    }
    this.#schema = schema
    this.#codec = codec
    this.#sync = sync
    this.#blockBytes = blockBytes
    this.#writer = createWriter(limits)
    this.#writer.writeFixed(HEAD_ROOM)
  }

  /** Adds a value. Returns whether the block is full. Throws what `encode` throws, and leaves the block as it was. */
  add(value: Input): boolean {
    encodeInto(this.#schema, value, this.#writer)
    this.count++
    return this.#writer.length - MAX_HEAD_BYTES >= this.#blockBytes
  }

  /** Ends the block. */
  take(): FullBlock {
    const { count } = this
    this.#writer.writeFixed(this.#sync)
    const block: FullBlock = { bytes: this.#compressed(count, this.#handOver()), ready: undefined }
    // One that fails may be awaited only once the next one is full.
    block.bytes.then((bytes) => (block.ready = bytes)).catch(() => {})
    this.count = 0
    return block
  }

  /** What is written, without a copy: the writer goes on in a buffer of its own. */
  #handOver(): Uint8Array {
    const { "~bytes": bytes, length } = this.#writer
    // As large as the last one, unless that had a value far larger than a block.
    this.#writer["~renew"](Math.min(bytes.length, this.#blockBytes * 2 + MAX_HEAD_BYTES))
    this.#writer.writeFixed(HEAD_ROOM)
    return bytes.subarray(0, length)
  }

  async #compressed(count: number, room: Uint8Array): Promise<Uint8Array> {
    const data = room.subarray(MAX_HEAD_BYTES, room.length - SYNC_BYTES)
    const compressed = await this.#codec.compress(data)
    return compressed === data ? frameInPlace(count, room) : frameBlock(count, compressed, this.#sync)
  }
}

/** Waits for the first of several blocks, and takes it with those behind it that are ready. */
export async function takeReady(blocks: FullBlock[]): Promise<Uint8Array[]> {
  await blocks[0]?.bytes
  const waits = blocks.findIndex(({ ready }) => ready === undefined)
  return blocks.splice(0, waits < 0 ? blocks.length : waits).map(({ ready }) => ready as Uint8Array)
}
