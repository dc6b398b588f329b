// What happens, on `node:diagnostics_channel`: for logs, metrics and the watchdog, which subscribe by
// name and import nothing. Nobody subscribed costs a call next to nothing. Where there is no such module, as
// in browsers, nobody can subscribe; so it is asked for and not imported.

import type { RpcErrorCode } from "./errors.ts"
import type { Outcome } from "./outcome.ts"

/** Which message a call is of. */
interface NamedCall {
  /** The protocol's full name. */
  readonly protocol: string
  readonly message: string
}

/** A call that begins to be served, on `avrolet:rpc.serve`. */
export interface ServeEvent extends NamedCall {
  /** Whether its handler is done: what that left running, an interval or a pool, is not served for this call any more. */
  readonly isOver: boolean
}

/** What both sides tell of a call that is over. */
interface FinishedCall extends NamedCall {
  readonly millis: number
  /** The request, without a handshake and what the transport adds; of all tries together. */
  readonly requestBytes: number
  /** The same of the response; 0 where none was sent, or none came. */
  readonly responseBytes: number
  readonly outcome: Outcome
  /** Of an outcome other than `ok`; one of a bounded number. */
  readonly code?: string
  /** The other side, where the transport knows it. */
  readonly peer?: string
  /** As it was thrown: the client may have been told less. */
  readonly error?: unknown
}

/** A call that was served, whatever its outcome, on `avrolet:rpc.served`. `peer` is the client's address, or its inbox. */
export interface ServedEvent extends FinishedCall {
  /** How many calls the handler made of other services, until it was done. */
  readonly calls: number
  /** The same by message, `protocol.message`; absent where there were none. */
  readonly callsByMessage?: ReadonlyMap<string, number>
}

/**
 * A call that a client made while somebody was subscribed, whatever its outcome, on `avrolet:rpc.call`. `peer` is what
 * its transport was given, or which of several servers it went to.
 */
export interface CallEvent extends FinishedCall {
  /** How often it was sent: 0 if it never was, more than 1 where an interceptor tried again. */
  readonly tries: number
}

/** An event while it is put together: spreading what there may be into it took as long as all the rest. */
export type Unfinished<Event> = { -readonly [Field in keyof Event]: Event[Field] }

/** A request that never became a call, on `avrolet:rpc.refused`. */
export interface RefusedEvent {
  readonly protocol: string
  /** Why; absent where the server itself is at fault. */
  readonly code?: RpcErrorCode
  /** Who asked, where the transport knows it. */
  readonly peer?: string
  readonly error: unknown
}

/** One of the servers of a balanced transport comes, goes, or is left alone for a while because calls to it fail. */
export interface ServerEvent {
  /** Its address; of one in a list where its transport leads, or else its place. */
  readonly server: string
  readonly change: "added" | "removed" | "ejected" | "returned"
  /** Of one that is ejected, what the last call failed with. */
  readonly error?: unknown
}

/** What is used of a channel. */
export interface Channel<Event> {
  readonly hasSubscribers: boolean
  publish(event: Event): void
  subscribe(listener: (event: unknown) => void): void
  unsubscribe(listener: (event: unknown) => void): void
  /** Calls `work` where the stores that are bound to the channel hold the event. */
  runStores<Parameters extends unknown[], Result>(
    event: Event,
    work: (...parameters: Parameters) => Result,
    thisArg: undefined,
    ...parameters: Parameters
  ): Result
}

/**
 * Carries a `ServeEvent` while the handler runs: a store bound to this channel
 * (`channel.bindStore(asyncLocalStorage)`) knows, anywhere below the handler, what is being served.
 */
export const serveChannel: Channel<ServeEvent> = channelOf("avrolet:rpc.serve")

/** Carries a `ServedEvent`. */
export const servedChannel: Channel<ServedEvent> = channelOf("avrolet:rpc.served")

/** Carries a `CallEvent`. */
export const callChannel: Channel<CallEvent> = channelOf("avrolet:rpc.call")

/** Carries a `RefusedEvent`. */
export const refusedChannel: Channel<RefusedEvent> = channelOf("avrolet:rpc.refused")

/** Carries a `ServerEvent`. */
export const serverChannel: Channel<ServerEvent> = channelOf("avrolet:rpc.server")

function channelOf<Event>(name: string): Channel<Event> {
  const node = globalThis.process?.getBuiltinModule?.("node:diagnostics_channel")
  return node?.channel(name) ?? silentChannel()
}

function silentChannel(): Channel<unknown> {
  return {
    hasSubscribers: false,
    publish() {},
    subscribe() {},
    unsubscribe() {},
    runStores: (_event, work, _thisArg, ...parameters) => work(...parameters),
  }
}
