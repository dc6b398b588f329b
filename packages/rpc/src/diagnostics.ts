// What happens, on `node:diagnostics_channel`: for logs, metrics and the watchdog, which subscribe by
// name and import nothing. Nobody subscribed costs a call next to nothing. Where there is no such module, as
// in browsers, nobody can subscribe; so it is asked for and not imported.

import type { RpcErrorCode } from "./errors.ts"

/** A call that begins to be served. */
export interface ServeEvent {
  /** The protocol's full name. */
  readonly protocol: string
  readonly message: string
}

/** A call that was served, whatever its outcome. */
export interface ServedEvent extends ServeEvent {
  readonly millis: number
  readonly requestBytes: number
  readonly responseBytes: number
  /** What the handler threw, as it was thrown: the client may have been told less. */
  readonly error?: unknown
}

/** A call that a client made, whatever its outcome. */
export interface CallEvent {
  readonly protocol: string
  readonly message: string
  readonly millis: number
  readonly error?: unknown
}

/** A request that never became a call. */
export interface RefusedEvent {
  readonly protocol: string
  /** Why; absent where the server itself is at fault. */
  readonly code?: RpcErrorCode
  readonly error: unknown
}

/** One of the servers of a balanced transport comes, goes, or is left alone for a while because calls to it fail. */
export interface ServerEvent {
  /** Its address, or its place in the list. */
  readonly server: string
  readonly change: "added" | "removed" | "ejected" | "returned"
  /** Of one that is ejected, what the last call failed with. */
  readonly error?: unknown
}

/** What is used of a channel. */
export interface Channel<Event> {
  readonly hasSubscribers: boolean
  publish(event: Event): void
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
    runStores: (_event, work, _thisArg, ...parameters) => work(...parameters),
  }
}
