// What happens, on `node:diagnostics_channel`: for logs, metrics and the watchdog, which subscribe by
// name and import nothing. Nobody subscribed costs a call next to nothing.

import { channel } from "node:diagnostics_channel"
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

/**
 * Carries a `ServeEvent` while the handler runs: a store bound to this channel
 * (`channel.bindStore(asyncLocalStorage)`) knows, anywhere below the handler, what is being served.
 */
export const serveChannel = channel("avrolet:rpc.serve")

/** Carries a `ServedEvent`. */
export const servedChannel = channel("avrolet:rpc.served")

/** Carries a `CallEvent`. */
export const callChannel = channel("avrolet:rpc.call")

/** Carries a `RefusedEvent`. */
export const refusedChannel = channel("avrolet:rpc.refused")
