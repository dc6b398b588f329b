// How many calls may be made again. When a server fails every call, clients that try each of them three times
// make it three times as much work just then: so tries beyond the first are a share of the calls.
//
// A bucket of tokens: each call puts a part of one in, each further try takes one out.

import { checkShares } from "../net/check-limits.ts"

/** Options of `retryBudget`. */
export interface RetryBudgetOptions {
  /** How many further tries there may be for each call, on the whole. Default 0.1: a tenth more calls. */
  readonly share?: number
  /** How many there may be at once, however few calls were made before. Default 10. */
  readonly burst?: number
}

/** What further tries are taken from. Retries and hedging of several clients may share one. */
export interface RetryBudget {
  /** Counts a call, once. */
  callMade(call: object): void
  /** Whether there may be another try, which is taken from the budget. */
  take(): boolean
}

/** Makes a full budget. Throws a `TypeError` for a number that none can be. */
export function retryBudget({ share = 0.1, burst = 10 }: RetryBudgetOptions = {}): RetryBudget {
  checkShares({ share })
  if (!(burst >= 0 && burst <= 1e6)) throw new TypeError(`burst must be from 0 to 1000000, got ${burst}`)
  let tokens = burst
  const budget: RetryBudget = {
    callMade(call: CountedCall) {
      if (call.countedBy === budget) return // for another interceptor, or a try before this one
      call.countedBy = budget
      tokens = Math.min(burst, tokens + share)
    },
    take() {
      if (tokens < 1) return false
      tokens--
      return true
    },
  }
  return budget
}

/** Noted on the call itself, so that nothing has to be kept of calls. */
interface CountedCall {
  countedBy?: RetryBudget
}
