// A container file whose values are encoded elsewhere, as bytes: whoever has them decides where they go.

import type { Schema } from "../schema/schema.ts"
import { frameBlock } from "./block.ts"
import { randomSync } from "./block-encoder.ts"
import { loadCodec } from "./codec.ts"
import { encodeHeader } from "./header.ts"
import type { WriteContainerOptions } from "./write.ts"

/** Makes the bytes of one container file: its header, then blocks in the order in which they are to stand. */
export interface BlockFramer {
  readonly header: Uint8Array
  /**
   * A block of values that are encoded already, one after another. What does not fit the file's schema is not
   * noticed. Rejects with what the codec throws.
   */
  frame(count: number, values: Uint8Array): Promise<Uint8Array>
}

/**
 * Makes the framer of a new container file, with a marker of its own. Rejects with `ERR_AVRO_CODEC` for a codec
 * that is not known or not installed.
 */
export async function createBlockFramer(
  schema: Schema<unknown, unknown>,
  options: Pick<WriteContainerOptions, "codec" | "codecs" | "metadata"> = {},
): Promise<BlockFramer> {
  const { codec: name = "null", codecs, metadata = {} } = options
  const codec = await loadCodec(name, codecs)
  const sync = randomSync()
  return {
    header: encodeHeader(schema, name, sync, metadata),
    frame: async (count, values) => frameBlock(count, await codec.compress(values), sync),
  }
}
