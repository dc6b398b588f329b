// Bytes → value, with the schema they were written with or with another.

import { createReader, type InvalidUtf8, type Reader } from "../binary/reader.ts"
import { decoderOf } from "../compile/decoder.ts"
import { resolverOf } from "../compile/resolver.ts"
import { AvroError, explained } from "../errors.ts"
import type { Limits } from "../limits.ts"
import { type Schema, titleOf } from "../schema/schema.ts"

/** Options of `decode`. */
export interface DecodeOptions {
  /** The schema the bytes were written with, where it is not the one to read with. */
  readonly writer?: Schema | undefined
  /** Bounds on what hostile bytes can make the decoder spend. */
  readonly limits?: Partial<Limits>
  /** Whether strings that are not UTF-8 are refused (the default), or read with U+FFFD for what is wrong. */
  readonly invalidUtf8?: InvalidUtf8 | undefined
}

/**
 * Decodes one value, which has to take all the bytes. The bytes are not kept. Where the value has bytes of its own,
 * their `buffer` is shared with others, as that of Node's Buffers is: copy what is to be transferred to another thread.
 *
 * Throws `ERR_AVRO_DATA` or `ERR_AVRO_TRUNCATED` for bytes that are not a value of the schema, with
 * the path; `ERR_AVRO_LONG_RANGE` for a long that a number cannot hold; `ERR_AVRO_LIMIT`; and
 * `ERR_AVRO_RESOLUTION` where data of `writer` cannot be read with `schema`.
 *
 * @see https://avro.apache.org/docs/1.12.0/specification/#binary-encoding
 */
export function decode<Value>(
  schema: Schema<Value, unknown>,
  bytes: Uint8Array,
  options: DecodeOptions = {},
): Value {
  const reader = createReader(bytes, options.limits, options.invalidUtf8)
  const value = decodeFrom(schema, reader, options)
  if (reader.remaining > 0) {
    throw new AvroError(
      "ERR_AVRO_DATA",
      `Cannot decode ${titleOf(schema)}: it ends at byte ${reader.position} of ${bytes.length}; is this its schema?`,
    )
  }
  return value
}

/**
 * Decodes the value that `reader` stands before, and leaves it after that value. Throws what `decode` throws, but
 * for bytes that are left.
 */
export function decodeFrom<Value>(
  schema: Schema<Value, unknown>,
  reader: Reader,
  options: Pick<DecodeOptions, "writer"> = {},
): Value {
  const { writer } = options
  const { depth } = reader
  try {
    const decoder = writer === undefined ? decoderOf(schema) : resolverOf(writer, schema)
    return decoder(reader) as Value
  } catch (error) {
    reader.depth = depth
    throw explained(error, `Cannot decode ${titleOf(schema)}`)
  }
}
