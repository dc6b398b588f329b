// From a name to its addresses. START HERE.
//
//   name → is it one? → hosts file → localhost → for each name of the search list: cache → servers

import { isIP } from "node:net"
import { hostname as machineName } from "node:os"
import { AnswerCache, type CacheLimits } from "./cache.ts"
import type { Clock } from "./clock.ts"
import { codeOf, lookupError } from "./errors.ts"
import { type HostName, isLocalhost, parseHostName } from "./host-name.ts"
import { defaultHostsFile, type Hosts, parseHosts } from "./hosts.ts"
import { race } from "./race.ts"
import { parseResolvConf, type ResolvConf } from "./resolv-conf.ts"
import { candidatesOf } from "./search.ts"
import { type Answer, createServers, type Family, isAbsence, type Servers } from "./servers.ts"
import { watchedFile } from "./watched-file.ts"

/** Whom a name resolver asks, and how long. */
export interface ResolverSettings extends CacheLimits {
  readonly servers: readonly string[] | undefined
  readonly hostsFile: string | undefined
  readonly resolvConfFile: string | undefined
  readonly timeoutMillis: number
}

/** Where addresses were found. */
export type Source = "hosts" | "localhost" | "cache" | "servers"

/** The addresses of a name. */
export interface Resolved {
  readonly addresses: readonly string[]
  readonly source: Source
}

/** A list of a hundred thousand names to be blocked is as large as this. */
const MAX_HOSTS_BYTES = 8 * 2 ** 20
const MAX_RESOLV_CONF_BYTES = 64 * 2 ** 10

/** What a resolv.conf makes of the network: with another, nothing that is kept holds. */
interface Network {
  readonly conf: ResolvConf
  readonly servers: Servers
  readonly cache: AnswerCache
}

/** Resolves names; rejects with a `LookupError`. */
export class NameResolver {
  readonly #timeoutMillis: number
  readonly #hosts: () => Hosts
  readonly #network: () => Network

  constructor(settings: ResolverSettings, now: Clock) {
    const { hostsFile = defaultHostsFile(), resolvConfFile = "/etc/resolv.conf", timeoutMillis } = settings
    this.#timeoutMillis = timeoutMillis
    this.#hosts = watchedFile(hostsFile, MAX_HOSTS_BYTES, parseHosts, now)
    this.#network = watchedFile(
      resolvConfFile,
      MAX_RESOLV_CONF_BYTES,
      (text) => networkOf(parseResolvConf(text, machineName()), settings, now),
      now,
    )
  }

  async resolve(hostname: string, families: readonly Family[]): Promise<Resolved> {
    const host = parseHostName(hostname)
    if (host === undefined || families.length === 0) throw lookupError("ENOTFOUND", hostname, [])
    const listed = ofFamilies(this.#hosts().get(host.name) ?? [], families)
    if (listed.length > 0) return { addresses: listed, source: "hosts" }
    if (isLocalhost(host.name))
      return { addresses: ofFamilies(["::1", "127.0.0.1"], families), source: "localhost" }
    return this.#ask(host, hostname, families)
  }

  /** As glibc searches: on to the next name after an absence or a SERVFAIL, but not where nobody answers. */
  async #ask(host: HostName, hostname: string, families: readonly Family[]): Promise<Resolved> {
    const { conf, servers, cache } = this.#network()
    const deadline = deadlineAfter(this.#timeoutMillis)
    const answers: Answer[] = []
    let source: Source = "cache"
    try {
      for (const name of candidatesOf(host, conf)) {
        const asked = families.map((family) => cache.get(name, family))
        if (asked.some((answer) => answer instanceof Promise)) source = "servers"
        const arrived = await race(asked, deadline.passed)
        const addresses = arrived.flatMap((answer) => answer.addresses)
        if (addresses.length > 0) return { addresses, source }
        answers.push(...arrived)
        if (arrived.some((answer) => !isAbsence(answer) && answer.error?.code !== "ESERVFAIL")) break
      }
    } finally {
      deadline.clear()
    }
    const cause = answers.find((answer) => !isAbsence(answer)) ?? answers[0]
    throw lookupError(codeOf(answers), hostname, servers.addresses, cause?.error)
  }
}

function networkOf(conf: ResolvConf, settings: ResolverSettings, now: Clock): Network {
  // Until c-ares has given a question up, it keeps the process alive.
  const tryMillis = Math.min(conf.tryMillis, settings.timeoutMillis)
  const servers = createServers(settings.servers ?? conf.nameservers, { ...conf, tryMillis })
  return { conf, servers, cache: new AnswerCache((name, family) => servers.ask(name, family), settings, now) }
}

const ofFamilies = (addresses: readonly string[], families: readonly Family[]): readonly string[] =>
  addresses.filter((address) => families.includes(isIP(address) as Family))

/** An answer that says that the time is over, once it is. */
function deadlineAfter(millis: number): { passed: Promise<Answer>; clear: () => void } {
  let timer: NodeJS.Timeout | undefined
  const passed = new Promise<Answer>((resolve) => {
    timer = setTimeout(() => {
      const error = Object.assign(new Error(`No answer within ${millis} ms`), { code: "ETIMEOUT" })
      resolve({ addresses: [], ttlMillis: 0, error })
    }, millis)
  })
  return { passed, clear: () => clearTimeout(timer) }
}
