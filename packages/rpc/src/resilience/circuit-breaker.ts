// Stops calling a server that fails, so that its clients fail at once and it is left alone: for one address. Over
// several a balanced transport does the same for each of them.

import { RpcError } from "../errors.ts"
import type { Interceptor } from "../interceptor.ts"
import { checkLimits, checkShares } from "../net/check-limits.ts"
import { type Outcome, outcomeOf } from "./outcome.ts"
import { ServerHealth } from "./server-health.ts"

/** Options of `circuitBreaker`. */
export interface CircuitBreakerOptions {
  /** After how many failures in a row calls are made no more. Default 5; one that cannot be sent is enough. */
  readonly failuresInARow?: number
  /** The same when this share of the latest calls failed. Default a half. */
  readonly failureShare?: number
  /** The latest calls are those within this time. Default 10,000. */
  readonly windowMillis?: number
  /** How many they have to be, to say something. Default 20. */
  readonly windowCalls?: number
  /** For how long at most, the first time, and twice as long each time the call that then tries fails. Default 1000. */
  readonly minOpenMillis?: number
  /** The longest of all. Default 30,000. */
  readonly maxOpenMillis?: number
}

/**
 * An interceptor of a client that rejects calls at once with `ERR_RPC_CIRCUIT_OPEN` while the server fails them: it
 * cannot be reached, does not answer in time, or refuses with `ERR_RPC_UNAVAILABLE` or `ERR_RPC_OVERLOADED`. After a
 * while it lets one call go, and when that is answered, all. Errors of the service count as answers.
 *
 * Give one to all clients of a server, and none to those of another. Put it after `retries`, which does not repeat
 * what it rejects. Throws a `TypeError` for numbers that none can be.
 */
export function circuitBreaker(options: CircuitBreakerOptions = {}): Interceptor {
  const { failuresInARow = 5, failureShare = 0.5, windowMillis = 10_000, windowCalls = 20 } = options
  const { minOpenMillis = 1000, maxOpenMillis = 30_000 } = options
  checkLimits({ failuresInARow, windowMillis, windowCalls, minOpenMillis, maxOpenMillis })
  checkShares({ failureShare })
  const window = { failureShare, windowMillis, windowCalls }
  const waits = { minOutMillis: minOpenMillis, maxOutMillis: maxOpenMillis, returnMillis: 1 }
  const health = new ServerHealth({ failuresInARow, ...window, ...waits })
  let lastFailure: unknown

  function note(isTry: boolean, outcome: Outcome): void {
    const now = performance.now()
    if (isTry) health.tried(outcome, now)
    else if (health.note(outcome, now) !== "keep") health.eject(now)
  }

  return async (call, next) => {
    const isTry = health.isOut
    if (isTry) {
      const now = performance.now()
      const millis = Math.ceil(health.millisToTry(now))
      if (millis > 0) throw isOpen(call.protocol.name, millis, lastFailure)
      health.beginTry(now)
    }
    try {
      const result = await next()
      note(isTry, "good")
      return result
    } catch (error) {
      const outcome = outcomeOf(error)
      if (outcome === "bad" || outcome === "unreachable") lastFailure = error
      note(isTry, outcome)
      throw error
    }
  }
}

const isOpen = (server: string, millis: number, cause: unknown): RpcError =>
  new RpcError(
    "ERR_RPC_CIRCUIT_OPEN",
    `Calls to ${server} failed, so this one was not made; the next may be in ${millis} ms`,
    { cause },
  )
