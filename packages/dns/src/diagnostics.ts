// What happens, on `node:diagnostics_channel`: for logs and metrics, which subscribe by name and import nothing.

import { channel } from "node:diagnostics_channel"
import type { LookupAddress } from "node:dns"
import type { Source } from "./resolve-name.ts"

/** A name that was looked up, whatever the outcome. Literal addresses are no names. */
export interface LookupEvent {
  readonly hostname: string
  readonly millis: number
  /** Where its addresses were found: "system" is `getaddrinfo`, asked because of `systemFallback`. Absent with `error`. */
  readonly source?: Source | "system"
  readonly addresses?: readonly LookupAddress[]
  readonly error?: Error
}

/** Carries a `LookupEvent`. */
export const lookupChannel = channel("avrolet:dns.lookup")
