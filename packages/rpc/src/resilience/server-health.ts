// Whether a server, or whatever else answers calls, is to be left alone for a while because calls to it fail.
//
//   serving ── `failuresInARow` bad outcomes, or one `unreachable` ──▶ out
//           ── `failureShare` of the latest calls were bad ──▶ out, if whoever knows the others says so
//   out     ── the wait is over: one try ── bad ──▶ out, for longer
//                                        └─ good ─▶ serving, with a share that grows to the whole
//
// Knows nothing of time but what it is told, so that nothing has to be stopped.

import { type Backoff, createBackoff } from "../tcp/backoff.ts"
import { FailureWindow } from "./failure-window.ts"
import type { Outcome } from "./outcome.ts"

/** When it is left alone, and for how long. */
export interface HealthSettings {
  readonly failuresInARow: number
  /** Of its calls within `windowMillis`, if they are `windowCalls` at least. */
  readonly failureShare: number
  readonly windowMillis: number
  readonly windowCalls: number
  readonly minOutMillis: number
  readonly maxOutMillis: number
  /** How long it takes until it has its whole share again. */
  readonly returnMillis: number
}

/** What there is to do: nothing; to see whether others fail as often; to eject it. */
export type Verdict = "keep" | "compare" | "eject"

/** The least share of one that has just come back. */
const MIN_SHARE = 0.1

/** What the outcomes of calls say. */
export class ServerHealth {
  readonly #settings: HealthSettings
  readonly #backoff: Backoff
  readonly #window: FailureWindow
  #failuresInARow = 0
  #failedAt = Number.NEGATIVE_INFINITY
  /** Whether it came back and has answered nothing yet. */
  #isOnTrial = false
  #servesSince = Number.NEGATIVE_INFINITY
  #outUntil: number | undefined
  /** Until then a try is awaited. */
  #triedUntil = 0

  constructor(settings: HealthSettings) {
    this.#settings = settings
    const { minOutMillis: minBackoffMillis, maxOutMillis: maxBackoffMillis } = settings
    this.#backoff = createBackoff({ minBackoffMillis, maxBackoffMillis })
    this.#window = new FailureWindow(settings.windowMillis)
  }

  get isOut(): boolean {
    return this.#outUntil !== undefined
  }

  /** How many calls in a row failed, if the last of them just did. */
  recentFailuresInARow(now: number): number {
    return now - this.#failedAt < this.#settings.minOutMillis ? this.#failuresInARow : 0
  }

  /** Its latest calls, and how many of them failed. */
  latest(now: number): { readonly calls: number; readonly failures: number } {
    return this.#window.latest(now)
  }

  /** Its part of what others of its kind get, from 0 to 1. */
  share(now: number): number {
    if (this.isOut) return 0
    const grown = (now - this.#servesSince) / this.#settings.returnMillis
    return grown >= 1 ? 1 : Math.max(MIN_SHARE, grown)
  }

  /** How long it is until it may be tried; 0 if that is now. */
  millisToTry(now: number): number {
    return Math.max(0, (this.#outUntil ?? 0) - now, this.#triedUntil - now)
  }

  /** Begins a try of one that is out, which has to be told with `tried`. */
  beginTry(now: number): void {
    this.#triedUntil = now + this.#settings.maxOutMillis // should its outcome never come
  }

  /** Notes a try's outcome. It serves again if that was good. */
  tried(outcome: Outcome, now: number): void {
    this.#triedUntil = 0
    if (outcome === "good") this.readmit(now)
    else if (outcome !== "unknown") this.#leaveOut(now)
  }

  /** Notes a call's outcome, and says what it is reason for. */
  note(outcome: Outcome, now: number): Verdict {
    if (this.isOut || outcome === "unknown") return "keep" // a call from before it was out
    this.#window.note(outcome !== "good", now)
    if (outcome === "good") {
      this.#failuresInARow = 0
      this.#isOnTrial = false
      return "keep"
    }
    this.#failuresInARow++
    this.#failedAt = now
    const isEnough = this.#failuresInARow >= this.#settings.failuresInARow
    if (isEnough || this.#isOnTrial || outcome === "unreachable") return "eject"
    return this.#failsOften(now) ? "compare" : "keep"
  }

  eject(now: number): void {
    if (now - this.#servesSince > this.#settings.returnMillis) this.#backoff.succeeded()
    this.#leaveOut(now)
  }

  /** Lets it serve again, but at the next failure it is out. */
  readmit(now: number): void {
    this.#outUntil = undefined
    this.#triedUntil = 0
    this.#servesSince = now
    this.#failuresInARow = 0
    this.#isOnTrial = true
    this.#window.clear()
  }

  #failsOften(now: number): boolean {
    const { calls, failures } = this.#window.latest(now)
    const { failureShare, windowCalls } = this.#settings
    return calls >= windowCalls && failures >= calls * failureShare
  }

  #leaveOut(now: number): void {
    this.#backoff.failed()
    this.#outUntil = now + this.#backoff.nextMillis()
  }
}
