// The blocks of a source with what its header says is needed to read them. They are read ahead, and decompressed ahead
// where their values will be wanted: elsewhere where the codec can, so that two cores work on one file.

import type { InvalidUtf8 } from "../binary/reader.ts"
import type { Schema } from "../schema/schema.ts"
import type { StoredBlock } from "./block.ts"
import { BlockDecoder, type OpenBlock } from "./block-values.ts"
import type { ContainerSource } from "./chunks.ts"
import { type ContainerCodecs, loadCodec } from "./codec.ts"
import type { ContainerHeader } from "./header.ts"
import { StoredBlocks, type StoredBlocksOptions } from "./stored-blocks.ts"

/** Options of `readContainer` and `readContainerBlocks`. */
export interface ReadContainerOptions extends StoredBlocksOptions {
  /** Codecs of your own, by the name that stands in the file. */
  readonly codecs?: ContainerCodecs
  /** Whether strings that are not UTF-8 are refused (the default), or read with U+FFFD for what is wrong. */
  readonly invalidUtf8?: InvalidUtf8
}

/** How far a reader has come. */
export interface ContainerProgress {
  /** Up to which byte of the file, counted from its beginning. */
  readonly bytes: number
  /** How many bytes the file has; unknown for a stream. */
  readonly totalBytes: number | undefined
}

/** A block that is decompressed once, when that is first asked for. */
export class FileBlock {
  readonly stored: StoredBlock
  readonly #decoder: BlockDecoder
  #data: Promise<Uint8Array> | undefined

  constructor(stored: StoredBlock, decoder: BlockDecoder) {
    this.stored = stored
    this.#decoder = decoder
  }

  data(): Promise<Uint8Array> {
    if (this.#data === undefined) {
      this.#data = this.#decoder.decompress(this.stored)
      this.#data.catch(ignore) // it may be asked for ahead of its turn
    }
    return this.#data
  }

  async open(): Promise<OpenBlock> {
    return this.#decoder.open(this.stored, await this.data())
  }
}

/**
 * How many blocks are read ahead of the one that is given: while that one is decoded, the next is decompressed, which
 * can begin at once only if it is read already.
 */
const READ_AHEAD = 2

export class FileBlocks {
  readonly #blocks: StoredBlocks
  readonly #schema: Schema | undefined
  readonly #options: ReadContainerOptions
  #decoder: Promise<BlockDecoder> | undefined
  /** The blocks that come next, each on its way, and the last of them. */
  readonly #ahead: Promise<FileBlock | undefined>[] = []
  #last: Promise<unknown> = Promise.resolve()
  /** Where the block ends that was given last. */
  #given = 0

  constructor(source: ContainerSource, schema: Schema | undefined, options: ReadContainerOptions) {
    this.#blocks = new StoredBlocks(source, options)
    this.#schema = schema
    this.#options = options
  }

  get progress(): ContainerProgress {
    return { bytes: this.#given, totalBytes: this.#blocks.totalBytes }
  }

  header(): Promise<ContainerHeader> {
    return this.#blocks.header()
  }

  /** The next block; `undefined` at the end. */
  async next(): Promise<FileBlock | undefined> {
    while (this.#ahead.length <= READ_AHEAD) this.#ahead.push(this.#readInTurn())
    const block = await this.#ahead.shift()
    this.#given = block === undefined ? this.#blocks.offset : block.stored.offset + block.stored.bytes
    return block
  }

  /** Begins to decompress the next block: for who is about to decode the one before. */
  hasten(): void {
    this.#ahead[0]?.then((block) => block?.data()).catch(ignore)
  }

  /** Waits for no block that is on its way: a stream may be idle. */
  async close(): Promise<void> {
    await this.#blocks.close()
  }

  #readInTurn(): Promise<FileBlock | undefined> {
    const block = this.#last.then(() => this.#read())
    block.catch(ignore) // its turn comes
    this.#last = block
    return block
  }

  async #read(): Promise<FileBlock | undefined> {
    // Made before the first block is looked at: a codec that is missing is told first.
    const decoder = await (this.#decoder ??= this.#makeDecoder())
    const stored = await this.#blocks.next()
    return stored && new FileBlock(stored, decoder)
  }

  async #makeDecoder(): Promise<BlockDecoder> {
    const { schema: writer, codec: name } = await this.header()
    const codec = await loadCodec(name, this.#options.codecs)
    const { invalidUtf8 } = this.#options
    const { limits } = this.#blocks
    return new BlockDecoder({ writer, reader: this.#schema ?? writer, codec, limits, invalidUtf8 })
  }
}

const ignore = (): void => {}
