// `dns.lookup`, with the same arguments and the same errors, that never waits for the thread pool.

import { type LookupAddress, lookup as nodeLookup, V4MAPPED } from "node:dns"
import { isIP } from "node:net"
import { networkInterfaces } from "node:os"
import { promisify } from "node:util"
import { monotonicClock, refreshed } from "./clock.ts"
import { type LookupEvent, lookupChannel } from "./diagnostics.ts"
import type { LookupError } from "./errors.ts"
import { familiesWanted, inOrder, mapIpv4, reachOf, UNKNOWN_REACH } from "./families.ts"
import { parseHostName } from "./host-name.ts"
import { NameResolver, type Source } from "./resolve-name.ts"
import { type CreateLookupOptions, settingsOf } from "./settings.ts"
import { createSystemLookup } from "./system-lookup.ts"
import { type GivenOptions, type Wanted, wantedOf } from "./wanted.ts"

/** A function that is called as `dns.lookup` is, and promisified as it is. */
export type Lookup = typeof nodeLookup

/**
 * Makes a `lookup` for `node:net`, `node:http`, undici and whatever else takes one, with a cache of its own.
 * It is called as `dns.lookup` is and fails as that does, with a `LookupError`. Nothing is read or asked
 * before it is called, and nothing has to be closed.
 *
 * Throws a `TypeError` for a server that is no address, or a number that none can be.
 */
export function createLookup(options: CreateLookupOptions = {}): Lookup {
  const resolver = new NameResolver(settingsOf(options), monotonicClock)
  // A unit that is forbidden AF_NETLINK cannot know them, nor a process that has no descriptor left.
  const reach = refreshed(
    () => reachOf(networkInterfaces()),
    monotonicClock,
    () => UNKNOWN_REACH,
  )
  const { systemFallback = false } = options
  const askSystem = createSystemLookup()

  async function resolve(hostname: string, { family, hints, order }: Wanted): Promise<Found> {
    const { addresses, source } = await resolver.resolve(hostname, familiesWanted(family, hints, reach()))
    const ordered = inOrder(addresses.map(withFamily), order, reach())
    return { addresses: family === 6 && (hints & V4MAPPED) !== 0 ? mapIpv4(ordered, hints) : ordered, source }
  }

  function lookup(hostname: string, ...rest: [unknown, unknown?]): unknown {
    const [given, callback] = typeof rest[0] === "function" ? [undefined, rest[0]] : rest
    const isName = typeof hostname === "string" && hostname !== "" && isIP(hostname) === 0
    // Literals, and what is no name, are answered or refused by Node at once and without a thread.
    if (!isName || typeof callback !== "function") return untyped(hostname, ...rest)
    untyped("::", given, () => {}) // throws what it throws for options that are wrong

    const wanted = wantedOf(given as GivenOptions)
    const startedAt = performance.now()
    const done = (result: Found | Error): void => {
      publish(hostname, startedAt, result)
      // Not from within a promise: what the callback throws is an exception that nobody caught.
      process.nextTick(callback, ...(result instanceof Error ? [result] : resultsOf(result, wanted.all)))
    }
    const failed = (error: LookupError): void => {
      const mayBeKnown = error.code === "ENOTFOUND" && parseHostName(hostname) !== undefined
      if (!systemFallback || !mayBeKnown) return done(error)
      askSystem(hostname, wanted).then(
        (addresses) => done({ addresses, source: "system" }),
        () => done(error),
      )
    }
    resolve(hostname, wanted).then(done, failed)
    return {}
  }

  const lookupPromise = (hostname: string, given?: GivenOptions): Promise<unknown> =>
    new Promise((fulfil, reject) => {
      lookup(hostname, given, (error: Error | null, address: unknown, family: number) => {
        if (error !== null) reject(error)
        else fulfil(Array.isArray(address) ? address : { address, family })
      })
    })
  return Object.assign(lookup, { [promisify.custom]: lookupPromise }) as unknown as Lookup
}

interface Found {
  readonly addresses: readonly LookupAddress[]
  readonly source: Source | "system"
}

const untyped = nodeLookup as (...parameters: unknown[]) => unknown

/** What a callback is called with. The addresses are copies: what a caller does to them no other sees. */
function resultsOf({ addresses }: Found, all: boolean): unknown[] {
  if (all) return [null, addresses.map(({ address, family }) => ({ address, family }))]
  return [null, addresses[0]?.address, addresses[0]?.family]
}

function publish(hostname: string, startedAt: number, result: Found | Error): void {
  if (!lookupChannel.hasSubscribers) return
  const event = { hostname, millis: performance.now() - startedAt }
  lookupChannel.publish(
    (result instanceof Error ? { ...event, error: result } : { ...event, ...result }) satisfies LookupEvent,
  )
}

const withFamily = (address: string): LookupAddress => ({ address, family: isIP(address) })

/** `createLookup()`, with the system's own servers and files. */
export const lookup: Lookup = createLookup()
