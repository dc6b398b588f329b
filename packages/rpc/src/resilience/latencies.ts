// How long calls took of late: the time within which nearly all of them are answered.

/** How many calls are looked at, and after how many new ones again. */
const KEPT = 200
const RENEWED_AFTER = 20

/** The latest answers, and their 95th percentile. */
export class Latencies {
  readonly #millis = new Float64Array(KEPT)
  #noted = 0
  #p95: number | undefined

  note(millis: number): void {
    this.#millis[this.#noted++ % KEPT] = millis
    if (this.#noted % RENEWED_AFTER !== 0) return
    const sorted = this.#millis.subarray(0, Math.min(this.#noted, KEPT)).toSorted()
    this.#p95 = sorted[Math.ceil(sorted.length * 0.95) - 1]
  }

  /** `undefined` while too few are known. */
  get p95(): number | undefined {
    return this.#p95
  }
}
