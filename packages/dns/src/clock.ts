// Time, as the parts of this package that depend on it see it.

/** Milliseconds that only go forward. */
export type Clock = () => number

export const monotonicClock: Clock = () => performance.now()

/** How old what is known of the system may be. */
const MAX_AGE_MILLIS = 1000

/** Gives what `read` gave within the last second, and calls it again when that is over. */
export function refreshed<Value>(read: () => Value, now: Clock): () => Value {
  let value: Value
  let readAt = Number.NEGATIVE_INFINITY
  return () => {
    const time = now()
    if (time - readAt >= MAX_AGE_MILLIS) {
      value = read()
      readAt = time
    }
    return value
  }
}
