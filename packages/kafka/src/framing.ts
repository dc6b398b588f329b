// A message, as Confluent's serializers write it and all of Kafka's tools read it:
//
//   message = 00 schema:uint32be value
//
// where `schema` is what the Schema Registry calls the schema that the value is written with.

import { EventsError } from "@avrolet/events"

const HEAD_SIZE = 5

/** A value with its schema's id before it. */
export function frame(schemaId: number, value: Uint8Array): Buffer {
  const message = Buffer.allocUnsafe(HEAD_SIZE + value.length)
  message[0] = 0
  message.writeUInt32BE(schemaId, 1)
  message.set(value, HEAD_SIZE)
  return message
}

/** The id of the schema, and the value, which may have no bytes. Throws `ERR_EVENTS_FOREIGN` for what is not framed so. */
export function unframe(message: Uint8Array | null | undefined): {
  readonly schemaId: number
  readonly value: Buffer
} {
  const { buffer, byteOffset, length } = message ?? new Uint8Array()
  const bytes = Buffer.from(buffer, byteOffset, length)
  if (length < HEAD_SIZE || bytes[0] !== 0) {
    const found =
      length === 0 ? "nothing" : `${length} bytes that begin with ${bytes.toString("hex", 0, HEAD_SIZE)}`
    throw new EventsError(
      "ERR_EVENTS_FOREIGN",
      `Not a message in the wire format of Confluent's serializers but ${found}: expected 00, the id of a schema (4 bytes), and a value`,
    )
  }
  return { schemaId: bytes.readUInt32BE(1), value: bytes.subarray(HEAD_SIZE) }
}
