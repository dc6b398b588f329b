// Container file → values, one by one or by blocks.

import type { Schema } from "../schema/schema.ts"
import type { OpenBlock } from "./block-values.ts"
import type { ContainerSource } from "./chunks.ts"
import { FileBlocks, type ReadContainerOptions } from "./file-blocks.ts"
import { checkRange } from "./stored-blocks.ts"
import { type ContainerValues, Values } from "./values.ts"

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
  return (source) => new Values(new FileBlocks(source, schema, options)) as ContainerValues<Value>
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
    blocksOf(new FileBlocks(source, schema, options)) as AsyncGenerator<
      ContainerBlock<Value>,
      undefined,
      undefined
    >
}

async function* blocksOf(blocks: FileBlocks): AsyncGenerator<ContainerBlock<unknown>, undefined, undefined> {
  /** The number of the block that was opened last: of two in a row, the third will be wanted. */
  let opened = -1
  try {
    for (;;) {
      const block = await blocks.next()
      if (block === undefined) return
      const { number, offset, bytes, count } = block.stored
      const data = (): Promise<Uint8Array> => {
        const isSecond = opened === number - 1
        opened = number
        const own = block.data()
        if (isSecond) blocks.hasten()
        return own
      }
      yield {
        number,
        offset,
        bytes,
        count,
        values: async () => {
          await data()
          return allOf(await block.open())
        },
        data,
      }
    }
  } finally {
    await blocks.close()
  }
}

function allOf(open: OpenBlock): unknown[] {
  const values: unknown[] = []
  while (open.left > 0) values.push(open.next())
  open.end()
  return values
}
