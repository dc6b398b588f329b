// What a sink asks before it takes events of a kind: whether those that are there can be read with its schema.

import { incompatibilities, type Schema } from "@avrolet/avro"
import { EventsError } from "./errors.ts"
import type { EventKind } from "./kind.ts"

/**
 * Throws `ERR_EVENTS_SCHEMA`, with all reasons, where the schema of a kind could not read events that were recorded with
 * `stored`. `where` is said in the message: a directory, a stream, a topic.
 */
export function checkReadable(kind: EventKind, stored: Schema, where: string): void {
  const reasons = incompatibilities(kind.event, stored)
  if (reasons.length === 0) return
  const told = reasons.map(({ path, message }) => `${path || "it"}: ${message}`).join("; ")
  throw new EventsError(
    "ERR_EVENTS_SCHEMA",
    `Cannot record ${kind.name}: its schema could not read the events that are stored in ${where} already: ${told}; ` +
      "give a new field a default, a renamed one an alias, or the event another name",
  )
}
