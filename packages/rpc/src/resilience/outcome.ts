// What came of a call, as far as it says something about the server; and whether to make it again.

import { RpcError, type RpcErrorCode } from "../errors.ts"

/**
 * - `good`: the server answered, if only with an error of its service's: that would be the same elsewhere.
 * - `bad`: it did not answer in time, broke off, talked nonsense, or said that it cannot serve now.
 * - `unreachable`: the call was not even sent.
 * - `unknown`: nobody waited for the answer, or the call itself was at fault.
 */
export type Outcome = "good" | "bad" | "unreachable" | "unknown"

/** What the failure of a call says about its server. */
export function outcomeOf(error: unknown): Outcome {
  if (!(error instanceof RpcError)) return isTimeoutOfSignal(error) ? "bad" : "unknown"
  if (isNeverSent(error)) return "unreachable"
  if (error.httpStatus === TOO_LARGE) return "unknown"
  if (faults.has(error.code)) return "bad"
  return answers.has(error.code) ? "good" : "unknown"
}

const TOO_LARGE = 413

const faults: ReadonlySet<RpcErrorCode> = new Set<RpcErrorCode>([
  "ERR_RPC_CONNECTION",
  "ERR_RPC_TIMEOUT",
  "ERR_RPC_TRUNCATED",
  "ERR_RPC_SERIAL",
  "ERR_RPC_HANDSHAKE",
  "ERR_RPC_HTTP_STATUS",
  "ERR_RPC_OVERLOADED",
  "ERR_RPC_UNAVAILABLE",
])

const answers: ReadonlySet<RpcErrorCode> = new Set<RpcErrorCode>([
  "ERR_RPC_DECLARED",
  "ERR_RPC_REMOTE",
  "ERR_RPC_UNAUTHENTICATED",
  "ERR_RPC_FORBIDDEN",
  "ERR_RPC_UNKNOWN_MESSAGE",
  "ERR_RPC_REQUEST",
  "ERR_RPC_RESPONSE",
])

/** Whether there was no connection to send the call on. */
export function isNeverSent(error: unknown): boolean {
  return error instanceof RpcError && error.code === "ERR_RPC_CONNECTION" && !error.mayHaveBeenServed
}

/** What `AbortSignal.timeout()` gives calls up with. */
const isTimeoutOfSignal = (error: unknown): boolean =>
  error instanceof DOMException && error.name === "TimeoutError"

/**
 * Whether another try may succeed and does no harm: any call that was never sent, or refused by a server that
 * cannot serve now; and, where the message is safe to repeat, one that may have been served.
 */
export function mayBeTriedAgain(error: unknown, isSafe: boolean): error is RpcError {
  if (!(error instanceof RpcError)) return false
  const { code, mayHaveBeenServed, httpStatus = 0 } = error
  if (mayHaveBeenServed && !isSafe) return false
  return passing.has(code) || passingStatuses.has(httpStatus)
}

const passing: ReadonlySet<RpcErrorCode> = new Set<RpcErrorCode>([
  "ERR_RPC_CONNECTION",
  "ERR_RPC_TIMEOUT",
  "ERR_RPC_TRUNCATED",
  "ERR_RPC_OVERLOADED",
  "ERR_RPC_UNAVAILABLE",
])

/** What a proxy answers when it does not get through, or has enough. */
const passingStatuses: ReadonlySet<number> = new Set([429, 502, 503, 504])

/** What a call fails with whose last try failed with this, and another of which may have been served. */
export function afterOther(error: unknown, mayHaveBeenServed: boolean): unknown {
  if (!mayHaveBeenServed || !(error instanceof RpcError) || error.mayHaveBeenServed) return error
  const { code, message, httpStatus, retryAfterMillis } = error
  return new RpcError(code, message, { cause: error, mayHaveBeenServed, httpStatus, retryAfterMillis })
}
