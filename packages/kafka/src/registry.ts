// A Schema Registry, as Confluent's, Apicurio's and Karapace's speak: schemas under an id each, and the versions of each
// subject. What it answers is bounded, in time and in size.
//
// https://docs.confluent.io/platform/current/schema-registry/develop/api.html

import { parseSchema, type Schema } from "@avrolet/avro"
import { EventsError, type EventsErrorCode } from "@avrolet/events"
import { checkLimits } from "@avrolet/events/for-sinks"

/** How to speak to a registry. */
export interface SchemaRegistryOptions {
  /** What goes with each request: `{ authorization: "Bearer …" }`. */
  readonly headers?: Readonly<Record<string, string>>
  /** What makes the requests, for a certificate, a proxy or tokens of one's own. Default: Node's. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>
  /** How long to wait for an answer. Default 5000. */
  readonly timeoutMillis?: number
  /** How many schemas to keep. Default 1000. */
  readonly maxSchemas?: number
  /** The largest answer that is read. Default 4 MiB. */
  readonly maxResponseBytes?: number
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
  /** The schema with an id, which never changes: asked for once. Rejects with `ERR_EVENTS_FOREIGN` where there is none. */
  find(id: number): Promise<Schema>
  /** The latest version of a subject. */
  latest(subject: string): Promise<RegisteredSchema | undefined>
  /** All subjects that there are. */
  subjects(): Promise<readonly string[]>
  /** Whether the registry would take the schema, by the rule that is set there; `true` for a subject that is new. */
  isCompatible(subject: string, schema: Schema): Promise<boolean>
}

const MAX_MESSAGE_LENGTH = 1000
const CONTENT_TYPE = "application/vnd.schemaregistry.v1+json"

/**
 * A client of the registry at `url`, which may have a path: `http://localhost:8080/apis/ccompat/v7` for Apicurio's. A
 * name and a password in it are said to the registry, and to nobody else.
 *
 * Rejects with `ERR_EVENTS_UNAVAILABLE` where it does not answer, `ERR_EVENTS_FORBIDDEN` where it says so, and
 * `ERR_EVENTS_STORE` for an answer that is none. Throws a `TypeError` for a URL and for limits that are none.
 */
export function createSchemaRegistry(url: string | URL, options: SchemaRegistryOptions = {}): SchemaRegistry {
  const { timeoutMillis, maxSchemas = 1000, maxResponseBytes } = options
  checkLimits({ timeoutMillis, maxSchemas, maxResponseBytes })
  const ask = asker(url, options)
  const known = new Map<number, Promise<Schema>>()

  const versionsOf = (subject: string): string => `subjects/${encodeURIComponent(subject)}/versions`
  return {
    async register(subject, schema) {
      const post = (): Promise<unknown> => ask("POST", versionsOf(subject), bodyOf(schema))
      // Registries refuse with the same status what does not fit and what another client is faster at.
      const { id } = ((await post().catch(unlessConflict)) ?? (await post())) as { id?: unknown }
      return idIn(id, subject)
    },
    find(id) {
      const found = known.get(id) ?? load(ask, id)
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
      return { id: idIn(id, subject), version: Number(version), schema: schemaIn(answer, subject) }
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

type Ask = (method: string, path: string, body?: string) => Promise<unknown>

/** Makes requests, whose answers are JSON. */
function asker(url: string | URL, options: SchemaRegistryOptions): Ask {
  const { headers = {}, timeoutMillis = 5000, maxResponseBytes = 4 * 1024 * 1024 } = options
  const { fetch: request = fetch } = options
  const { base, authorization } = placeOf(url)
  return async (method, path, body) => {
    const what = `Cannot ${method} ${base}/${path}`
    let status: number
    let text: string
    try {
      const response = await request(`${base}/${path}`, {
        method,
        headers: { accept: CONTENT_TYPE, "content-type": CONTENT_TYPE, ...authorization, ...headers },
        signal: AbortSignal.timeout(timeoutMillis),
        redirect: "error", // the headers may be a secret of this registry
        ...(body === undefined ? {} : { body }),
      })
      status = response.status
      text = await boundedText(response, maxResponseBytes, what)
    } catch (cause) {
      if (cause instanceof EventsError) throw cause
      throw new EventsError("ERR_EVENTS_UNAVAILABLE", `${what}: ${reasonOf(cause)}`, { cause })
    }
    const answer = jsonIn(text)
    if (status >= 200 && status < 300 && typeof answer === "object" && answer !== null) return answer
    throw refusal(what, status, answer, text)
  }
}

/** Where the registry is, and who asks: what a URL has of that is secret, and `fetch` takes none that has it. */
function placeOf(url: string | URL): { base: string; authorization: { authorization?: string } } {
  const { protocol, host, pathname, username, password } = new URL(url)
  if (protocol !== "http:" && protocol !== "https:")
    throw new TypeError(`The URL of a registry begins with http: or https:, got ${protocol}`)
  const who = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`)
  return {
    base: `${protocol}//${host}${pathname.replace(/\/+$/, "")}`,
    authorization: username === "" ? {} : { authorization: `Basic ${who.toString("base64")}` },
  }
}

/** The body, of which no more is read than there may be. */
async function boundedText(response: Response, maxBytes: number, what: string): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    if (length > maxBytes) {
      throw new EventsError(
        "ERR_EVENTS_STORE",
        `${what}: the answer is larger than ${maxBytes} bytes; raise maxResponseBytes`,
      )
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Has what the registry itself calls it, to tell a missing subject from a wrong URL. */
class RegistryRefusal extends EventsError {
  readonly registryCode: number | undefined

  constructor(code: EventsErrorCode, message: string, registryCode: number | undefined) {
    super(code, message)
    this.registryCode = registryCode
  }
}

function refusal(what: string, status: number, answer: unknown, text: string): RegistryRefusal {
  const { error_code: code, message = text } = (answer ?? {}) as {
    error_code?: unknown
    message?: unknown
  }
  return new RegistryRefusal(
    codeFor(status),
    `${what}: ${status}, ${String(message).slice(0, MAX_MESSAGE_LENGTH)}`,
    typeof code === "number" ? code : undefined,
  )
}

function codeFor(status: number): EventsErrorCode {
  if (status === 401 || status === 403) return "ERR_EVENTS_FORBIDDEN"
  if (status === 409 || status === 422) return "ERR_EVENTS_SCHEMA"
  return status >= 500 || status === 429 || status === 408 ? "ERR_EVENTS_UNAVAILABLE" : "ERR_EVENTS_STORE"
}

const MISSING_CODES = [40401, 40402, 40403] // a subject, a version, a schema

const isMissing = (error: unknown): boolean =>
  error instanceof RegistryRefusal && MISSING_CODES.includes(error.registryCode ?? 0)

function unlessMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error
}

function unlessConflict(error: unknown): undefined {
  if (!(error instanceof EventsError && error.code === "ERR_EVENTS_SCHEMA")) throw error
}

async function load(ask: Ask, id: number): Promise<Schema> {
  try {
    return schemaIn(await ask("GET", `schemas/ids/${id}`), `schema ${id}`)
  } catch (cause) {
    if (!isMissing(cause)) throw cause
    throw new EventsError("ERR_EVENTS_FOREIGN", `The registry has no schema ${id}`, { cause })
  }
}

const bodyOf = (schema: Schema): string => JSON.stringify({ schema: JSON.stringify(schema.definition) })

function idIn(id: unknown, subject: string): number {
  if (typeof id === "number" && Number.isInteger(id) && id >= 0 && id <= 0xffff_ffff) return id
  throw new EventsError(
    "ERR_EVENTS_STORE",
    `The registry has no id for ${subject}: got ${JSON.stringify(id)}`,
  )
}

function schemaIn(answer: unknown, what: string): Schema {
  const { schema, schemaType = "AVRO", references = [] } = answer as Record<string, unknown>
  if (schemaType !== "AVRO")
    throw new EventsError("ERR_EVENTS_FOREIGN", `Not Avro but ${String(schemaType)}: ${what}`)
  if (!Array.isArray(references) || references.length > 0) {
    throw new EventsError(
      "ERR_EVENTS_FOREIGN",
      `Refers to other subjects, as no schema of events does: ${what}`,
    )
  }
  try {
    return parseSchema(JSON.parse(String(schema)))
  } catch (cause) {
    throw new EventsError("ERR_EVENTS_FOREIGN", `No schema: ${what}: ${(cause as Error).message}`, { cause })
  }
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error
  return cause instanceof Error ? `${message}: ${cause.message}` : message
}
