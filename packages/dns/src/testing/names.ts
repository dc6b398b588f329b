// A lookup of which a test sets everything that would else be the machine's.

import type { LookupAddress } from "node:dns"
import { readFileSync } from "node:fs"
import { promisify } from "node:util"
import { isLocalhost, parseHostName } from "../host-name.ts"
import { defaultHostsFile, parseHosts } from "../hosts.ts"
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

/** A name that the machine's own hosts file has, and no lookup of a test: that of the machine, as a rule. */
export const SYSTEM_NAME = systemName()

function systemName(): string {
  for (const name of parseHosts(readFileSync(defaultHostsFile(), "utf8")).keys())
    if (parseHostName(name) !== undefined && !isLocalhost(name)) return name
  throw new Error(`${defaultHostsFile()} has no name but localhost; these tests need one`)
}
