// Moments as users give them → nanoseconds since 1970.

/** A moment: a `Date`, or nanoseconds since 1970. */
export type Moment = Date | bigint

/** Throws a `RangeError` for an invalid date. */
function nanosOf(moment: Moment): bigint {
  if (typeof moment === "bigint") return moment
  const millis = moment.getTime()
  if (Number.isNaN(millis))
    throw new RangeError("since and until take a valid Date, or nanoseconds as a bigint")
  return BigInt(millis) * 1_000_000n
}

/** The options `since` and `until` as a source and a cursor take them: what was not given is not there. */
export function rangeOf({ since, until }: { since?: Moment | undefined; until?: Moment | undefined }): {
  since?: bigint
  until?: bigint
} {
  return {
    ...(since !== undefined && { since: nanosOf(since) }),
    ...(until !== undefined && { until: nanosOf(until) }),
  }
}
