// Requests to a registry, whose answers are bounded, in time and in size.

import { EventsError, type EventsErrorCode } from "@avrolet/events"

const CONTENT_TYPE = "application/vnd.schemaregistry.v1+json"
const MAX_MESSAGE_LENGTH = 1000

/** How requests are made. */
export interface AskOptions {
  /** What goes with each request: `{ authorization: "Bearer …" }`. */
  readonly headers?: Readonly<Record<string, string>>
  /** What makes the requests, for a certificate, a proxy or tokens of one's own. Default: Node's. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>
  /** How long to wait for an answer. Default 5000. */
  readonly timeoutMillis?: number
  /** The largest answer that is read. Default 4 MiB. */
  readonly maxResponseBytes?: number
}

/** Asks a registry, and has its answer as JSON; rejects as `createSchemaRegistry` says, or with a `RegistryRefusal`. */
export type Ask = (method: string, path: string, body?: string) => Promise<unknown>

/** What asks the registry at `url`. Throws a `TypeError` for one that is none. */
export function createAsk(url: string | URL, options: AskOptions): Ask {
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

/** Whether the registry said that it has no such subject, version or schema. */
export const isMissing = (error: unknown): boolean =>
  error instanceof RegistryRefusal && MISSING_CODES.includes(error.registryCode ?? 0)

/** For `catch`: `undefined` where the registry has none; throws any other error again. */
export function unlessMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error
}

/** For `catch`: `undefined` where the registry refuses a schema; throws any other error again. */
export function unlessConflict(error: unknown): undefined {
  if (!(error instanceof EventsError && error.code === "ERR_EVENTS_SCHEMA")) throw error
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error
  return cause instanceof Error ? `${message}: ${cause.message}` : message
}
