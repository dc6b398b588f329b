// How late the event loop is, for the price of one timer and of one look at the clock a call.
//
// A timer that is overdue says that this very turn takes long: what is read now has waited for it. A timer
// that came late says that the turn before did, and with it whatever else the process does. One such turn
// may be a large message or the garbage collector, and what came meanwhile is best served now; two in
// succession are a loop that cannot keep up.

const SAMPLES_PER_LIMIT = 4
const MIN_PERIOD_MILLIS = 5
const MAX_PERIOD_MILLIS = 100

/** Watches the event loop until it is stopped. Keeps no process alive. */
export class LoopLateness {
  readonly #maxMillis: number
  readonly #periodMillis: number
  readonly #timer: NodeJS.Timeout
  #dueAt: number
  #wasLate = false
  #wasLateBefore = false

  constructor(maxMillis: number) {
    this.#maxMillis = maxMillis
    this.#periodMillis = Math.max(
      MIN_PERIOD_MILLIS,
      Math.min(MAX_PERIOD_MILLIS, maxMillis / SAMPLES_PER_LIMIT),
    )
    this.#dueAt = performance.now() + this.#periodMillis
    this.#timer = setInterval(() => this.#sample(), this.#periodMillis).unref()
  }

  /** Whether what is read now has waited for longer than the limit, or the loop does not keep up. */
  get isLate(): boolean {
    return (this.#wasLate && this.#wasLateBefore) || performance.now() - this.#dueAt > this.#maxMillis
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#dueAt = Number.POSITIVE_INFINITY
    this.#wasLate = false
  }

  #sample(): void {
    const now = performance.now()
    this.#wasLateBefore = this.#wasLate
    this.#wasLate = now - this.#dueAt > this.#maxMillis
    this.#dueAt = now + this.#periodMillis
  }
}
