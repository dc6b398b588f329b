// What everybody has in common who speaks Avro over HTTP: which requests are Avro's, what every failure is as
// a response, and what that is again to a client.
//
//   POST, content-type avro/binary, body = one framed message → 200, avro/binary, one framed message
//
// Errors that the service answers, declared or not, are 200 too: they are Avro's, not HTTP's.
//
// https://avro.apache.org/docs/1.12.0/specification/#http-as-transport

import { RpcError, type RpcErrorCode } from "../errors.ts"
import type { Service } from "../implement.ts"
import { publishRefusal } from "../respond.ts"
import type { NameOfPeer } from "../served-call.ts"

/** Options of the HTTP handlers. */
export interface HttpHandlerOptions {
  /** The largest body accepted, with its framing. Default 4 MiB. */
  readonly maxMessageBytes?: number
}

export const CONTENT_TYPE = "avro/binary"
export const DEFAULT_MAX_MESSAGE_BYTES = 4 * 1024 * 1024

/** Throws an `RpcError` for a request that is not Avro's, before any of its body is read. */
export function checkHead(method: string | undefined, contentType: string | null | undefined): void {
  if (method !== "POST") {
    throw new RpcError("ERR_RPC_HTTP_METHOD", `An Avro request is a POST, got ${String(method).slice(0, 20)}`)
  }
  const type = contentType?.split(";", 1)[0]?.trim().toLowerCase()
  if (type !== CONTENT_TYPE) {
    const got = contentType ? JSON.stringify(contentType.slice(0, 60)) : "none"
    throw new RpcError("ERR_RPC_CONTENT_TYPE", `An Avro request has content-type ${CONTENT_TYPE}, got ${got}`)
  }
}

/** The error of a request whose body somebody read before: it would be awaited for ever, or taken for cut short. */
export function bodyIsGone(): TypeError {
  return new TypeError("The body of the request was read before: put the handler in front of body parsers")
}

/** A response that is no Avro message, because the request was none. */
export interface Refusal {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const statuses: Partial<Record<RpcErrorCode, number>> = {
  ERR_RPC_HTTP_METHOD: 405,
  ERR_RPC_CONTENT_TYPE: 415,
  ERR_RPC_MESSAGE_SIZE: 413,
  ERR_RPC_TRUNCATED: 400,
  ERR_RPC_HANDSHAKE: 400,
  ERR_RPC_OVERLOADED: 503,
}

/** Reports a request that never became a call, and says what to answer it. */
export function refuse({ protocol }: Service, error: unknown, nameOfPeer?: NameOfPeer): Refusal {
  publishRefusal(protocol.name, error, nameOfPeer)
  const status = error instanceof RpcError ? statuses[error.code] : undefined
  const headers: Record<string, string> = { "content-type": "text/plain; charset=utf-8" }
  if (status === 405) headers["allow"] = "POST"
  // What is not the client's fault is none of its business.
  if (!(error instanceof RpcError) || status === undefined)
    return { status: 500, headers, body: "Internal error\n" }
  const { retryAfterMillis } = error
  if (retryAfterMillis !== undefined) headers["retry-after"] = String(Math.ceil(retryAfterMillis / 1000))
  return { status, headers, body: `${error.code}: ${error.message}\n` }
}

/** What a client throws for a response that is no Avro message, by the beginning of its text. */
export function errorOfResponse(
  origin: string,
  { status, type, retryAfter, text }: UnexpectedResponse,
): RpcError {
  const said = text.replace(/\s+/g, " ").trim().slice(0, MAX_SAID_CHARS)
  const retryAfterMillis = millisOf(retryAfter)
  if (status === 503 && said.startsWith(OVERLOADED))
    return new RpcError("ERR_RPC_OVERLOADED", said.slice(OVERLOADED.length), { retryAfterMillis })
  const what =
    status === 200 ? `content-type ${type.slice(0, 60) || "none"}, not ${CONTENT_TYPE}` : `status ${status}`
  return new RpcError(
    "ERR_RPC_HTTP_STATUS",
    `${origin} answered with ${what}${said === "" ? "" : `: ${said}`}`,
    { httpStatus: status, retryAfterMillis },
  )
}

/** A response that is no Avro message: a refusal of ours, a page of a proxy, somebody else's server. */
export interface UnexpectedResponse {
  readonly status: number
  /** Its headers `content-type` and `retry-after`, empty where they are missing. */
  readonly type: string
  readonly retryAfter: string
  /** The beginning of what it says. */
  readonly text: string
}

/** The header `retry-after` in seconds; in its other form, a date, it is taken for missing. */
function millisOf(retryAfter: string): number | undefined {
  return /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) * 1000 : undefined
}

const MAX_SAID_CHARS = 300
const OVERLOADED = "ERR_RPC_OVERLOADED: "
