// Value → bytes.

import { borrowWriter, giveBack, takeWritten } from "../binary/pooled-writer.ts"
import type { Writer } from "../binary/writer.ts"
import { encoderOf } from "../compile/encoder.ts"
import { explained } from "../errors.ts"
import type { Limits } from "../limits.ts"
import { type Schema, titleOf } from "../schema/schema.ts"

/** Options of `encode`. */
export interface EncodeOptions {
  /** How deep a value may nest (one that contains itself reaches any limit), and how long decimals get. */
  readonly limits?: Partial<Limits>
}

/**
 * Encodes a value in Avro's binary encoding. A field left out takes its default. The bytes are the
 * caller's; where there are more than 64, their `buffer` is shared with others, as that of Node's
 * Buffers is: copy what is to be transferred to another thread.
 *
 * Throws `ERR_AVRO_VALUE` with the path to what does not fit, `ERR_AVRO_LONG_RANGE` for a number too
 * large to be exact, `ERR_AVRO_LIMIT` for a value that nests too deep.
 *
 * @see https://avro.apache.org/docs/1.12.0/specification/#binary-encoding
 */
export function encode<Input>(
  schema: Schema<unknown, Input>,
  value: NoInfer<Input>,
  options?: EncodeOptions,
): Uint8Array {
  const writer = borrowWriter(options?.limits)
  try {
    encoderOf(schema)(writer, value)
    return takeWritten(writer)
  } catch (error) {
    throw explained(error, `Cannot encode ${titleOf(schema)}`)
  } finally {
    giveBack(writer)
  }
}

/**
 * Encodes a value after what `writer` holds. A value that does not fit leaves the writer as it was. Throws what
 * `encode` throws.
 */
export function encodeInto<Input>(
  schema: Schema<unknown, Input>,
  value: NoInfer<Input>,
  writer: Writer,
): void {
  const { length, depth } = writer
  try {
    encoderOf(schema)(writer, value)
  } catch (error) {
    writer.truncate(length)
    writer.depth = depth
    throw explained(error, `Cannot encode ${titleOf(schema)}`)
  }
}
