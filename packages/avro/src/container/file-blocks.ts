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

export class FileBlocks {
  readonly #blocks: StoredBlocks
  readonly #schema: Schema | undefined
  readonly #options: ReadContainerOptions
  #decoder: Promise<BlockDecoder> | undefined
  /** The block behind the one that was given last, on its way. */
  #ahead: Promise<FileBlock | undefined> | undefined
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

  /** The next block; `undefined` at the end. One call at a time. */
  async next(): Promise<FileBlock | undefined> {
    const block = await (this.#ahead ?? this.#read())
    this.#given = block === undefined ? this.#blocks.offset : block.stored.offset + block.stored.bytes
    this.#ahead = this.#read()
    this.#ahead.catch(ignore) // its turn comes
    return block
  }

  /** Begins to decompress the next block, once it is read: for who is about to decode the one before. */
  hasten(): void {
    this.#ahead?.then((block) => block?.data()).catch(ignore)
  }

  /** Waits for no block that is on its way: a stream may be idle. */
  async close(): Promise<void> {
    await this.#blocks.close()
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
