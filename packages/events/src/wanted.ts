// What users ask for → what is asked of a source.

import type { EventsError } from "./errors.ts"
import type { ReadEventsOptions } from "./read-events.ts"
import type { WantedEvents } from "./source.ts"

/** What is asked of a source for whoever reads with these options. Throws a `RangeError` for an invalid date. */
export function wantedOf(
  options: ReadEventsOptions,
): WantedEvents & { readonly onDamage: (error: EventsError) => void } {
  const { since, until, signal, onDamage = warn, onProgress } = options
  return {
    onDamage,
    ...(since !== undefined && { since: nanosOf(since) }),
    ...(until !== undefined && { until: nanosOf(until) }),
    ...(signal !== undefined && { signal }),
    ...(onProgress !== undefined && { onProgress }),
  }
}

function nanosOf(time: Date | bigint): bigint {
  if (typeof time === "bigint") return time
  const millis = time instanceof Date ? time.getTime() : Number.NaN
  if (Number.isNaN(millis))
    throw new RangeError("since and until take a valid Date, or nanoseconds as a bigint")
  return BigInt(millis) * 1_000_000n
}

const warn = (error: EventsError): void => process.emitWarning(error.message, "EventsWarning", error.code)
