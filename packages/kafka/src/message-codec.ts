// Values of one schema as messages of a topic, for any client of Kafka: in the wire format of Confluent's serializers,
// each with the id of the schema that it was written with.
//
// https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/index.html#wire-format

import { type DecodeOptions, decode, encode, type Schema } from "@avrolet/avro"
import { frame, unframe } from "./framing.ts"
import type { SchemaRegistry } from "./registry/registry.ts"

/** How messages are written and read. */
export interface MessageCodecOptions extends Pick<DecodeOptions, "limits" | "invalidUtf8"> {
  /**
   * Whether the first message makes the schema a version of the subject where it is none. With `false` it has to be one
   * already. Default true.
   */
  readonly register?: boolean
}

/** Writes and reads messages. */
export interface MessageCodec<Value, Input = Value> {
  /**
   * The message of a value. The registry is asked by the first one.
   *
   * Rejects with `ERR_AVRO_VALUE` for what does not fit the schema; with `ERR_EVENTS_SCHEMA` where the registry refuses
   * the schema, or has it not and may not be given it; and as a `SchemaRegistry` does.
   */
  encode(value: Input): Promise<Buffer>
  /**
   * The value of a message, read as this schema has it, whichever it was written with. The registry is asked once for each
   * of these.
   *
   * Rejects with `ERR_EVENTS_FOREIGN` for bytes in another format, `null` (a tombstone) among them; with an `AvroError`
   * for bytes that are no value of the schema they name, and where that cannot be read as this one
   * (`ERR_AVRO_RESOLUTION`); and as a `SchemaRegistry` does.
   */
  decode(message: Uint8Array | null | undefined): Promise<Value>
}

/**
 * The codec of the messages whose schema is under `subject`: as a rule the topic's name with `-value`, or with `-key`.
 */
export function createMessageCodec<Value, Input>(
  registry: SchemaRegistry,
  subject: string,
  schema: Schema<Value, Input>,
  { register = true, ...options }: MessageCodecOptions = {},
): MessageCodec<Value, Input> {
  let registered: Promise<number> | undefined
  const idOf = async (): Promise<number> => {
    registered ??= register ? registry.register(subject, schema) : registry.idOf(subject, schema)
    try {
      return await registered
    } catch (error) {
      registered = undefined // the next message asks again
      throw error
    }
  }
  return {
    async encode(value) {
      const bytes = encode(schema, value, options) // at once: the caller may change it while the registry is asked
      return frame(await idOf(), bytes)
    },
    async decode(message) {
      const { schemaId, value } = unframe(message)
      const writer = await registry.find(schemaId)
      return decode(schema, value, { ...options, writer })
    },
  }
}
