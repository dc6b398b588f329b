// Carries the calls of a client to several servers: a transport over transports.
//
// Each call goes to one of them, by the policy. Where it could not be sent it goes to another at once, because that
// does no harm and takes no budget; what may have been served is for `retries` to make again, or not.

import type { Protocol } from "@avrolet/avro"
import type { Cancellation } from "../cancellation.ts"
import { RpcError } from "../errors.ts"
import { checkLimits, checkShares } from "../net/check-limits.ts"
import type { CloseOptions } from "../net/listen.ts"
import type { Session, Transport } from "../transport.ts"
import type { BalancedServer, ServerStatus } from "./balanced-server.ts"
import { Addresses, type NamedServers, pinnedTo } from "./named-servers.ts"
import { isNeverSent, outcomeOf } from "./outcome.ts"
import { type Policy, policies } from "./policies.ts"
import { ServerSet, type SetSettings } from "./server-set.ts"

/** Options of `balancedTransport`. */
export interface BalancedTransportOptions {
  /**
   * To which server a call goes: to the one with the fewest calls of this client under way, or to each in turn.
   * Default `least-in-flight`, which gives slow ones less.
   */
  readonly policy?: Policy
  /**
   * After how many failures in a row a server is ejected: it gets no calls for a while. Default 5. One that cannot
   * be reached is ejected at once, and so is one that has just come back when the first of its calls fails.
   */
  readonly failuresInARow?: number
  /**
   * A server is ejected too when it failed this share of its latest calls, and at least twice as large a share as the
   * others did. Default a third.
   */
  readonly failureShare?: number
  /** Its latest calls are those within this time. Default 10,000. */
  readonly windowMillis?: number
  /** How many they have to be, to say something. Default 20. */
  readonly windowCalls?: number
  /** For how long it is ejected at most, the first time, and twice as long each further time. Default 1000. */
  readonly minEjectMillis?: number
  /** The longest of all. Default 30,000. */
  readonly maxEjectMillis?: number
  /** How long it takes until one that came back has its whole share again. Default 10,000. */
  readonly returnMillis?: number
  /** How long one that was ejected may take to answer whether it is back. Default 1000. */
  readonly probeMillis?: number
  /** The part of the servers that get calls whatever they do, rounded up. Default a third: when most fail, it is not them. */
  readonly keepShare?: number
}

/** A transport to several servers. */
export interface BalancedTransport extends Transport {
  openSession(client: Protocol): Session
  /** The servers at this moment. */
  servers(): ServerStatus[]
  /** Closes the transports to all of them, with these options. */
  close(options?: CloseOptions): Promise<void>
}

/**
 * Carries calls to several servers of the same service, over the transports given, which are closed with it; or to
 * the addresses of a name, over transports that it makes. They may be of different kinds, and the servers of
 * different versions. A call is rejected with `ERR_RPC_CONNECTION`, whose `mayHaveBeenServed` is false, where none
 * of them could be reached.
 *
 * Throws a `TypeError` for no servers, and for options that none can be.
 */
export function balancedTransport(
  servers: readonly Transport[] | NamedServers,
  options: BalancedTransportOptions = {},
): BalancedTransport {
  const set = new ServerSet(settingsOf(options))
  const addresses = "connect" in servers ? follow(servers, set) : undefined
  if ("length" in servers) set.update(listed(servers))
  let closed: Promise<unknown> | undefined

  /** Makes a call to one server after another, until it is sent. */
  async function call<T>(
    cancellation: Cancellation,
    work: (server: BalancedServer) => Promise<T>,
  ): Promise<T> {
    let tried: Set<BalancedServer> | undefined
    let failure: unknown
    for (;;) {
      const lookup = closed === undefined ? addresses?.refresh(performance.now()) : undefined
      if (lookup !== undefined) await unlessCancelled(lookup, cancellation)
      if (closed !== undefined) throw closedError()
      const server = set.choose(tried)
      if (server === undefined) throw failure
      const wasOut = server.health.isOut
      server.callBegins()
      try {
        const result = await work(server)
        cancellation.throwIfCancelled() // some transports wait all the same
        set.note(server, wasOut, "good")
        return result
      } catch (error) {
        if (closed === undefined) set.note(server, wasOut, outcomeOf(error), error)
        if (!isNeverSent(error)) throw error
        failure = error
        addresses?.hasten()
        cancellation.throwIfCancelled()
        tried = (tried ?? new Set()).add(server)
      } finally {
        server.callEnds()
      }
    }
  }

  const transport: BalancedTransport = {
    ...("connect" in servers ? { peer: servers.host } : {}),
    openSession: (client) => ({
      call: (exchange, cancellation) =>
        call(cancellation, (server) => server.call(client, exchange, cancellation)),
    }),
    send: (message, cancellation) =>
      call(cancellation, (server) => server.transport.send(message, cancellation)),
    servers() {
      const now = performance.now()
      return set.all.map((server) => server.status(now))
    },
    async close(closeOptions) {
      closed ??= Promise.all(set.close().map((server) => server.transport.close(closeOptions)))
      await closed
    },
    [Symbol.asyncDispose]: () => transport.close(),
  }
  return transport
}

function settingsOf(options: BalancedTransportOptions): SetSettings {
  const { policy = "least-in-flight", failuresInARow = 5, keepShare = 1 / 3 } = options
  const { failureShare = 1 / 3, windowMillis = 10_000, windowCalls = 20 } = options
  const { minEjectMillis = 1000, maxEjectMillis = 30_000 } = options
  const { returnMillis = 10_000, probeMillis = 1000 } = options
  checkLimits({ failuresInARow, windowMillis, windowCalls })
  checkLimits({ minEjectMillis, maxEjectMillis, returnMillis, probeMillis })
  checkShares({ failureShare, keepShare })
  if (!Object.hasOwn(policies, policy)) {
    throw new TypeError(`A policy is one of ${Object.keys(policies).join(", ")}, got ${policy}`)
  }
  const ejection = { failuresInARow, failureShare, windowMillis, windowCalls, keepShare }
  const waits = { minOutMillis: minEjectMillis, maxOutMillis: maxEjectMillis, returnMillis, probeMillis }
  return { policy, ...ejection, ...waits }
}

/** By where they lead, as far as they say and no other does. */
function listed(transports: readonly Transport[]): Map<string, () => Transport> {
  if (transports.length === 0) throw new TypeError("There has to be a transport")
  const named = new Map<string, () => Transport>()
  for (const [index, transport] of transports.entries()) {
    const { peer = `#${index}` } = transport
    named.set(named.has(peer) ? `${peer} #${index}` : peer, () => transport)
  }
  return named
}

function follow(servers: NamedServers, set: ServerSet): Addresses {
  return new Addresses(servers, (found) => {
    const connect = (address: string) => (): Transport =>
      servers.connect({ address, lookup: pinnedTo(address) })
    set.update(new Map(found.map((address) => [address, connect(address)])))
  })
}

/** Waits for what others may be waiting for too. */
function unlessCancelled<T>(promise: Promise<T>, cancellation: Cancellation): Promise<T> {
  return new Promise((resolve, reject) => {
    cancellation.onCancel(reject)
    promise.then(resolve, reject).finally(() => cancellation.offCancel(reject))
  })
}

const closedError = (): RpcError =>
  new RpcError("ERR_RPC_CONNECTION", "The transport is closed", { mayHaveBeenServed: false })
