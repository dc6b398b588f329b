// Until when a file may be written: what its writer put into its header, for readers and retention.

import type { ContainerHeader } from "@avrolet/avro/container"

/** The name in the metadata of the header. */
export const MAX_AGE_KEY = "avrolet.events.maxFileAgeMillis"

/** A writer leaves its file at this age, in milliseconds; `undefined` for a file that does not say. */
export function maxAgeOf({ metadata }: ContainerHeader): number | undefined {
  const bytes = metadata.get(MAX_AGE_KEY)
  const millis = bytes === undefined ? Number.NaN : Number(Buffer.from(bytes).toString())
  return millis > 0 ? millis : undefined
}
