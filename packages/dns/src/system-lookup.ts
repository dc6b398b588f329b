// `getaddrinfo`, on the thread pool. One question of a kind is in flight, however many wait for it: a thread each
// would leave none.

import { type LookupAddress, lookup as nodeLookup } from "node:dns"
import { promisify } from "node:util"
import type { Wanted } from "./wanted.ts"

const ask = promisify(nodeLookup)

/** Makes a function that asks for all addresses of a name; it rejects as `dns.lookup` does. */
export function createSystemLookup(): (hostname: string, wanted: Wanted) => Promise<LookupAddress[]> {
  const asking = new Map<string, Promise<LookupAddress[]>>()
  return (hostname, { family, hints, order }) => {
    const key = `${family} ${hints} ${order} ${hostname}`
    let asked = asking.get(key)
    if (asked === undefined) {
      asked = ask(hostname, { family, hints, order, all: true }).finally(() => asking.delete(key))
      asking.set(key, asked)
    }
    return asked
  }
}
