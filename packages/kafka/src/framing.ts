// A message's value, as Confluent's serializers write it and all of Kafka's tools read it:
//
//   value = 00 schema:uint32be event
//
// where `schema` is what the Schema Registry calls the schema of the event within its envelope.

import { EventsError } from "@avrolet/events"

const HEAD_SIZE = 5

/** An event with its schema's id before it. */
export function frame(schemaId: number, event: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(HEAD_SIZE + event.length)
  framed[0] = 0
  framed.writeUInt32BE(schemaId, 1)
  framed.set(event, HEAD_SIZE)
  return framed
}

/** The id of the schema, and the event. Throws `ERR_EVENTS_FOREIGN` for what is not framed so. */
export function unframe(value: Buffer | null | undefined): {
  readonly schemaId: number
  readonly event: Buffer
} {
  if (value === null || value === undefined || value.length <= HEAD_SIZE || value[0] !== 0) {
    const found =
      value === null || value === undefined
        ? "nothing"
        : `${value.length} bytes that begin with ${value.toString("hex", 0, HEAD_SIZE)}`
    throw new EventsError(
      "ERR_EVENTS_FOREIGN",
      `Not an event but ${found}: expected 00, the id of a schema, and the event`,
    )
  }
  return { schemaId: value.readUInt32BE(1), event: value.subarray(HEAD_SIZE) }
}
