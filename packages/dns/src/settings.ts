// The options of `createLookup`, and what they are by default.

import { Resolver } from "node:dns"
import type { ResolverSettings } from "./resolve-name.ts"

/** Options of `createLookup`. */
export interface CreateLookupOptions {
  /** The servers to ask, as `dns.setServers` takes them: `["192.0.2.1", "[2001:db8::1]:5353"]`. Default: those of resolv.conf. */
  readonly servers?: readonly string[]
  /** Default: `/etc/hosts`, on Windows that of the system. Its changes are seen within a second. */
  readonly hostsFile?: string
  /** Where the search list and `ndots` are, and the servers where none are given. Default: `/etc/resolv.conf`. Its changes are seen within a second. */
  readonly resolvConfFile?: string
  /** How long a lookup may take, however many servers and names of the search list there are. Default 10,000. */
  readonly timeoutMillis?: number
  /** How many answers are kept with addresses, and as many again without. Default 1000; 0 keeps none. */
  readonly maxEntries?: number
  /** The longest that an answer is kept, whatever its TTL. Default 3,600,000. */
  readonly maxTtlMillis?: number
  /** How long it is kept that a name, or its addresses of a family, are not there. Default 5000. */
  readonly negativeTtlMillis?: number
  /**
   * How long after its TTL an answer is still given: at once, while the servers are asked again; and for so
   * long a server may be out of order unnoticed. Default 10,000; 0 gives none.
   */
  readonly staleMillis?: number
  /**
   * Whether `getaddrinfo` is asked, on the thread pool, for names that were not found: for mDNS, NIS, LDAP, or
   * `/etc/resolver` of macOS. Not where the servers failed, and not for what is no name to us. Default false.
   */
  readonly systemFallback?: boolean
}

const MAX_NUMBER = 2 ** 31 - 1

/** Throws a `TypeError` for what cannot be. */
export function settingsOf(options: CreateLookupOptions): ResolverSettings {
  const { servers, hostsFile, resolvConfFile } = options
  const { timeoutMillis = 10_000, maxEntries = 1000, maxTtlMillis = 3_600_000 } = options
  const { negativeTtlMillis = 5000, staleMillis = 10_000 } = options
  checkNumber("timeoutMillis", timeoutMillis, 1)
  const limits = { maxEntries, maxTtlMillis, negativeTtlMillis, staleMillis }
  for (const [name, value] of Object.entries(limits)) checkNumber(name, value, 0)
  if (servers !== undefined) new Resolver().setServers(servers)
  return { servers, hostsFile, resolvConfFile, timeoutMillis, ...limits }
}

function checkNumber(name: string, value: number, least: number): void {
  if (!(Number.isInteger(value) && value >= least && value <= MAX_NUMBER))
    throw new TypeError(`${name} must be an integer from ${least} to ${MAX_NUMBER}, got ${value}`)
}
