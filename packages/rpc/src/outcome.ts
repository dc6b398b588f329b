// What became of a call, in a word and a code, for whoever counts calls. Codes are of a bounded number: what a
// handler throws may have any code of its own, and is counted under one.

import { AvroError, type Message } from "@avrolet/avro"
import { DeclaredError } from "./declared-error.ts"
import { isRefusalCode, RpcError } from "./errors.ts"
import { Refusal } from "./refusal.ts"

/**
 * - `ok`: there is a result.
 * - `declared`: an error that the message declares; as a rule a matter between the two sides, and no fault.
 * - `refused`: the server did not serve it, and said so.
 * - `given-up`: its time was over, or nobody waited any more.
 * - `failed`: everything else.
 */
export type Outcome = "ok" | "declared" | "refused" | "given-up" | "failed"

/** An outcome, and the code of the error that it is. */
export interface OutcomeAndCode {
  readonly outcome: Outcome
  readonly code?: string
}

/** What went wrong, if anything did. */
export type Failure = { readonly error: unknown } | undefined

const OK: OutcomeAndCode = { outcome: "ok" }

/** The outcome of a call as its server sees it. An error that the client may not know is `ERR_RPC_REMOTE`, as it is there. */
export function outcomeOfServed(message: Message, failure: Failure): OutcomeAndCode {
  if (failure === undefined) return OK
  const { error } = failure
  const code = codeOf(error) ?? "ERR_RPC_REMOTE"
  if (error instanceof DeclaredError) {
    const isDeclared = message.errors.some(({ name }) => name === error.errorName)
    return { outcome: isDeclared ? "declared" : "failed", code }
  }
  // One without being a refusal is the outcome of a call that the handler made.
  if (error instanceof Refusal) return { outcome: code === "ERR_RPC_TIMEOUT" ? "given-up" : "refused", code }
  return { outcome: code === "ERR_RPC_HANGUP" ? "given-up" : "failed", code }
}

/** The outcome of a call as its client sees it. `ABORTED` is one that its signal ended, `OTHER` what has no code of ours. */
export function outcomeOfCall(failure: Failure, signal: AbortSignal | undefined): OutcomeAndCode {
  if (failure === undefined) return OK
  const { error } = failure
  const code = codeOf(error) ?? (isAborted(error, signal) ? "ABORTED" : "OTHER")
  if (code === "ERR_RPC_DECLARED") return { outcome: "declared", code }
  if (givenUpCodes.has(code)) return { outcome: "given-up", code }
  return { outcome: isRefusalCode(code) ? "refused" : "failed", code }
}

const givenUpCodes: ReadonlySet<string> = new Set(["ERR_RPC_TIMEOUT", "ERR_RPC_HANGUP", "ABORTED"])

const isAborted = (error: unknown, signal: AbortSignal | undefined): boolean =>
  signal?.aborted === true && signal.reason === error

function codeOf(error: unknown): string | undefined {
  return error instanceof RpcError || error instanceof AvroError ? error.code : undefined
}
