// The servers behind a name: a transport to each of its addresses, as they come and go.
//
// Addresses are looked up again when a call is made and what is known is old, beside the call, which does not wait.
// So there is no timer, and a client that makes no calls asks nobody.

import type { LookupAddress } from "node:dns"
import type { LookupFunction } from "node:net"
import { RpcError, reasonOf } from "../errors.ts"
import { checkLimits } from "../net/check-limits.ts"
import type { Transport } from "../transport.ts"

/** A name with any number of addresses, and how to reach them. */
export interface NamedServers {
  readonly host: string
  /**
   * Makes the transport to one of the addresses. Whatever `lookup` is asked for, it answers that one: give it to
   * the transport, and what the name is good for beside (TLS, HTTP's `host`) stays as it is.
   */
  connect(server: { readonly address: string; readonly lookup: LookupFunction }): Transport
  /** Finds the addresses, such as the `lookup` of `@avrolet/dns`, which keeps them for their TTL. Default: that of `node:dns`. */
  readonly lookup?: LookupFunction
  /** How old the addresses may be before they are looked up again. Default 5000. */
  readonly refreshMillis?: number
  /** How many addresses are used, of more the first. Default 100. */
  readonly maxAddresses?: number
}

/** How soon addresses are looked up again when one of them could not be reached, or the name not be found. */
const HASTE_MILLIS = 1000

/** Keeps the addresses of a name. */
export class Addresses {
  readonly #servers: NamedServers
  readonly #lookup: LookupFunction
  readonly #refreshMillis: number
  readonly #maxAddresses: number
  readonly #update: (addresses: readonly string[]) => void
  #isKnown = false
  #underWay: Promise<void> | undefined
  #startedAt = Number.NEGATIVE_INFINITY
  #dueAt = Number.NEGATIVE_INFINITY
  #failure: RpcError | undefined

  /** `update` is told the addresses whenever they were looked up. Throws a `TypeError` for numbers that none can be. */
  constructor(servers: NamedServers, update: (addresses: readonly string[]) => void) {
    const { lookup = lookupOfNode, refreshMillis = 5000, maxAddresses = 100 } = servers
    checkLimits({ refreshMillis, maxAddresses })
    this.#servers = servers
    this.#lookup = lookup
    this.#refreshMillis = refreshMillis
    this.#maxAddresses = maxAddresses
    this.#update = update
  }

  /**
   * To be called before each call, which has to wait for what this returns, if anything. That rejects with
   * `ERR_RPC_CONNECTION` where the name is not found, and never was.
   */
  refresh(now: number): Promise<void> | undefined {
    if (this.#underWay === undefined && now >= this.#dueAt) this.#start(now)
    if (this.#isKnown) return undefined
    if (this.#underWay !== undefined) return this.#underWay
    return Promise.reject(this.#failure)
  }

  /** One of the addresses could not be reached: there may be others by now. */
  hasten(): void {
    this.#dueAt = Math.min(this.#dueAt, this.#startedAt + HASTE_MILLIS)
  }

  #start(now: number): void {
    this.#startedAt = now
    this.#dueAt = now + this.#refreshMillis
    this.#underWay = this.#find().finally(() => {
      this.#underWay = undefined
    })
    this.#underWay.catch(() => {}) // nobody may be waiting
  }

  async #find(): Promise<void> {
    const { host } = this.#servers
    try {
      const found = new Set(await addressesOf(host, this.#lookup))
      if (found.size === 0) throw new Error(`${host} has no address`)
      this.#update([...found].slice(0, this.#maxAddresses))
      this.#isKnown = true
    } catch (cause) {
      this.hasten()
      const message = `No connection to ${host}: ${reasonOf(cause)}`
      this.#failure = new RpcError("ERR_RPC_CONNECTION", message, { cause, mayHaveBeenServed: false })
      throw this.#failure
    }
  }
}

/** Asked for and not imported: the rest of this folder is of use where there is no Node, too. */
const lookupOfNode: LookupFunction = (...parameters) =>
  process.getBuiltinModule("node:dns").lookup(...parameters)

function addressesOf(host: string, lookup: LookupFunction): Promise<string[]> {
  return new Promise((resolve, reject) => {
    lookup(host, { all: true }, (error, found) => {
      if (error !== null) reject(error)
      else resolve(typeof found === "string" ? [found] : found.map(({ address }) => address))
    })
  })
}

/** A lookup that finds this address, whatever it is asked for. */
export function pinnedTo(address: string): LookupFunction {
  const family = address.includes(":") ? 6 : 4
  return (_host, options, callback) => {
    const found: LookupAddress[] = [{ address, family }]
    queueMicrotask(() => (options.all ? callback(null, found) : callback(null, address, family)))
  }
}
