// How many of a server's calls failed of late.
//
// Two counters, for this half of the window and the one before: nothing is kept of a single call, and what is looked
// back at is between half a window and all of it.

/** Counts calls within a window of time. Knows nothing of time but what it is told. */
export class FailureWindow {
  readonly #halfMillis: number
  #halfBegan = 0
  #calls = 0
  #failures = 0
  #callsBefore = 0
  #failuresBefore = 0

  constructor(windowMillis: number) {
    this.#halfMillis = windowMillis / 2
  }

  note(isFailure: boolean, now: number): void {
    this.#moveTo(now)
    this.#calls++
    if (isFailure) this.#failures++
  }

  /** The calls that are known, and how many of them failed. */
  latest(now: number): { readonly calls: number; readonly failures: number } {
    this.#moveTo(now)
    return { calls: this.#calls + this.#callsBefore, failures: this.#failures + this.#failuresBefore }
  }

  clear(): void {
    this.#calls = this.#failures = this.#callsBefore = this.#failuresBefore = 0
  }

  #moveTo(now: number): void {
    const elapsed = now - this.#halfBegan
    if (elapsed < this.#halfMillis) return
    const isNext = elapsed < 2 * this.#halfMillis
    this.#callsBefore = isNext ? this.#calls : 0
    this.#failuresBefore = isNext ? this.#failures : 0
    this.#calls = this.#failures = 0
    this.#halfBegan = isNext ? this.#halfBegan + this.#halfMillis : now
  }
}
