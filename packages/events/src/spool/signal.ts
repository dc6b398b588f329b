// For those who wait until something has changed, and look again.

/** Counts changes. */
export class Signal {
  #waiting: (() => void)[] = []
  /** How many there were: to be read before one looks. */
  count = 0

  /** Something has changed. */
  tell(): void {
    this.count++
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  /** Resolves once there were more changes than `count`. */
  after(count: number): Promise<void> {
    if (this.count !== count) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push(resolve))
  }
}
