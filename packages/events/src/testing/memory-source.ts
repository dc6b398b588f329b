// Events that are held as a sink got them: the smallest store there can be.

import { encodeInto, type Schema } from "@avrolet/avro"
import { createWriter } from "@avrolet/avro/binary"
import { kindOf } from "../kind.ts"
import type { EventSource, StoredEvents } from "../source.ts"

/** What a test says of an event; the rest of the envelope is always the same. */
export interface Stored<Input> {
  readonly at: bigint
  readonly value: Input
  readonly host?: string
  readonly traceId?: Uint8Array | null
}

/** Events as they are stored, all in one batch. */
export function stored<Input>(event: Schema<unknown, Input>, events: readonly Stored<Input>[]): StoredEvents {
  const { name, stored: writer } = kindOf(event)
  const bytes = createWriter()
  const envelope = { host: "here", pid: 7, service: "test", traceId: null }
  for (const each of events) encodeInto(writer, { ...envelope, ...each }, bytes)
  return { name, writer, count: events.length, bytes: bytes.finish().slice() }
}

/** Gives all it has, whatever is asked for: `EventSource` allows it to. */
export function memorySource(...batches: readonly StoredEvents[]): EventSource {
  return {
    async *read() {
      yield* batches
    },
  }
}
