// The schemas of what is recorded, kept beside it: by fingerprint for those who read, and for each event the one that
// was recorded with last, for those who begin to record.

import { type EventKind, EventsError, namesOf } from "@avrolet/events"
import { checkReadable } from "@avrolet/events/for-sinks"
import type { JetStreamClient, JetStreamManager, StoredMsg } from "@nats-io/jetstream"
import { type MessageSchema, messageSchemaOf, parseMessageSchema } from "./message.ts"
import type { Names } from "./names.ts"
import { isConflict, refusal } from "./refusal.ts"

const MAX_TRIES = 10

/**
 * Makes the schema of a kind the one that its event is recorded with. Rejects with `ERR_EVENTS_SCHEMA` where it cannot
 * read what was recorded with the last one, or last under a name that the event had before.
 */
export async function registerSchema(
  { names, js, jsm }: { names: Names; js: JetStreamClient; jsm: JetStreamManager },
  kind: EventKind,
): Promise<void> {
  const own = messageSchemaOf(kind)
  const lastOf = async (name: string): Promise<StoredMsg | null> => {
    const last = await jsm.streams.getMessage(names.schemas, { last_by_subj: names.lastSchemaSubject(name) })
    if (last !== null && last.string() !== own.text)
      checkReadable(kind, parseMessageSchema(last.string()).kind.event, names.events)
    return last
  }
  for (const name of namesOf(kind.event)) if (name !== kind.name) await lastOf(name)
  const subject = names.lastSchemaSubject(kind.name)
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const last = await lastOf(kind.name)
    if (last?.string() === own.text) return
    await js.publish(names.schemaSubject(own.fingerprint), own.text)
    try {
      // Another process may have begun to record with another schema in between: then this one has to read that.
      await js.publish(subject, own.text, { expect: { lastSubjectSequence: last?.seq ?? 0 } })
      return
    } catch (error) {
      if (!isConflict(error)) throw error
    }
  }
  throw new EventsError(
    "ERR_EVENTS_UNAVAILABLE",
    `Cannot register the schema of ${kind.name}: others do so all the time`,
  )
}

/** Schemas by the fingerprint in messages. */
export interface SchemaCache {
  /** Rejects with `ERR_EVENTS_FOREIGN` where there is none, or none that is one. */
  find(fingerprint: string): Promise<MessageSchema>
}

/** Asks for each schema once, and keeps `maxSchemas` of them: the names in messages are chosen by others. */
export function createSchemaCache(jsm: JetStreamManager, names: Names, maxSchemas: number): SchemaCache {
  const found = new Map<string, MessageSchema>()
  return {
    async find(fingerprint) {
      const schema = found.get(fingerprint) ?? (await load(jsm, names, fingerprint))
      found.delete(fingerprint)
      found.set(fingerprint, schema) // the last used is last
      const [oldest] = found.keys()
      if (found.size > maxSchemas && oldest !== undefined) found.delete(oldest)
      return schema
    },
  }
}

async function load(jsm: JetStreamManager, names: Names, fingerprint: string): Promise<MessageSchema> {
  const subject = names.schemaSubject(fingerprint)
  const message = await jsm.streams
    .getMessage(names.schemas, { last_by_subj: subject })
    .catch((error: unknown) => {
      throw refusal(`get the schema at ${subject}`, error)
    })
  if (message === null) {
    throw new EventsError(
      "ERR_EVENTS_FOREIGN",
      `Cannot read a message: there is no schema at ${subject} in ${names.schemas}`,
    )
  }
  const schema = parseMessageSchema(message.string())
  if (schema.fingerprint !== fingerprint) {
    throw new EventsError(
      "ERR_EVENTS_FOREIGN",
      `Cannot read a message: the schema at ${subject} has another fingerprint`,
    )
  }
  return schema
}
