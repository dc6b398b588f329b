// What a stored schema says: the event within its envelope, or nothing of ours.

import { canonicalForm, parseSchema, type Schema } from "@avrolet/avro"
import { EventsError } from "./errors.ts"
import { storedDefinition } from "./kind.ts"

const known = new WeakMap<Schema, Schema | undefined>()

/**
 * The schema of the events that were stored with `stored`. Throws `ERR_EVENTS_FOREIGN` where that is not the envelope
 * that all events have.
 */
export function storedEvent(stored: Schema): Schema {
  if (!known.has(stored)) known.set(stored, within(stored))
  const event = known.get(stored)
  if (event !== undefined) return event
  throw new EventsError(
    "ERR_EVENTS_FOREIGN",
    `Not recorded events but ${stored.name ?? "values of a type without a name"}: expected the fields of avrolet.events.Recorded`,
  )
}

function within(stored: Schema): Schema | undefined {
  const event = valueType(stored.definition)
  if (typeof event !== "object" || event === null) return undefined
  // As the specification has it: what has no namespace of its own takes that of the record around it.
  const { name, namespace = "avrolet.events" } = event as { name?: unknown; namespace?: unknown }
  const standing = { ...event, namespace: String(name).includes(".") ? undefined : namespace }
  try {
    const schema = parseSchema(standing)
    return canonicalForm(parseSchema(storedDefinition(standing))) === canonicalForm(stored)
      ? schema
      : undefined
  } catch {
    return undefined
  }
}

function valueType(definition: unknown): unknown {
  const { fields } = (definition ?? {}) as { fields?: unknown }
  const value: unknown = Array.isArray(fields) ? fields.at(-1) : undefined
  return (value as { type?: unknown } | undefined)?.type
}
