// Makes a second try of a call that takes long, beside the first, and takes the answer that comes first: for when
// a slow server is worse than a few more calls. Over a balanced transport the second goes to another server.

import type { Protocol } from "@avrolet/avro"
import { type CancellationSource, createCancellation } from "../cancellation.ts"
import { RpcError } from "../errors.ts"
import type { Interceptor } from "../interceptor.ts"
import { checkLimits } from "../net/check-limits.ts"
import { Latencies } from "./latencies.ts"
import { afterOther } from "./outcome.ts"
import { type RetryBudget, retryBudget } from "./retry-budget.ts"
import { safeMessages } from "./safe-messages.ts"

/** Options of `hedging`. */
export interface HedgingOptions<Messages> {
  /** The messages that may be served twice for one call. Calls of the others are made once. */
  readonly safe: readonly (keyof Messages & string)[]
  /**
   * How long a call takes before there is a second try. Default `p95`: longer than 19 of 20 calls of its message took
   * of late; while fewer than 20 are known there is none.
   */
  readonly afterMillis?: number | "p95"
  /** What second tries are taken from; share it with `retries`. Default: a `retryBudget()` of its own. */
  readonly budget?: RetryBudget
}

/**
 * An interceptor of a client that makes a second try of a call which takes long. The first result is the call's, the
 * other try is cancelled, and its handler told. The call fails when both tries have failed, or the first has before
 * there was a second. A server whose answer was overtaken so did not answer in time, to a balanced transport: it is
 * ejected when that happens several times in a row. Throws a `TypeError` for a name that is no message, or a time that is none.
 */
export function hedging<Messages, Errors>(
  protocol: Protocol<Messages, Errors>,
  { safe, afterMillis = "p95", budget = retryBudget() }: HedgingOptions<Messages>,
): Interceptor {
  if (afterMillis !== "p95") checkLimits({ afterMillis })
  const isSafe = safeMessages(protocol as unknown as Protocol, safe)
  const latencies = new Map<string, Latencies>(safe.map((message) => [message, new Latencies()]))

  return async (call, next) => {
    if (!isSafe(call)) return next()
    budget.callMade(call)
    const known = latencies.get(call.message)
    const millis = afterMillis === "p95" ? known?.p95 : afterMillis
    const startedAt = performance.now()
    const result = millis === undefined ? await next() : await firstOfTwo(next, millis, budget)
    known?.note(performance.now() - startedAt)
    return result
  }
}

function firstOfTwo(
  next: Parameters<Interceptor>[1],
  afterMillis: number,
  budget: RetryBudget,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const underWay = new Set<CancellationSource>()
    let mayHaveBeenServed = false
    const begin = (): CancellationSource => {
      const own = createCancellation()
      underWay.add(own)
      next({ cancellation: own }).then(
        (result) => {
          underWay.delete(own)
          clearTimeout(timer)
          resolve(result)
          for (const other of underWay) other.cancel(other === first ? tooLate() : notNeeded())
        },
        (error: unknown) => {
          underWay.delete(own)
          if (underWay.size === 0) {
            clearTimeout(timer)
            return reject(afterOther(error, mayHaveBeenServed))
          }
          mayHaveBeenServed = !(error instanceof RpcError) || error.mayHaveBeenServed // the other may be answered yet
        },
      )
      return own
    }
    const timer = setTimeout(() => {
      if (budget.take()) begin()
    }, afterMillis)
    const first = begin()
  })
}

/** What a balanced transport counts against the server that had the start and lost. */
const tooLate = (): RpcError =>
  new RpcError("ERR_RPC_TIMEOUT", "A second try of the same call was answered before this one")

const notNeeded = (): RpcError =>
  new RpcError("ERR_RPC_HANGUP", "The first try of the same call was answered")
