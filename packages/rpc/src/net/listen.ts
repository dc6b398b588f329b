// What the servers of HTTP and TCP have in common: where they listen, whom they let in, and how they stop.

import { once } from "node:events"
import { type AddressInfo, Server, type Socket } from "node:net"
import { RpcError, reasonOf } from "../errors.ts"
import { type Address, checkAddress, DEFAULT_HOST } from "./address.ts"

/** Where a server listens. */
export interface ListenOptions extends Address {
  /** The port to listen on; 0 is any that is free. */
  readonly port?: number | undefined
  /** The address to listen on. Default 127.0.0.1: nobody else's machine gets in. */
  readonly host?: string | undefined
  /** The Unix socket to listen on, instead of a port. */
  readonly path?: string | undefined
  /** How many connections there may be; one more is closed at once. Default 1000. */
  readonly maxConnections?: number
}

/** How a server is closed. */
export interface CloseOptions {
  /** How long the calls under way may take to be answered. Default 10,000. */
  readonly timeoutMillis?: number
}

/** A server that listens. */
export interface Listening {
  /** The port, also where 0 was asked for; `undefined` on a Unix socket. */
  readonly port: number | undefined
  /** Every connection that there is: also those that have not shaken hands about TLS yet. */
  readonly sockets: ReadonlySet<Socket>
  /**
   * Lets nobody in any more and resolves when all connections are over. After `timeoutMillis` it calls
   * `breakOff` and destroys what is left of them.
   */
  close(timeoutMillis: number, breakOff: () => void): Promise<void>
}

/**
 * Listens; `refuse` is told whom the server does not let in. Rejects with `ERR_RPC_LISTEN` when the address
 * is taken or not to be had, and with a `TypeError` when it is none.
 */
export async function listen(
  server: Server,
  { port, host = DEFAULT_HOST, path, maxConnections = 1000 }: ListenOptions,
  refuse: (error: RpcError) => void,
): Promise<Listening> {
  checkAddress({ port, path })
  const sockets = new Set<Socket>()
  server.maxConnections = maxConnections
  server.on("connection", (socket: Socket) => {
    sockets.add(socket)
    socket.on("close", () => sockets.delete(socket))
  })
  server.on("drop", () => {
    const message = `There are ${maxConnections} connections already; raise maxConnections to take more`
    refuse(new RpcError("ERR_RPC_OVERLOADED", message))
  })
  server.on("tlsClientError", (cause: Error) => {
    refuse(new RpcError("ERR_RPC_CONNECTION", `No TLS with a client: ${reasonOf(cause)}`, { cause }))
  })
  server.listen(path === undefined ? { port, host } : { path })
  try {
    await once(server, "listening")
  } catch (cause) {
    throw new RpcError("ERR_RPC_LISTEN", `Cannot listen: ${reasonOf(cause)}`, { cause })
  }
  server.on("error", (cause) => {
    refuse(new RpcError("ERR_RPC_CONNECTION", `Cannot accept a client: ${reasonOf(cause)}`, { cause }))
  })
  return {
    port: path === undefined ? (server.address() as AddressInfo).port : undefined,
    sockets,
    close: (timeoutMillis, breakOff) => close(server, sockets, timeoutMillis, breakOff),
  }
}

async function close(
  server: Server,
  sockets: ReadonlySet<Socket>,
  timeoutMillis: number,
  breakOff: () => void,
): Promise<void> {
  // The server is over before the last of its sockets has said that it is.
  const over = [server, ...sockets].map((one) => new Promise((resolve) => one.once("close", resolve)))
  // As a server of HTTP does it, connections between two requests would end, and with them requests on their way.
  Server.prototype.close.call(server)
  const timer = setTimeout(() => {
    breakOff()
    for (const socket of sockets) socket.destroy()
  }, timeoutMillis)
  await Promise.all(over)
  clearTimeout(timer)
}
