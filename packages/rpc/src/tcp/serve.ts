// A service on a TCP port or a Unix socket, with TLS or without.

import { once } from "node:events"
import { type AddressInfo, createServer, type Server, type Socket } from "node:net"
import { createServer as createTlsServer, type TlsOptions } from "node:tls"
import { RpcError, reasonOf } from "../errors.ts"
import type { Service } from "../implement.ts"
import { publishRefusal } from "../respond.ts"
import { checkLimits } from "./check-limits.ts"
import { checkTarget, DEFAULT_HOST, KEEP_ALIVE_MILLIS } from "./dial.ts"
import type { FrameLimits } from "./frames.ts"
import { ServedConnection, type ServedConnectionLimits } from "./served-connection.ts"

/** Where and how `serveTcp` serves. */
export interface ServeTcpOptions extends FrameLimits {
  /** The port to listen on; 0 is any that is free. */
  readonly port?: number | undefined
  /** The address to listen on. Default 127.0.0.1: nobody else's machine gets in. */
  readonly host?: string | undefined
  /** The Unix socket to listen on, instead of a port. */
  readonly path?: string | undefined
  /** Speaks TLS with these options of `node:tls`: at least `key` and `cert`; `requestCert` and `ca` for clients' certificates. */
  readonly tls?: TlsOptions
  /** How many connections there may be; one more is closed at once. Default 1000. */
  readonly maxConnections?: number
  /** How many calls of one connection are served at a time; the next is read when one is done. Default 1024. */
  readonly maxCallsInFlight?: number
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
   * Takes no more connections and calls, lets the calls under way be answered for at most `timeoutMillis`
   * (default 10,000), and breaks off what is left then.
   */
  close(options?: { readonly timeoutMillis?: number }): Promise<void>
}

/**
 * Serves a service to `tcpTransport` and to Java's `NettyTransceiver`; resolves when it listens. Bad bytes
 * end their connection and nothing else; why is published on `avrolet:rpc.refused`. Rejects with
 * `ERR_RPC_LISTEN` when the address is taken or not to be had, and with a `TypeError` for options that name
 * none, or no limit that can be.
 */
export async function serveTcp(service: Service, options: ServeTcpOptions): Promise<TcpServer> {
  const { port, host = DEFAULT_HOST, path, tls, maxConnections = 1000 } = options
  checkTarget({ port, path })
  const limits = limitsOf(options)
  checkLimits({ maxConnections, ...limits })
  const refuse = (error: RpcError): void => publishRefusal(service.protocol.name, error)
  const sockets = new Set<Socket>() // also those that have not shaken hands about TLS yet
  const connections = new Set<ServedConnection>()

  const serve = (socket: Socket): void => {
    const connection = new ServedConnection(socket, service, limits)
    connections.add(connection)
    void connection.over.then(() => connections.delete(connection))
  }
  const keepAlive = { keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MILLIS }
  const listener =
    tls === undefined
      ? createServer(keepAlive, serve)
      : createTlsServer({ ...keepAlive, handshakeTimeout: limits.frameMillis, ...tls }, serve)
  listener.maxConnections = maxConnections
  listener.on("drop", () => {
    const message = `There are ${maxConnections} connections already; raise maxConnections to take more`
    refuse(new RpcError("ERR_RPC_OVERLOADED", message))
  })
  listener.on("connection", (socket: Socket) => {
    sockets.add(socket)
    socket.on("close", () => sockets.delete(socket))
  })
  listener.on("tlsClientError", (cause: Error) => {
    refuse(new RpcError("ERR_RPC_CONNECTION", `No TLS with a client: ${reasonOf(cause)}`, { cause }))
  })
  await listen(listener, path === undefined ? { port: port as number, host } : { path })
  listener.on("error", (cause) => {
    refuse(new RpcError("ERR_RPC_CONNECTION", `Cannot accept a client: ${reasonOf(cause)}`, { cause }))
  })
  const timer = setInterval(
    () => {
      const now = performance.now()
      for (const connection of connections) connection.checkTime(now)
    },
    Math.min(1000, limits.frameMillis / 4),
  )
  timer.unref()

  let closed: Promise<void> | undefined
  const server: TcpServer = {
    port: path === undefined ? (listener.address() as AddressInfo).port : undefined,
    close: ({ timeoutMillis = 10_000 } = {}) =>
      (closed ??= close(listener, sockets, connections, timeoutMillis).finally(() => clearInterval(timer))),
    [Symbol.asyncDispose]: () => server.close(),
  }
  return server
}

function limitsOf(options: ServeTcpOptions): ServedConnectionLimits {
  const { maxCallsInFlight = 1024, idleMillis = 120_000, frameMillis = 30_000 } = options
  const { maxMessageBytes, maxBuffersPerMessage } = options
  return { maxMessageBytes, maxBuffersPerMessage, maxCallsInFlight, idleMillis, frameMillis }
}

async function listen(
  listener: Server,
  address: { port?: number; host?: string; path?: string },
): Promise<void> {
  listener.listen(address)
  try {
    await once(listener, "listening")
  } catch (cause) {
    throw new RpcError("ERR_RPC_LISTEN", `Cannot listen: ${reasonOf(cause)}`, { cause })
  }
}

async function close(
  listener: Server,
  sockets: ReadonlySet<Socket>,
  connections: ReadonlySet<ServedConnection>,
  timeoutMillis: number,
): Promise<void> {
  const over = [once(listener, "close"), ...Array.from(connections, (connection) => connection.over)]
  listener.close()
  for (const connection of connections) connection.end()
  const timer = setTimeout(() => {
    const error = new RpcError("ERR_RPC_CONNECTION", "The server was closed before the response was sent")
    for (const connection of connections) connection.destroy(error)
    for (const socket of sockets) socket.destroy()
  }, timeoutMillis)
  await Promise.all(over)
  clearTimeout(timer)
}
