// Stored block → its values: decompressed, checked and decoded.

import { createReader, type InvalidUtf8, type Reader } from "../binary/reader.ts"
import { decoderOf } from "../compile/decoder.ts"
import { resolverOf } from "../compile/resolver.ts"
import { AvroError, explained } from "../errors.ts"
import { withDefaults } from "../limits.ts"
import { declarationText } from "../schema/declaration-text.ts"
import { minBytes } from "../schema/node.ts"
import { type Schema, titleOf } from "../schema/schema.ts"
import { blockError, located, type StoredBlock } from "./block.ts"
import type { ContainerCodec } from "./codec.ts"
import { blockTooLarge, type SplitLimits } from "./limits.ts"
import { plainBytes } from "./plain-bytes.ts"

/** What the blocks of one file have in common. */
export interface BlockFormat {
  readonly writer: Schema
  /** What the values are read as. */
  readonly reader: Schema
  readonly codec: ContainerCodec
  readonly limits: SplitLimits
  readonly invalidUtf8: InvalidUtf8 | undefined
}

/** Decodes the values of blocks, each when it is asked for. */
export class BlockDecoder {
  readonly #format: BlockFormat
  readonly #decode: (reader: Reader) => unknown
  readonly #minBytes: number
  readonly #maxEmptyValues: number
  #emptyValues = 0
  #lastCounted: Promise<void> = Promise.resolve()

  /** Throws `ERR_AVRO_RESOLUTION` where the writer's values cannot be read as the reader's. */
  constructor(format: BlockFormat) {
    this.#format = format
    const { writer, reader } = format
    this.#decode = isSame(writer, reader) ? decoderOf(reader) : resolverOf(writer, reader)
    this.#minBytes = minBytes(writer["~node"])
    this.#maxEmptyValues = withDefaults(format.limits.values).maxEmptyItems
  }

  /** What is in a block: values one after another, as many as can be in so many bytes. */
  async decompress(block: StoredBlock): Promise<Uint8Array> {
    const { codec, limits } = this.#format
    const decompressing = decompressed(block, codec, limits.maxBlockBytes)
    if (this.#minBytes === 0) return this.#counted(block, decompressing)
    const data = await decompressing
    if (block.count * this.#minBytes <= data.length) return data
    throw blockError("ERR_AVRO_CONTAINER", block, `${block.count} values announced, in ${data.length} bytes`)
  }

  /** The values of a block that is decompressed. */
  open(block: StoredBlock, data: Uint8Array): OpenBlock {
    const { limits, invalidUtf8, reader } = this.#format
    return new OpenBlock(block, createReader(data, limits.values, invalidUtf8), this.#decode, reader)
  }

  /** Blocks are counted in the order in which they were asked for, whichever is decompressed first. */
  async #counted(block: StoredBlock, decompressing: Promise<Uint8Array>): Promise<Uint8Array> {
    const before = this.#lastCounted
    const counting = before.then(() => decompressing).then(({ length }) => this.#count(block, length))
    this.#lastCounted = counting.catch(() => {})
    await Promise.all([decompressing, counting])
    return decompressing
  }

  #count(block: StoredBlock, length: number): void {
    const emptyValues = this.#emptyValues + Math.max(0, block.count - length)
    if (emptyValues > this.#maxEmptyValues) {
      const limit = this.#maxEmptyValues
      const message = `more than ${limit} values that take no bytes; raise limits.maxEmptyItems to accept it`
      throw blockError("ERR_AVRO_LIMIT", block, message)
    }
    this.#emptyValues = emptyValues
  }
}

/** A block's values, from the first to the last. */
export class OpenBlock {
  readonly block: StoredBlock
  /** How many values are left. */
  left: number
  readonly #reader: Reader
  readonly #decode: (reader: Reader) => unknown
  readonly #schema: Schema

  constructor(block: StoredBlock, reader: Reader, decode: (reader: Reader) => unknown, schema: Schema) {
    this.block = block
    this.left = block.count
    this.#reader = reader
    this.#decode = decode
    this.#schema = schema
  }

  /** The next value. Throws what `decode` throws, with the block. */
  next(): unknown {
    const reader = this.#reader
    reader["~emptyItems"] = 0
    let value: unknown
    try {
      value = this.#decode(reader)
    } catch (error) {
      throw this.#fault(error)
    }
    this.left--
    return value
  }

  #fault(error: unknown): unknown {
    const number = this.block.count - this.left
    const explanation = explained(error, `value ${number}, ${titleOf(this.#schema)}`)
    if (!(explanation instanceof AvroError)) return explanation
    // The block is whole: only a file that ends within one is truncated.
    const code = explanation.code === "ERR_AVRO_TRUNCATED" ? "ERR_AVRO_DATA" : explanation.code
    return blockError(code, this.block, explanation.message, { cause: error, path: explanation.path })
  }

  /** To be called once none is left. Throws `ERR_AVRO_CONTAINER` where bytes are left over. */
  end(): void {
    const { remaining } = this.#reader
    if (remaining === 0) return
    const message = `its ${this.block.count} values leave ${remaining} bytes over`
    throw blockError("ERR_AVRO_CONTAINER", this.block, message)
  }
}

async function decompressed(
  block: StoredBlock,
  codec: ContainerCodec,
  maxBlockBytes: number,
): Promise<Uint8Array> {
  let data: Uint8Array
  try {
    data = await codec.decompress(block.data, maxBlockBytes)
  } catch (error) {
    if (error instanceof AvroError) throw located(error, block)
    const reason = error instanceof Error ? error.message : String(error)
    throw blockError("ERR_AVRO_CONTAINER", block, `it cannot be decompressed: ${reason}`, { cause: error })
  }
  if (data.length > maxBlockBytes) throw located(blockTooLarge(maxBlockBytes), block)
  return plainBytes(data)
}

/** Whether nothing has to be resolved: the file was written with the very declaration it is read with. */
function isSame(writer: Schema, reader: Schema): boolean {
  return writer === reader || declarationText(writer.definition) === declarationText(reader.definition)
}
