// The numbers in the options of both sides.

const MAX_TIMER_MILLIS = 2 ** 31 - 1

/** Throws a `TypeError` for a limit that nothing could meet, or that is longer than a timer can be. */
export function checkLimits(limits: Readonly<Record<string, number | undefined>>): void {
  for (const [name, limit] of Object.entries(limits)) {
    if (limit !== undefined && !(limit > 0 && limit <= MAX_TIMER_MILLIS))
      throw new TypeError(`${name} must be more than 0 and at most ${MAX_TIMER_MILLIS}, got ${limit}`)
  }
}

/** Throws a `TypeError` for a share that is none. */
export function checkShares(shares: Readonly<Record<string, number>>): void {
  for (const [name, share] of Object.entries(shares)) {
    if (!(share >= 0 && share <= 1)) throw new TypeError(`${name} must be from 0 to 1, got ${share}`)
  }
}
