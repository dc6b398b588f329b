// A typed client: one method for each message of a protocol.

import type { MessageTypes, Protocol } from "@avrolet/avro"
import type { Metadata } from "./call.ts"
import { withDeadline } from "./deadline.ts"
import { type CallEvent, callChannel } from "./diagnostics.ts"
import { createClientState, request, requestInSession } from "./request.ts"
import type { Transport } from "./transport.ts"

/** Options of one call. */
export interface CallOptions {
  /** Rejects with `ERR_RPC_TIMEOUT` after this long, and lets go of the connection. Default: no limit. */
  readonly timeoutMillis?: number
  /** Rejects with the signal's reason when it aborts. */
  readonly signal?: AbortSignal
  /** Sent beside the parameters; a handler finds it in its context. */
  readonly metadata?: Metadata
}

/** A method for each message: from its parameters to its response. */
export type Client<Messages> = {
  readonly [M in keyof Messages]: Messages[M] extends MessageTypes ? ClientMethod<Messages[M]> : never
}

type ClientMethod<M extends MessageTypes> = {} extends M["requestInput"]
  ? (parameters?: M["requestInput"], options?: CallOptions) => Promise<M["response"]>
  : (parameters: M["requestInput"], options?: CallOptions) => Promise<M["response"]>

/**
 * Makes a client of the service at the other end of `transport`, whose version of the protocol may
 * be another. The transport stays the caller's to close.
 *
 * A method rejects with an `AvroError` for parameters that do not fit (nothing is sent), a
 * `DeclaredError` that the server answered (see `isDeclaredError`), or an `RpcError`. Throws a
 * `TypeError` for a protocol with a message `then`: every `await` would call it.
 */
export function createClient<Messages, Errors>(
  protocol: Protocol<Messages, Errors>,
  transport: Transport,
): Client<Messages> {
  const state = createClientState(protocol as unknown as Protocol)
  const session = transport.openSession?.(state.protocol)
  const client = Object.create(null) as Record<string, unknown>
  for (const [name, message] of Object.entries(state.protocol.messages)) {
    if (name === "then") throw new TypeError(`A client of ${protocol.name} cannot have a method named then`)
    client[name] = async (parameters: unknown = {}, options: CallOptions = {}) => {
      const startedAt = performance.now()
      let failure: { error: unknown } | undefined
      try {
        return await withDeadline(options, (cancellation) =>
          session === undefined
            ? request(state, message, parameters, options.metadata ?? {}, (bytes) =>
                transport.send(bytes, cancellation),
              )
            : requestInSession(session, message, parameters, options.metadata ?? {}, cancellation),
        )
      } catch (error) {
        failure = { error }
        throw error
      } finally {
        if (callChannel.hasSubscribers) {
          const millis = performance.now() - startedAt
          callChannel.publish({
            protocol: protocol.name,
            message: name,
            millis,
            ...failure,
          } satisfies CallEvent)
        }
      }
    }
  }
  return Object.freeze(client) as Client<Messages>
}
