// IPv4 and IPv6: which of them to ask for, and which to give first.

import { ADDRCONFIG, ALL, type LookupAddress, V4MAPPED } from "node:dns"
import type { NetworkInterfaceInfo } from "node:os"
import type { Family } from "./servers.ts"

/** What the machine can reach, by its addresses. */
export interface Reach {
  readonly ipv4: boolean
  readonly ipv6: boolean
  /** Whether it has an IPv6 address that the internet knows. */
  readonly globalIpv6: boolean
  /** Whether it has an IPv6 address that its site knows (RFC 4193). */
  readonly siteIpv6: boolean
  /** Whether it reaches itself at ::1: containers often do not. */
  readonly loopbackIpv6: boolean
}

/** What is assumed where the machine's addresses cannot be had: that a question too many harms less than one too few. */
export const UNKNOWN_REACH: Reach = {
  ipv4: true,
  ipv6: true,
  globalIpv6: false,
  siteIpv6: false,
  loopbackIpv6: false,
}

/** How addresses are ordered: see `dns.lookup`. */
export type Order = "verbatim" | "ipv4first" | "ipv6first"

export function reachOf(interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>): Reach {
  const all = Object.values(interfaces).flatMap((list = []) => list)
  const own = all.filter(({ internal }) => !internal)
  const ipv6 = own.filter(({ family }) => family === "IPv6")
  return {
    ipv4: own.some(({ family }) => family === "IPv4"),
    ipv6: ipv6.length > 0,
    globalIpv6: ipv6.some(({ address }) => isGlobal(address)),
    siteIpv6: ipv6.some(({ address }) => isOfSite(address)),
    loopbackIpv6: all.some(({ address }) => address === "::1"),
  }
}

/** The families to look for. With `ADDRCONFIG` those that the machine has; with none it has, as glibc does, all. */
export function familiesWanted(family: 0 | Family, hints: number, { ipv4, ipv6 }: Reach): Family[] {
  const mapped = family === 6 && (hints & V4MAPPED) !== 0
  const wanted: Family[] = family === 0 || mapped ? [6, 4] : [family]
  if ((hints & ADDRCONFIG) === 0 || (!ipv4 && !ipv6)) return wanted
  return wanted.filter((one) => (one === 4 ? ipv4 : ipv6))
}

/** IPv4 addresses as IPv6 sockets take them, where the hint `V4MAPPED` asks for them: see `getaddrinfo`. */
export function mapIpv4(addresses: readonly LookupAddress[], hints: number): readonly LookupAddress[] {
  const ipv6 = addresses.filter(({ family }) => family === 6)
  if (ipv6.length > 0 && (hints & ALL) === 0) return ipv6
  return addresses.map(({ address, family }) =>
    family === 6 ? { address, family } : { address: `::ffff:${address}`, family: 6 },
  )
}

/**
 * Puts addresses in order; those of one rank stay as the server gave them. "verbatim" is the order of
 * `getaddrinfo`, which asks for each address whether the machine could reach it, and from where (RFC 6724).
 * Of its ten rules the ones are kept that a look at the machine's own addresses decides. The other orders put
 * one family first, and leave each as that gave it.
 */
export function inOrder(addresses: readonly LookupAddress[], order: Order, reach: Reach): LookupAddress[] {
  const rank = ({ address, family }: LookupAddress): number => rankOf(address, family, reach)
  const verbatim = addresses.toSorted((one, other) => rank(one) - rank(other))
  if (order === "verbatim") return verbatim
  const first = order === "ipv4first" ? 4 : 6
  return [
    ...verbatim.filter(({ family }) => family === first),
    ...verbatim.filter(({ family }) => family !== first),
  ]
}

/** The lower, the sooner: where an address of the same kind leads, before where another or none does. */
function rankOf(address: string, family: number, reach: Reach): number {
  if (family === 4) return reach.ipv4 || address.startsWith("127.") ? 1 : 4
  if (address === "::1") return reach.loopbackIpv6 ? 0 : 3
  if ((reach.globalIpv6 && isGlobal(address)) || (reach.siteIpv6 && isOfSite(address))) return 0
  return reach.ipv6 ? 2 : 3
}

/** Of 2000::/3, from which the internet's addresses are (RFC 4291, section 2.4). */
const isGlobal = (address: string): boolean => /^[23][0-9a-f]{3}:/i.test(address)

/** Of fc00::/7. */
const isOfSite = (address: string): boolean => /^f[cd][0-9a-f]{2}:/i.test(address)
