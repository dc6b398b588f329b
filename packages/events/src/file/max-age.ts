// Until when a file may be written: what its writer put into its header, for readers and retention.

import type { ContainerHeader } from "@avrolet/avro/container"

/** The name in the metadata of the header. */
export const MAX_AGE_KEY = "avrolet.events.maxFileAgeMillis"

/** What a writer may be late with, whose clock may differ from ours. */
export const GRACE_MILLIS = 60_000

/**
 * From when on nobody writes to a file that was begun at `startMillis`: milliseconds since 1970. `undefined` for a file
 * that does not say.
 */
export function overAt(startMillis: number, { metadata }: ContainerHeader): number | undefined {
  const bytes = metadata.get(MAX_AGE_KEY)
  const maxAgeMillis = bytes === undefined ? Number.NaN : Number(Buffer.from(bytes).toString())
  return maxAgeMillis > 0 ? startMillis + maxAgeMillis + GRACE_MILLIS : undefined
}
