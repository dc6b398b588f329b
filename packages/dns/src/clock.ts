// Time, as the parts of this package that depend on it see it.

/** Milliseconds that only go forward. */
export type Clock = () => number

export const monotonicClock: Clock = () => performance.now()

/** How old what is known of the system may be. */
const MAX_AGE_MILLIS = 1000

/**
 * Gives what `read` gave within the last second, and calls it again when that is over. Where it throws, what it
 * gave before holds for another second; where it gave nothing yet, what `unknown` gives.
 */
export function refreshed<Value>(read: () => Value, now: Clock, unknown: () => Value): () => Value {
  let known: { readonly value: Value } | undefined
  let readAt = Number.NEGATIVE_INFINITY
  return () => {
    const time = now()
    if (known === undefined || time - readAt >= MAX_AGE_MILLIS) {
      try {
        known = { value: read() }
      } catch {
        known ??= { value: unknown() }
      }
      readAt = time
    }
    return known.value
  }
}
