// Carries calls over NATS: to a subject, where one server of a queue group gets each.
//
//   request  = one message on the subject, whose reply subject is <inbox>.<token>
//   response = one message there: what HTTP has in its body, without framing, since NATS keeps messages apart
//
// Not with the client's own `request`, which makes two Error objects a call: half of its time in the study.

import { RpcError, type Transport } from "@avrolet/rpc"
import { type CloseOptions, checkLimits } from "@avrolet/rpc/for-transports"
import type { NatsConnection } from "@nats-io/nats-core"
import { type CallerSettings, NatsCaller } from "./caller.ts"
import { checkSubject } from "./subject.ts"

/** Where `natsTransport` sends calls, and how. */
export interface NatsTransportOptions {
  /** The subject that the servers listen on. */
  readonly subject: string
  /** The largest response accepted. Default 4 MiB; the broker's own `max_payload` is 1 MiB unless set. */
  readonly maxMessageBytes?: number
  /** How many calls may be under way; the next is sent when one is answered. Default 1000. */
  readonly maxCallsInFlight?: number
  /**
   * How long a call waits for its answer at most, whatever its own limit: of a server that died nobody tells.
   * Default 60,000. Let this be longer than the longest handler takes.
   */
  readonly responseMillis?: number
  /** What the subjects of answers begin with, where the connection may not listen on `_INBOX`. Default `_INBOX`. */
  readonly inboxPrefix?: string
}

/** A transport over NATS. */
export interface NatsTransport extends Transport {
  /**
   * Refuses further calls and lets those under way end, but after `timeoutMillis` (default 10,000) they are
   * rejected with `ERR_RPC_CONNECTION`. The connection stays open: it is yours.
   */
  close(options?: CloseOptions): Promise<void>
}

/**
 * Carries calls to the servers on a subject (`serveNats`), over a connection of `@nats-io/transport-node` or of
 * another of NATS's clients. The broker chooses a server for each call.
 *
 * Where nobody serves the subject, or the connection is down, calls are rejected at once with
 * `ERR_RPC_CONNECTION`, whose `mayHaveBeenServed` is false. When the connection breaks, every call under way is
 * rejected so, and may have been served. A request larger than the broker takes is rejected with
 * `ERR_RPC_MESSAGE_SIZE`, and a subject that the broker forbids with `ERR_RPC_FORBIDDEN`. Answers to calls that
 * nobody waits for are ignored. Throws a `TypeError` for a subject that is none, or no limit that can be.
 */
export function natsTransport(connection: NatsConnection, options: NatsTransportOptions): NatsTransport {
  const caller = new NatsCaller(connection, settingsOf(options))
  let closed: Promise<void> | undefined
  const transport: NatsTransport = {
    peer: `nats:${options.subject}`,
    send: (message, cancellation) =>
      closed === undefined ? caller.send(message, cancellation) : Promise.reject(closedError()),
    close: ({ timeoutMillis = 10_000 } = {}) =>
      (closed ??= caller.close(timeoutMillis, () => new RpcError("ERR_RPC_CONNECTION", CLOSED))),
    [Symbol.asyncDispose]: () => transport.close(),
  }
  return transport
}

function settingsOf(options: NatsTransportOptions): CallerSettings {
  const { subject, maxMessageBytes = 4 * 1024 * 1024, maxCallsInFlight = 1000 } = options
  const { responseMillis = 60_000, inboxPrefix = "_INBOX" } = options
  checkSubject("subject", subject)
  checkSubject("inboxPrefix", inboxPrefix)
  checkLimits({ maxMessageBytes, maxCallsInFlight, responseMillis })
  return { subject, maxMessageBytes, maxCallsInFlight, responseMillis, inboxPrefix }
}

const CLOSED = "The transport is closed"
const closedError = (): RpcError => new RpcError("ERR_RPC_CONNECTION", CLOSED, { mayHaveBeenServed: false })
