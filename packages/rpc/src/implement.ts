// A protocol and the handlers of its messages: a service.

import type { MessageTypes, Protocol } from "@avrolet/avro"
import type { Interceptor } from "./interceptor.ts"
import type { Metadata } from "./metadata.ts"
import { createProtocolsSeen, type ProtocolsSeen, type ProtocolsSeenOptions } from "./protocols-seen.ts"

/** What a handler is told about its call. */
export interface CallContext {
  /** The message's name. */
  readonly message: string
  /** What the client sent beside the parameters. */
  readonly metadata: Readonly<Metadata>
  /** What the client gets beside the result, or beside the error: put it in here. */
  readonly responseMetadata: Metadata
  /**
   * Aborts when nobody waits for the result any more: with `ERR_RPC_TIMEOUT` when the client's time is over.
   * The calls that the handler makes itself end then too, without passing this on.
   */
  readonly signal: AbortSignal
  /** The other side, where the transport knows it: at a server the client's address, at a client what its transport was given. */
  readonly peer?: string | undefined
  /** How long the client still waits, 0 if it does no more; `Infinity` where it sets no limit. */
  readonly remainingMillis: number
}

/** A function for each message: from its parameters to its response. */
export type Handlers<Messages> = {
  readonly [M in keyof Messages]: (
    parameters: Messages[M] extends MessageTypes ? Messages[M]["request"] : never,
    context: CallContext,
  ) => ResponseOf<Messages[M]> | Promise<ResponseOf<Messages[M]>>
}

type ResponseOf<M> = M extends MessageTypes ? M["responseInput"] : never

/** Options of `implement`. */
export interface ImplementOptions extends ProtocolsSeenOptions {
  /** Called around every handler, the first outermost. */
  readonly interceptors?: readonly Interceptor[]
}

/** A protocol that can be served, by any of the handlers and servers of this package. */
export interface Service {
  readonly protocol: Protocol
  /** Internal: the handlers by message, what is around them, the protocols that clients have told, and its servers. */
  readonly "~handlers": ReadonlyMap<string, Handler>
  readonly "~interceptors": readonly Interceptor[]
  readonly "~seen": ProtocolsSeen
  readonly "~life": ServiceLife
}

/** What the servers of a service tell its health. */
interface ServiceLife {
  /** Whether the last that was heard of a server is that it closes. */
  isClosing: boolean
}

type Handler = (parameters: unknown, context: CallContext) => unknown

/**
 * Joins a protocol with the handlers of its messages. What a handler throws with `declaredError` or `refusal`
 * the client gets as that error; anything else reaches it as "Internal error", and the original goes to
 * the diagnostics channel `avrolet:rpc.served`.
 *
 * Throws a `TypeError` for a message without a handler and for a handler without a message.
 */
export function implement<Messages, Errors>(
  protocol: Protocol<Messages, Errors>,
  handlers: Handlers<Messages>,
  options: ImplementOptions = {},
): Service {
  const named = protocol as unknown as Protocol
  const given = handlers as Record<string, unknown>
  const byMessage = new Map<string, Handler>()
  for (const name of Object.keys(named.messages)) {
    const handler = Object.hasOwn(given, name) ? given[name] : undefined
    if (typeof handler !== "function")
      throw new TypeError(`No handler for message ${name} of ${protocol.name}`)
    byMessage.set(name, handler.bind(handlers) as Handler)
  }
  const extra = Object.keys(given).find((name) => !byMessage.has(name))
  if (extra !== undefined)
    throw new TypeError(`A handler for ${extra}, which is no message of ${protocol.name}`)
  return Object.freeze({
    protocol: named,
    "~handlers": byMessage,
    "~interceptors": [...(options.interceptors ?? [])],
    "~seen": createProtocolsSeen(options),
    "~life": { isClosing: false },
  })
}
