// What a limit may be: a number of things, bytes or milliseconds.

/** Throws a `TypeError` for a limit that is given and is no integer of 1 or more. */
export function checkLimits(limits: Readonly<Record<string, number | undefined>>): void {
  for (const [name, limit] of Object.entries(limits)) {
    if (limit === undefined || (Number.isSafeInteger(limit) && limit > 0)) continue
    throw new TypeError(`${name} must be an integer of 1 or more, got ${limit}`)
  }
}
