// Where a server is, and a socket to it.

import { connect, type Socket } from "node:net"
import { type ConnectionOptions, connect as connectTls } from "node:tls"

/** After how much silence the system asks whether the other side is there. */
export const KEEP_ALIVE_MILLIS = 30_000

export const DEFAULT_HOST = "127.0.0.1"

/** Where a server is. */
export interface TcpTarget {
  /** Its host. Default 127.0.0.1. */
  readonly host?: string | undefined
  readonly port?: number | undefined
  /** Its Unix socket, instead of a host and a port. */
  readonly path?: string | undefined
  /** Speaks TLS with these options of `node:tls`: `ca`, `servername`, or `key` and `cert` of the client's own; `{}` trusts what Node does. */
  readonly tls?: ConnectionOptions | undefined
}

/** A socket on its way to the server. */
export interface Dialled {
  readonly socket: Socket
  /** The event after which it can be written to. */
  readonly connected: "connect" | "secureConnect"
}

/** Begins to connect. Throws for options that TLS cannot use. */
export function dial({ host = DEFAULT_HOST, port, path, tls }: TcpTarget): Dialled {
  const address = path === undefined ? { host, port: port as number } : { path }
  const socket = tls === undefined ? connect(address) : connectTls({ ...tls, ...address })
  // Later than at once: the delay would be lost on a socket that is not connected.
  socket.once("connect", () => socket.setKeepAlive(true, KEEP_ALIVE_MILLIS))
  return { socket, connected: tls === undefined ? "connect" : "secureConnect" }
}

/** Throws a `TypeError` for a target with neither port nor path, or both, or a port that is none. */
export function checkTarget({ port, path }: TcpTarget): void {
  if ((port === undefined) === (path === undefined)) throw new TypeError("A port is needed, or a path")
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= MAX_PORT))
    throw new TypeError(`A port is an integer from 0 to ${MAX_PORT}, got ${port}`)
}

const MAX_PORT = 65535

/** The server as an error names it. */
export const nameOf = ({ host = DEFAULT_HOST, port, path }: TcpTarget): string => path ?? `${host}:${port}`
