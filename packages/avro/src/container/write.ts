// Values → container file, as a transform: bytes go out as they are asked for, which is all the backpressure
// there has to be. Blocks are compressed while the next ones are filled: by several threads, where the codec can. Those
// that are ready go out in one piece: each piece costs whoever takes it.

import type { Schema } from "../schema/schema.ts"
import {
  BlockEncoder,
  type BlockOptions,
  type FullBlock,
  MAX_UNDER_WAY,
  randomSync,
  takeReady,
} from "./block-encoder.ts"
import { type ContainerCodecName, type ContainerCodecs, loadCodec } from "./codec.ts"
import { encodeHeader } from "./header.ts"
import { joined } from "./joined.ts"

/** Options of `writeContainer` and `createContainerWriter`. */
export interface WriteContainerOptions extends BlockOptions {
  /** How blocks are compressed. Default `"null"`: not at all. Any other name has to be in `codecs`. */
  readonly codec?: ContainerCodecName | (string & {})
  /** Codecs of your own, by the name that stands in the file. */
  readonly codecs?: ContainerCodecs
  /** What else the header is to say. Names that begin with `avro.` are Avro's own. */
  readonly metadata?: Readonly<Record<string, string | Uint8Array>>
}

/**
 * Makes a writer of container files, to be called with values or put into a `pipeline`: gives the bytes
 * of the file.
 *
 * Throws what `encode` throws for a value that does not fit: what is left out then is that value and
 * those of its block. `ERR_AVRO_CODEC` for a codec that is not known or not installed.
 *
 * @see https://avro.apache.org/docs/1.12.0/specification/#object-container-files
 */
export function writeContainer<Input>(
  schema: Schema<unknown, Input>,
  options: WriteContainerOptions = {},
): (
  values: AsyncIterable<NoInfer<Input>> | Iterable<NoInfer<Input>>,
) => AsyncGenerator<Uint8Array, undefined> {
  return (values) => bytesOf(schema, values, options)
}

/** `MAX_UNDER_WAY` for values that are still to come: a block that is whole should not have to wait for many more. */
const MAX_UNDER_WAY_OF_STREAM = 1

async function* bytesOf<Input>(
  schema: Schema<unknown, Input>,
  values: AsyncIterable<Input> | Iterable<Input>,
  options: WriteContainerOptions,
): AsyncGenerator<Uint8Array, undefined> {
  const { codec: name = "null", codecs, metadata = {} } = options
  const codec = await loadCodec(name, codecs)
  const sync = randomSync()
  yield encodeHeader(schema, name, sync, metadata)
  const encoder = new BlockEncoder(schema, codec, sync, options)
  const areThere = Symbol.iterator in values
  const full = areThere ? blocksOf(values, encoder) : blocksOfStream(values, encoder)
  const most = areThere ? MAX_UNDER_WAY : MAX_UNDER_WAY_OF_STREAM
  const underWay: FullBlock[] = []
  for await (const block of withFault(full)) {
    if (underWay.length >= most) yield joined(await takeReady(underWay))
    underWay.push(block)
  }
  while (underWay.length > 0) yield joined(await takeReady(underWay))
}

/** What the values fail with stands in the place of the block they do not fill: those before it are not lost. */
async function* withFault(full: AsyncIterable<FullBlock> | Iterable<FullBlock>): AsyncGenerator<FullBlock> {
  try {
    yield* full
  } catch (error) {
    const bytes = Promise.reject(error)
    bytes.catch(() => {}) // its turn comes
    yield { bytes, ready: undefined }
  }
}

/** The blocks, each once it is full. Values that are there already are not waited for. */
function* blocksOf<Input>(values: Iterable<Input>, encoder: BlockEncoder<Input>): Generator<FullBlock> {
  for (const value of values) if (encoder.add(value)) yield encoder.take()
  if (encoder.count > 0) yield encoder.take()
}

async function* blocksOfStream<Input>(
  values: AsyncIterable<Input>,
  encoder: BlockEncoder<Input>,
): AsyncGenerator<FullBlock> {
  for await (const value of values) if (encoder.add(value)) yield encoder.take()
  if (encoder.count > 0) yield encoder.take()
}
