// A schema as a registry answers it, with those of other subjects that it refers to.

import { parseSchema, type Schema } from "@avrolet/avro"
import { EventsError } from "@avrolet/events"
import { type Ask, isMissing } from "./ask.ts"
import { withReferences } from "./references.ts"

/** How many other schemas one may refer to, all in all. */
const MAX_REFERENCES = 100
const MAX_QUOTED_LENGTH = 200

/** The schema with an id. */
export async function findSchema(ask: Ask, id: number): Promise<Schema> {
  try {
    return await readSchema(ask, await ask("GET", `schemas/ids/${id}`), `schema ${id}`)
  } catch (cause) {
    if (!isMissing(cause)) throw cause
    throw new EventsError("ERR_EVENTS_FOREIGN", `The registry has no schema ${id}`, { cause })
  }
}

/** The schema in an answer, which `what` names in errors. */
export async function readSchema(ask: Ask, answer: unknown, what: string): Promise<Schema> {
  const referred = new Map<string, unknown>()
  await addReferred(ask, answer, what, referred)
  try {
    return parseSchema(withReferences(declarationIn(answer, what), referred))
  } catch (cause) {
    if (cause instanceof EventsError) throw cause
    throw new EventsError("ERR_EVENTS_FOREIGN", `No schema: ${what}: ${(cause as Error).message}`, { cause })
  }
}

/** Adds the declarations that a schema refers to, and those that these do. */
async function addReferred(
  ask: Ask,
  answer: unknown,
  what: string,
  referred: Map<string, unknown>,
): Promise<void> {
  const { references = [] } = answer as { references?: unknown }
  if (!Array.isArray(references)) throw new EventsError("ERR_EVENTS_STORE", `No list of references: ${what}`)
  for (const reference of references) {
    const { name, subject, version } = (reference ?? {}) as Record<string, unknown>
    if (typeof name !== "string" || typeof subject !== "string" || !Number.isInteger(version))
      throw new EventsError(
        "ERR_EVENTS_STORE",
        `No reference: ${JSON.stringify(reference).slice(0, MAX_QUOTED_LENGTH)}, in ${what}`,
      )
    if (referred.has(name)) continue
    if (referred.size === MAX_REFERENCES)
      throw new EventsError(
        "ERR_EVENTS_FOREIGN",
        `Refers to more than ${MAX_REFERENCES} other schemas: ${what}`,
      )
    const other = await ask("GET", `${versionsOf(subject)}/${String(version)}`)
    const where = `version ${String(version)} of ${subject}`
    referred.set(name, declarationIn(other, where))
    await addReferred(ask, other, where, referred)
  }
}

function declarationIn(answer: unknown, what: string): unknown {
  const { schema, schemaType = "AVRO" } = answer as Record<string, unknown>
  if (schemaType !== "AVRO")
    throw new EventsError("ERR_EVENTS_FOREIGN", `Not Avro but ${String(schemaType)}: ${what}`)
  try {
    return JSON.parse(String(schema))
  } catch (cause) {
    throw new EventsError("ERR_EVENTS_FOREIGN", `No schema: ${what}: ${(cause as Error).message}`, { cause })
  }
}

/** Where the registry has the versions of a subject. */
export const versionsOf = (subject: string): string => `subjects/${encodeURIComponent(subject)}/versions`
