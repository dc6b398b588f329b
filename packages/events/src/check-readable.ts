// What a sink asks before it takes events of a kind: whether those that are there can be read with its schema.

import { incompatibilities, type Schema } from "@avrolet/avro"
import { EventsError } from "./errors.ts"
import type { EventKind } from "./kind.ts"

/**
 * Throws `ERR_EVENTS_SCHEMA`, with the first reason, where the schema of a kind could not read events that were recorded
 * with `stored`. `where` is said in the message: a file, a stream, a topic.
 */
export function checkReadable(kind: EventKind, stored: Schema, where: string): void {
  const [reason, ...others] = incompatibilities(kind.event, stored)
  if (reason === undefined) return
  const more = others.length === 0 ? "" : ` (and ${others.length} more)`
  throw new EventsError(
    "ERR_EVENTS_SCHEMA",
    `Cannot record ${kind.name}: its schema could not read the events that are stored in ${where} already: ` +
      `${`${reason.path} ${reason.message}`.trim()}${more}; give a new field a default, a renamed one an alias, or the event another name`,
  )
}
