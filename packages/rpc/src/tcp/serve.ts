// A service on a TCP port or a Unix socket, with TLS or without.

import { createServer, type Socket } from "node:net"
import { createServer as createTlsServer, type TlsOptions } from "node:tls"
import { RpcError } from "../errors.ts"
import { KEEP_ALIVE_MILLIS } from "../net/address.ts"
import { Admission, type AdmissionOptions } from "../net/admission.ts"
import { checkLimits } from "../net/check-limits.ts"
import { createServiceChoice, type Services, setClosing } from "../net/choose-service.ts"
import { type CloseOptions, type ListenOptions, listen } from "../net/listen.ts"
import { publishRefusal } from "../respond.ts"
import type { FrameLimits } from "./frames.ts"
import { ServedConnection, type ServedConnectionLimits } from "./served-connection.ts"

/** Where and how `serveTcp` serves. */
export interface ServeTcpOptions extends ListenOptions, AdmissionOptions, FrameLimits {
  /** Speaks TLS with these options of `node:tls`: at least `key` and `cert`; `requestCert` and `ca` for clients' certificates. */
  readonly tls?: TlsOptions
  /** How many calls of one connection are served at a time; the next is read when one is done. Default 1024. */
  readonly maxCallsPerConnection?: number
  /** How long a connection is kept on which nothing is sent and no call is served. Default 120,000. */
  readonly idleMillis?: number
  /** How long a client may take from the first byte of a message to the last. Default 30,000. */
  readonly frameMillis?: number
}

/** A service that is being served. */
export interface TcpServer extends AsyncDisposable {
  /** The port, also where 0 was asked for; `undefined` on a Unix socket. */
  readonly port: number | undefined
  /**
   * Takes no more connections, lets the calls under way be answered for at most `timeoutMillis` (default 10,000), and
   * breaks off what is left then. Clients of ours are told: what they sent before they knew is served. Calls of others,
   * and of who does not listen within a second, are refused with `ERR_RPC_OVERLOADED`.
   */
  close(options?: CloseOptions): Promise<void>
}

/**
 * Serves a service, or several whose protocols have different names, to `tcpTransport` and to Java's
 * `NettyTransceiver`; resolves when it listens. The handshake tells which service a connection is for. Bad
 * bytes end their connection and nothing else; why is published on `avrolet:rpc.refused`. A call beyond
 * `maxCallsInFlight` or `maxLatenessMillis` is answered with `ERR_RPC_OVERLOADED`, before its handler runs.
 *
 * Rejects with `ERR_RPC_LISTEN` when the address is taken or not to be had, and with a `TypeError` for
 * options that name none, or no limit that can be.
 */
export async function serveTcp(services: Services, options: ServeTcpOptions): Promise<TcpServer> {
  const choice = createServiceChoice(services)
  const { tls, maxConnections, maxCallsInFlight, maxLatenessMillis } = options
  const limits = limitsOf(options)
  checkLimits({ maxConnections, maxCallsInFlight, maxLatenessMillis, ...limits })
  const connections = new Set<ServedConnection>()
  let isClosing = false
  const serve = (socket: Socket): void => {
    const connection = new ServedConnection(socket, choice, admission, limits)
    connections.add(connection)
    void connection.over.then(() => connections.delete(connection))
    if (isClosing) connection.end() // it was shaking hands about TLS until now
  }
  const keepAlive = { keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MILLIS }
  const listener =
    tls === undefined
      ? createServer(keepAlive, serve)
      : createTlsServer({ ...keepAlive, handshakeTimeout: limits.frameMillis, ...tls }, serve)
  const listening = await listen(listener, options, (error) => {
    publishRefusal(choice.first.protocol.name, error)
  })
  const admission = new Admission(options)
  setClosing(choice, false)
  const checkTime = (): void => {
    const now = performance.now()
    for (const connection of connections) connection.checkTime(now)
  }
  // A timer that is late comes before what has arrived: that is read first.
  const timer = setInterval(() => setImmediate(checkTime), Math.min(1000, limits.frameMillis / 4))
  timer.unref()

  const close = async (timeoutMillis: number): Promise<void> => {
    isClosing = true
    setClosing(choice, true)
    const over = Array.from(connections, (connection) => connection.over)
    for (const connection of connections) connection.end()
    await listening.close(timeoutMillis, () => {
      const error = new RpcError("ERR_RPC_CONNECTION", "The server was closed before the response was sent")
      for (const connection of connections) connection.destroy(error)
    })
    await Promise.all(over)
    admission.close()
    clearInterval(timer)
  }
  let closed: Promise<void> | undefined
  const server: TcpServer = {
    port: listening.port,
    close: ({ timeoutMillis = 10_000 } = {}) => (closed ??= close(timeoutMillis)),
    [Symbol.asyncDispose]: () => server.close(),
  }
  return server
}

function limitsOf(options: ServeTcpOptions): ServedConnectionLimits {
  const { maxCallsPerConnection = 1024, idleMillis = 120_000, frameMillis = 30_000 } = options
  const { maxMessageBytes, maxBuffersPerMessage } = options
  return { maxMessageBytes, maxBuffersPerMessage, maxCallsPerConnection, idleMillis, frameMillis }
}
