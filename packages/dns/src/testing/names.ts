// A lookup of which a test sets everything that would else be the machine's.

import type { LookupAddress } from "node:dns"
import { promisify } from "node:util"
import { createLookup } from "../lookup.ts"
import type { CreateLookupOptions } from "../settings.ts"
import type { DnsServer } from "./dns-server.ts"

/** Has no hosts file, no search list and only `server`, where `options` do not say otherwise. */
export const lookupFrom = (server: DnsServer, options: CreateLookupOptions = {}) =>
  createLookup({
    servers: [server.address],
    hostsFile: "/dev/null",
    resolvConfFile: "/dev/null",
    ...options,
  })

/** The same as promises: of all addresses, in the order that is given. */
export function addressesFrom(server: DnsServer, options: CreateLookupOptions = {}) {
  const lookup = promisify(lookupFrom(server, options))
  return async (name: string, family: 0 | 4 | 6 = 0): Promise<string[]> => {
    const found: LookupAddress[] = await lookup(name, { all: true, family, order: "ipv4first" })
    return found.map(({ address }) => address)
  }
}

/** What a promise is rejected with; to be matched. */
export const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => ({ fulfilled: value }),
    (error: unknown) => error,
  )
