// Where a server is, and a socket to it.

import { connect, type LookupFunction, type Socket } from "node:net"
import { type ConnectionOptions, connect as connectTls } from "node:tls"
import { type Address, DEFAULT_HOST, KEEP_ALIVE_MILLIS } from "../net/address.ts"

/** Where a server is. */
export interface TcpTarget extends Address {
  /** Its host. Default 127.0.0.1. */
  readonly host?: string | undefined
  readonly port?: number | undefined
  /** Its Unix socket, instead of a host and a port. */
  readonly path?: string | undefined
  /** Speaks TLS with these options of `node:tls`: `ca`, `servername`, or `key` and `cert` of the client's own; `{}` trusts what Node does. */
  readonly tls?: ConnectionOptions | undefined
  /** Finds the addresses of the host, such as the `lookup` of `@avrolet/dns`. Default: that of `node:dns`. */
  readonly lookup?: LookupFunction | undefined
}

/** A socket on its way to the server. */
export interface Dialled {
  readonly socket: Socket
  /** The event after which it can be written to. */
  readonly connected: "connect" | "secureConnect"
}

/** Begins to connect. Throws for options that TLS cannot use. */
export function dial({ host = DEFAULT_HOST, port, path, tls, lookup }: TcpTarget): Dialled {
  const byName = lookup === undefined ? {} : { lookup }
  const address = path === undefined ? { host, port: port as number, ...byName } : { path }
  const socket = tls === undefined ? connect(address) : connectTls({ ...tls, ...address })
  // Later than at once: the delay would be lost on a socket that is not connected.
  socket.once("connect", () => socket.setKeepAlive(true, KEEP_ALIVE_MILLIS))
  return { socket, connected: tls === undefined ? "connect" : "secureConnect" }
}

/** The server as an error names it. */
export const nameOf = ({ host = DEFAULT_HOST, port, path }: TcpTarget): string => path ?? `${host}:${port}`
