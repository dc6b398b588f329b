// Errors of the server that the client may know of. Everything else that a handler throws, and that its
// message does not declare, reaches the client as "Internal error".
//
// On the wire a refusal is what the specification calls a system error: a string. Its code, and how long to wait, are
// in the response's metadata, for clients of this package.

import { RpcError, type RpcErrorCode } from "./errors.ts"
import { type Metadata, millisIn, type OwnEntry } from "./metadata.ts"
import { checkLimits } from "./net/check-limits.ts"

/** Why a call may be refused; `docs/reference/errors.md` says what the client can do. */
export type RefusalCode =
  | "ERR_RPC_UNAUTHENTICATED"
  | "ERR_RPC_FORBIDDEN"
  | "ERR_RPC_UNAVAILABLE"
  | "ERR_RPC_OVERLOADED"

/** Options of `refusal`. */
export interface RefusalOptions {
  /** For how long the client should not make the call again. It finds it in the error, and `retries` wait as long. Default: says nothing. */
  readonly retryAfterMillis?: number | undefined
}

/**
 * The error to throw in a handler or in a server's interceptor, so that the client learns of it:
 * `throw refusal("ERR_RPC_UNAUTHENTICATED", "Send a token")`. Its call rejects with an `RpcError` of this code
 * and message; other peers get the message alone. When that client is itself a server, its own clients do not
 * get it: who lets it through has failed. Throws a `TypeError` for a time that is none.
 */
export function refusal(
  code: RefusalCode,
  message: string,
  { retryAfterMillis }: RefusalOptions = {},
): RpcError {
  checkLimits({ retryAfterMillis })
  return new Refusal(code, message, { retryAfterMillis })
}

const refused: unique symbol = Symbol.for("avrolet.Refusal")

/** An error whose code and message the client gets. Not public: what a client gets is a plain `RpcError`. */
export class Refusal extends RpcError {
  readonly [refused] = true

  /** Holds across copies of this package. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === "object" && value !== null && refused in value
  }
}

const CODE_KEY = "avrolet.code"
const RETRY_AFTER_KEY = "avrolet.retry-after"

/** What is in the metadata of a response that is a refusal. */
export function entriesOf({ code, retryAfterMillis }: Refusal): OwnEntry[] {
  const entries: OwnEntry[] = [[CODE_KEY, code]]
  if (retryAfterMillis !== undefined) entries.push([RETRY_AFTER_KEY, String(Math.ceil(retryAfterMillis))])
  return entries
}

const MAX_CODE_BYTES = 40

/** What a server may say of itself; nothing else is believed. */
const codes: ReadonlySet<string> = new Set<RefusalCode | RpcErrorCode>([
  "ERR_RPC_UNAUTHENTICATED",
  "ERR_RPC_FORBIDDEN",
  "ERR_RPC_UNAVAILABLE",
  "ERR_RPC_OVERLOADED",
  "ERR_RPC_UNKNOWN_MESSAGE",
  "ERR_RPC_REQUEST",
  "ERR_RPC_METADATA",
  "ERR_RPC_TIMEOUT",
])

/** The code of an error with this metadata, if it is one that a server may send. */
export function codeOf(metadata: Readonly<Metadata>): RpcErrorCode | undefined {
  const bytes = metadata[CODE_KEY]
  if (bytes === undefined || bytes.length > MAX_CODE_BYTES) return undefined
  const code = String.fromCharCode(...bytes)
  return codes.has(code) ? (code as RpcErrorCode) : undefined
}

/** How long a server asks to wait, in an error with this metadata. */
export function retryAfterIn(metadata: Readonly<Metadata>): number | undefined {
  return millisIn(metadata[RETRY_AFTER_KEY])
}
