// Container file → values. Blocks are decompressed ahead of their values, one at a time: elsewhere where the
// codec can, so that two cores work on one file, and never more than two blocks are held.

import type { InvalidUtf8 } from "../binary/reader.ts"
import type { Schema } from "../schema/schema.ts"
import type { StoredBlock } from "./block.ts"
import { BlockDecoder, type OpenBlock } from "./block-values.ts"
import type { ContainerSource } from "./byte-source.ts"
import { type ContainerCodecs, loadCodec } from "./codec.ts"
import type { ContainerHeader } from "./header.ts"
import {
  type ContainerProgress,
  checkRange,
  StoredBlocks,
  type StoredBlocksOptions,
} from "./stored-blocks.ts"

/** Options of `readContainer` and `readContainerBlocks`. */
export interface ReadContainerOptions extends StoredBlocksOptions {
  /** Codecs of your own, by the name that stands in the file. */
  readonly codecs?: ContainerCodecs
  /** Whether strings that are not UTF-8 are refused (the default), or read with U+FFFD for what is wrong. */
  readonly invalidUtf8?: InvalidUtf8
}

/** The values of a container file, as they are read. */
export interface ContainerValues<Value> extends AsyncIterableIterator<Value, undefined, undefined> {
  /**
   * What the file says of itself. May be asked for before, during and after the values. The file stays open: who
   * wants nothing else calls `return`.
   */
  header(): Promise<ContainerHeader>
  readonly progress: ContainerProgress
  return(): Promise<IteratorReturnResult<undefined>>
}

/** One block of a container file, of which nothing is decompressed until it is asked for. */
export interface ContainerBlock<Value> {
  /** Counted from 0, from where reading began. */
  readonly number: number
  /** The byte of the file at which the block begins. */
  readonly offset: number
  /** How many bytes of the file it takes. */
  readonly bytes: number
  /** How many values it is said to have. */
  readonly count: number
  /** Its values. Rejects with what `readContainer` throws for the first that is at fault. */
  values(): Promise<Value[]>
  /** Its values as they are encoded, one after another: decompressed, and not looked into. */
  data(): Promise<Uint8Array>
}

/**
 * Makes a reader of container files, to be called with a source or put into a `pipeline`: the values one by
 * one, as values of `schema`, which may be another than they were written with; or of the schema in the
 * file, where none is given.
 *
 * What stands before a fault is delivered first. Then it throws: `ERR_AVRO_CONTAINER` for a file that is
 * damaged or none, `ERR_AVRO_TRUNCATED` for one that ends within a block or its header, `ERR_AVRO_CODEC`,
 * `ERR_AVRO_LIMIT`, `ERR_AVRO_RESOLUTION`, and what `decode` throws; each with the `block` and its `offset`.
 * A file that cannot be opened or read is an error of Node's.
 *
 * @see https://avro.apache.org/docs/1.12.0/specification/#object-container-files
 */
export function readContainer<Value = unknown>(
  schema?: Schema<Value, unknown>,
  options: ReadContainerOptions = {},
): (source: ContainerSource) => ContainerValues<Value> {
  checkRange(options.range)
  return (source) => new Values(new OpenedFile(source, schema, options)) as ContainerValues<Value>
}

/**
 * Makes a reader that gives whole blocks, to pass over some of them, or to take values by the hundred. Otherwise
 * as `readContainer`.
 */
export function readContainerBlocks<Value = unknown>(
  schema?: Schema<Value, unknown>,
  options: ReadContainerOptions = {},
): (source: ContainerSource) => AsyncGenerator<ContainerBlock<Value>, undefined, undefined> {
  checkRange(options.range)
  return (source) =>
    blocksOf(new OpenedFile(source, schema, options)) as AsyncGenerator<
      ContainerBlock<Value>,
      undefined,
      undefined
    >
}

async function* blocksOf(file: OpenedFile): AsyncGenerator<ContainerBlock<unknown>, undefined, undefined> {
  try {
    for (;;) {
      const block = await file.blocks.next()
      if (block === undefined) return
      const { number, offset, bytes, count } = block
      yield {
        number,
        offset,
        bytes,
        count,
        values: async () => allOf(await file.open(block)),
        data: async () => (await file.decoder()).decompress(block),
      }
    }
  } finally {
    await file.blocks.close()
  }
}

function allOf(open: OpenBlock): unknown[] {
  const values: unknown[] = []
  while (open.left > 0) values.push(open.next())
  open.end()
  return values
}

/** A source, with what its header says is needed to read its blocks. */
class OpenedFile {
  readonly blocks: StoredBlocks
  readonly #schema: Schema | undefined
  readonly #options: ReadContainerOptions
  #decoder: Promise<BlockDecoder> | undefined

  constructor(source: ContainerSource, schema: Schema | undefined, options: ReadContainerOptions) {
    this.blocks = new StoredBlocks(source, options)
    this.#schema = schema
    this.#options = options
  }

  async open(block: StoredBlock): Promise<OpenBlock> {
    const decoder = await this.decoder()
    return decoder.open(block)
  }

  /** Made before the first block is looked at: a codec that is missing is told first. */
  decoder(): Promise<BlockDecoder> {
    return (this.#decoder ??= this.#makeDecoder())
  }

  async #makeDecoder(): Promise<BlockDecoder> {
    const { schema: writer, codec: name } = await this.blocks.header()
    const codec = await loadCodec(name, this.#options.codecs)
    const { invalidUtf8 } = this.#options
    return new BlockDecoder({
      writer,
      reader: this.#schema ?? writer,
      codec,
      limits: this.blocks.limits,
      invalidUtf8,
    })
  }
}

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined }

/** How many values are decoded at once: a million take 310 ms of CPU, and of 64 at once 335 (Node 20). */
const BATCH = 1024

/** Not a generator: a value that is there already costs one promise instead of three. */
class Values implements ContainerValues<unknown> {
  readonly #file: OpenedFile
  /** Values that are decoded, and which of them comes next. */
  #values: unknown[] = []
  #index = 0
  /** What comes behind them. */
  #fault: { readonly error: unknown } | undefined
  #open: OpenBlock | undefined
  /** The block behind the open one, on its way. */
  #ahead: Promise<OpenBlock | undefined> | undefined
  /** How many calls are waiting, and what the next one has to wait for. */
  #waiting = 0
  #last: Promise<unknown> = Promise.resolve()
  #isOver = false

  constructor(file: OpenedFile) {
    this.#file = file
  }

  get progress(): ContainerProgress {
    return this.#file.blocks.progress
  }

  header(): Promise<ContainerHeader> {
    return this.#file.blocks.header()
  }

  next(): Promise<IteratorResult<unknown, undefined>> {
    if (this.#index < this.#values.length && this.#waiting === 0) {
      return Promise.resolve({ done: false, value: this.#values[this.#index++] })
    }
    return this.#inTurn(() => this.#nextOfBlocks())
  }

  return(): Promise<IteratorReturnResult<undefined>> {
    return this.#inTurn(async () => {
      await this.#end()
      return DONE
    })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** Calls may come before those before them are answered. Once one is answered, it waits no more. */
  #inTurn<T>(action: () => Promise<T>): Promise<T> {
    this.#waiting++
    const turn = this.#last.then(action).finally(() => this.#waiting--)
    this.#last = turn.catch(ignore)
    return turn
  }

  async #nextOfBlocks(): Promise<IteratorResult<unknown, undefined>> {
    try {
      while (!this.#isOver) {
        if (this.#index < this.#values.length) return { done: false, value: this.#values[this.#index++] }
        if (this.#fault !== undefined) throw this.#fault.error
        if (this.#open !== undefined && this.#open.left > 0) this.#decodeSome(this.#open)
        else if (!(await this.#openNext())) break
      }
    } catch (error) {
      return this.#fail(error)
    }
    await this.#end()
    return DONE
  }

  #decodeSome(open: OpenBlock): void {
    this.#values = []
    this.#index = 0
    try {
      while (open.left > 0 && this.#values.length < BATCH) this.#values.push(open.next())
    } catch (error) {
      this.#fault = { error } // told once the values before it are delivered
    }
  }

  /** Ends the open block and opens the next; returns whether there is one. */
  async #openNext(): Promise<boolean> {
    this.#open?.end()
    this.#open = await (this.#ahead ?? this.#load())
    if (this.#open === undefined) return false
    this.#ahead = this.#load()
    this.#ahead.catch(ignore) // its turn comes
    return true
  }

  async #load(): Promise<OpenBlock | undefined> {
    await this.#file.decoder()
    const block = await this.#file.blocks.next()
    return block === undefined ? undefined : this.#file.open(block)
  }

  async #fail(error: unknown): Promise<never> {
    await this.#end().catch(ignore)
    throw error
  }

  async #end(): Promise<void> {
    if (this.#isOver) return
    this.#isOver = true
    this.#open = undefined
    this.#values = []
    await this.#ahead?.catch(ignore)
    await this.#file.blocks.close()
  }
}

const ignore = (): void => {}
