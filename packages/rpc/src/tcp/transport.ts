// Carries calls over TCP, a Unix socket or TLS: many at a time on one connection, whose answers may come in
// any order.

import type { Protocol } from "@avrolet/avro"
import { checkAddress } from "../net/address.ts"
import { checkLimits } from "../net/check-limits.ts"
import type { CloseOptions } from "../net/listen.ts"
import type { Session, Transport } from "../transport.ts"
import type { BackoffOptions } from "./backoff.ts"
import { nameOf, type TcpTarget } from "./dial.ts"
import { DEFAULT_MAX_MESSAGE_BYTES, type FrameLimits } from "./frames.ts"
import { LoneMessages } from "./lone-messages.ts"
import { closedError, type SessionSettings, TcpSession } from "./session.ts"

/** Where `tcpTransport` connects to, and how. */
export interface TcpTransportOptions extends TcpTarget, FrameLimits, BackoffOptions {
  /** How long a connection may take, with its handshakes. Default 10,000. */
  readonly connectMillis?: number
  /** How many calls may be under way; the next is sent when one is answered. Default 1000. */
  readonly maxCallsInFlight?: number
  /**
   * How long a server may be silent while calls wait, before it is sent a ping; after as long again it is
   * taken for dead. Default 30,000. Java's server may answer no ping before a handler is done: let this be
   * longer than its longest.
   */
  readonly pingMillis?: number
  /** How long a connection is kept without calls. Default 60,000: less than a server of ours keeps it. */
  readonly idleMillis?: number
}

/** A transport over TCP. */
export interface TcpTransport extends Transport {
  openSession(client: Protocol): Session
  /**
   * Refuses further calls and lets those under way end, but after `timeoutMillis` (default 10,000) they
   * are rejected with `ERR_RPC_CONNECTION`.
   */
  close(options?: CloseOptions): Promise<void>
}

/**
 * Carries calls to the service at an address: of `serveTcp` or of Java's `NettyServer`. Connects at the
 * first call, once for each protocol of a client, and again when that connection broke.
 *
 * When a connection breaks, every call on it is rejected with `ERR_RPC_CONNECTION`, and may or may not have
 * been served. A call made meanwhile waits for the next try to connect, and fails with it. Throws a
 * `TypeError` for options that name no address, or no limit that can be.
 */
export function tcpTransport(options: TcpTransportOptions): TcpTransport {
  const settings = settingsOf(options)
  const lone = new LoneMessages(settings)
  const sessions = new Map<string, TcpSession>()
  let closed: Promise<unknown> | undefined
  const transport: TcpTransport = {
    peer: nameOf(settings.target),
    openSession(client) {
      const key = Buffer.from(client.hash).toString("hex")
      let session = sessions.get(key)
      if (session === undefined) {
        session = new TcpSession(settings, client)
        sessions.set(key, session)
        if (closed !== undefined) void session.close(0)
      }
      return session
    },
    async send(message, cancellation) {
      if (closed !== undefined) throw closedError()
      return lone.send(message, cancellation)
    },
    async close({ timeoutMillis = 10_000 } = {}) {
      closed ??= Promise.all([lone, ...sessions.values()].map((each) => each.close(timeoutMillis)))
      await closed
    },
    [Symbol.asyncDispose]: () => transport.close(),
  }
  return transport
}

function settingsOf(options: TcpTransportOptions): SessionSettings {
  const { host, port, path, tls, lookup, maxBuffersPerMessage } = options
  const {
    maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES,
    connectMillis = 10_000,
    maxCallsInFlight = 1000,
    pingMillis = 30_000,
    idleMillis = 60_000,
  } = options
  const { minBackoffMillis = 100, maxBackoffMillis = 2000 } = options
  const target = { host, port, path, tls, lookup }
  const limits = { maxMessageBytes, maxBuffersPerMessage, maxCallsInFlight, pingMillis, idleMillis }
  const backoff = { minBackoffMillis, maxBackoffMillis }
  checkAddress(target)
  checkLimits({ connectMillis, ...limits, ...backoff })
  return { target, limits, backoff, connectMillis }
}
