// Makes calls again that failed in passing, after a wait, while there is time and budget for it.

import type { Protocol } from "@avrolet/avro"
import type { Interceptor } from "../interceptor.ts"
import { checkLimits } from "../net/check-limits.ts"
import { type Backoff, type BackoffOptions, createBackoff } from "../tcp/backoff.ts"
import { afterOther, mayBeTriedAgain } from "./outcome.ts"
import { type RetryBudget, retryBudget } from "./retry-budget.ts"
import { safeMessages } from "./safe-messages.ts"

/** Options of `retries`. */
export interface RetryOptions<Messages> extends BackoffOptions {
  /**
   * The messages that may be served twice for one call, because that does what serving them once does. Default:
   * none. Calls of the others are made again only where they were certainly not served.
   */
  readonly safe?: readonly (keyof Messages & string)[]
  /** How often a call is tried, with the first time. Default 3. */
  readonly maxTries?: number
  /** How long a try of a safe message may take, but for the last, so that there is time for another. Default: as long as the call. */
  readonly tryMillis?: number
  /** The longest wait after the first failure, which doubles with each further one. Default 25. */
  readonly minBackoffMillis?: number
  /** The longest wait of all, but for a server that asks for a longer one. Default 1000. */
  readonly maxBackoffMillis?: number
  /** What further tries are taken from. Default: a `retryBudget()` of its own. */
  readonly budget?: RetryBudget
}

/**
 * An interceptor of a client that makes calls again which failed in passing: the server could not be reached, the
 * connection broke, it took too long, the server refused them with `ERR_RPC_OVERLOADED` or `ERR_RPC_UNAVAILABLE`,
 * a proxy answered 429, 502, 503 or 504. All tries together have the time of the call, and each tells the server
 * what is left; there is none for which the wait is longer than that. When it makes none it rejects with the last error.
 *
 * Throws a `TypeError` for a name that is no message, or a number that none can be.
 */
export function retries<Messages, Errors>(
  protocol: Protocol<Messages, Errors>,
  options: RetryOptions<Messages> = {},
): Interceptor {
  const { safe = [], maxTries = 3, tryMillis, budget = retryBudget() } = options
  const { minBackoffMillis = 25, maxBackoffMillis = 1000 } = options
  checkLimits({ maxTries, tryMillis, minBackoffMillis, maxBackoffMillis })
  const isSafe = safeMessages(protocol as unknown as Protocol, safe)
  const limits = tryMillis === undefined ? undefined : { timeoutMillis: tryMillis }

  return async (call, next) => {
    budget.callMade(call)
    const mayRepeat = isSafe(call)
    let backoff: Backoff | undefined
    let mayHaveBeenServed = false
    for (let tries = 1; ; tries++) {
      try {
        return await next(mayRepeat && tries < maxTries ? limits : undefined)
      } catch (error) {
        if (tries >= maxTries || !mayBeTriedAgain(error, mayRepeat))
          throw afterOther(error, mayHaveBeenServed)
        backoff ??= createBackoff({ minBackoffMillis, maxBackoffMillis })
        backoff.failed()
        // One of several servers may ask for time: the others need none.
        const asked = call.server === undefined ? error.retryAfterMillis : undefined
        const waitMillis = backoff.nextMillis() + (asked ?? 0)
        if (waitMillis >= call.remainingMillis || !budget.take()) throw afterOther(error, mayHaveBeenServed)
        mayHaveBeenServed ||= error.mayHaveBeenServed
        await pause(waitMillis, call.signal)
      }
    }
  }
}

/** Resolves after a while. Rejects with the signal's reason when that aborts. */
function pause(millis: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const stop = (): void => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop)
      resolve()
    }, millis)
    signal.addEventListener("abort", stop, { once: true })
  })
}
