// The options of one call: those of `dns.lookup`.

import { getDefaultResultOrder, type LookupOptions } from "node:dns"
import type { Order } from "./families.ts"
import type { Family } from "./servers.ts"

/** As a caller gives them. */
export type GivenOptions = LookupOptions | number | undefined

/** What one call asks for. */
export interface Wanted {
  readonly family: 0 | Family
  readonly hints: number
  readonly all: boolean
  readonly order: Order
}

/** Reads options that Node has found right. */
export function wantedOf(given: GivenOptions): Wanted {
  const options = typeof given === "number" ? { family: given } : (given ?? {})
  const { family, hints, all, verbatim, order } = options
  const ofVerbatim = verbatim === true ? "verbatim" : "ipv4first"
  return {
    family: family === "IPv4" ? 4 : family === "IPv6" ? 6 : ((family ?? 0) as 0 | Family),
    hints: hints ?? 0,
    all: all ?? false,
    order: order ?? (typeof verbatim === "boolean" ? ofVerbatim : getDefaultResultOrder()),
  }
}
