// Options that may come from where no compiler has looked at them: a configuration in JSON, a transport of pino's.

/** What a timer can wait: of more Node makes 1 ms. */
export const MAX_TIMER_MILLIS = 2 ** 31 - 1

/** Throws a `TypeError` for an option that is no integer from 1 to `max`. What was left out has its default. */
export function checkIntegers(
  options: Readonly<Record<string, number | undefined>>,
  max = Number.MAX_SAFE_INTEGER,
): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || (Number.isSafeInteger(value) && value > 0 && value <= max)) continue
    throw new TypeError(`${name} must be an integer from 1 to ${max}, got ${JSON.stringify(value)}`)
  }
}

/** Throws a `TypeError` for an option that is no text. */
export function checkTexts(options: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(options)) {
    if (typeof value !== "string")
      throw new TypeError(`${name} must be a string, got ${JSON.stringify(value)}`)
  }
}

/** Throws a `TypeError` for an option that has none of the values that it may have. */
export function checkOneOf(
  options: Readonly<Record<string, string | undefined>>,
  known: readonly string[],
): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || known.includes(value)) continue
    throw new TypeError(`${name} must be one of ${known.join(", ")}, got ${JSON.stringify(value)}`)
  }
}
