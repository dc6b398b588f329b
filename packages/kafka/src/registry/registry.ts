// A Schema Registry, as Confluent's, Apicurio's and Karapace's speak: schemas under an id each, and the versions of each
// subject. What it answers is bounded, in time and in size.
//
// https://docs.confluent.io/platform/current/schema-registry/develop/api.html

import { declarationText, type Schema } from "@avrolet/avro"
import { EventsError } from "@avrolet/events"
import { checkIntegers } from "@avrolet/events/for-sinks"
import { type AskOptions, createAsk, unlessConflict, unlessMissing } from "./ask.ts"
import { findSchema, readSchema, versionsOf } from "./read-schema.ts"

/** How to speak to a registry. */
export interface SchemaRegistryOptions extends AskOptions {
  /** How many schemas to keep. Default 1000. */
  readonly maxSchemas?: number
}

/** A version of a subject. */
export interface RegisteredSchema {
  readonly id: number
  readonly version: number
  readonly schema: Schema
}

/** A Schema Registry. Everything rejects as it is said at `createSchemaRegistry`. */
export interface SchemaRegistry {
  /**
   * The id of a schema, which is made a version of the subject where it is none. Rejects with `ERR_EVENTS_SCHEMA`
   * where the registry refuses it as incompatible.
   */
  register(subject: string, schema: Schema): Promise<number>
  /**
   * The id of a schema that is a version of the subject already. Rejects with `ERR_EVENTS_SCHEMA` where it is none.
   */
  idOf(subject: string, schema: Schema): Promise<number>
  /** The schema with an id, which never changes: asked for once. Rejects with `ERR_EVENTS_FOREIGN` where there is none. */
  find(id: number): Promise<Schema>
  /** The latest version of a subject. */
  latest(subject: string): Promise<RegisteredSchema | undefined>
  /** All subjects that there are. */
  subjects(): Promise<readonly string[]>
  /** Whether the registry would take the schema, by the rule that is set there; `true` for a subject that is new. */
  isCompatible(subject: string, schema: Schema): Promise<boolean>
}

/**
 * A client of the registry at `url`, which may have a path: `http://localhost:8080/apis/ccompat/v7` for Apicurio's. A
 * name and a password in it are said to the registry, and to nobody else.
 *
 * Rejects with `ERR_EVENTS_UNAVAILABLE` where it does not answer, `ERR_EVENTS_FORBIDDEN` where it says so, and
 * `ERR_EVENTS_STORE` for an answer that is none. Throws a `TypeError` for a URL and for limits that are none.
 */
export function createSchemaRegistry(url: string | URL, options: SchemaRegistryOptions = {}): SchemaRegistry {
  const { timeoutMillis, maxSchemas = 1000, maxResponseBytes } = options
  checkIntegers({ timeoutMillis, maxSchemas, maxResponseBytes })
  const ask = createAsk(url, options)
  const known = new Map<number, Promise<Schema>>()

  return {
    async register(subject, schema) {
      const post = (): Promise<unknown> => ask("POST", versionsOf(subject), bodyOf(schema))
      // Registries refuse with the same status what does not fit and what another client is faster at.
      const { id } = ((await post().catch(unlessConflict)) ?? (await post())) as { id?: unknown }
      return idIn(id, subject)
    },
    async idOf(subject, schema) {
      const path = `subjects/${encodeURIComponent(subject)}`
      const answer = await ask("POST", path, bodyOf(schema)).catch(unlessMissing)
      if (answer !== undefined) return idIn((answer as { id?: unknown }).id, subject)
      throw new EventsError(
        "ERR_EVENTS_SCHEMA",
        `The registry has no such version of ${subject}: register ${schema.name ?? "the schema"} before it is written`,
      )
    },
    find(id) {
      const found = known.get(id) ?? findSchema(ask, id)
      known.delete(id)
      known.set(id, found) // the last used is last
      found.catch(() => known.delete(id))
      const [oldest] = known.keys()
      if (known.size > maxSchemas && oldest !== undefined) known.delete(oldest)
      return found
    },
    async latest(subject) {
      const answer = await ask("GET", `${versionsOf(subject)}/latest`).catch(unlessMissing)
      if (answer === undefined) return undefined
      const { id, version } = answer as { id?: unknown; version?: unknown }
      return {
        id: idIn(id, subject),
        version: Number(version),
        schema: await readSchema(ask, answer, subject),
      }
    },
    async subjects() {
      const answer = await ask("GET", "subjects")
      if (Array.isArray(answer) && answer.every((subject) => typeof subject === "string")) return answer
      throw new EventsError("ERR_EVENTS_STORE", "The registry has no list of its subjects")
    },
    async isCompatible(subject, schema) {
      const path = `compatibility/${versionsOf(subject)}/latest`
      const answer = await ask("POST", path, bodyOf(schema)).catch(unlessMissing)
      return answer === undefined || (answer as { is_compatible?: unknown }).is_compatible === true
    },
  }
}

const bodyOf = (schema: Schema): string => JSON.stringify({ schema: declarationText(schema.definition) })

function idIn(id: unknown, subject: string): number {
  if (typeof id === "number" && Number.isInteger(id) && id >= 0 && id <= 0xffff_ffff) return id
  throw new EventsError(
    "ERR_EVENTS_STORE",
    `The registry has no id for ${subject}: got ${JSON.stringify(id)}`,
  )
}
