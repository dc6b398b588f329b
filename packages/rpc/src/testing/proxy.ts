// Lines between the two ends of a connection.

import { connect } from "node:net"
import { rawServer } from "./frames.ts"

/** A line to a server. */
export interface Proxy extends AsyncDisposable {
  readonly port: number
  /** How many connections there were, and how many there are. */
  readonly connections: number
  readonly open: number
  /** Lets no byte through any more on the connections that there are, which stay open. */
  freeze(): void
}

/** A line to the server at this port of 127.0.0.1. */
export async function proxyTo(target: number): Promise<Proxy> {
  let connections = 0
  let open = 0
  let frozen = 0
  const server = await rawServer(({ socket }) => {
    const number = ++connections
    open++
    socket.removeAllListeners("data")
    const upstream = connect(target, "127.0.0.1")
    for (const [from, to] of [
      [socket, upstream],
      [upstream, socket],
    ] as const) {
      from.on("data", (chunk) => {
        if (number > frozen) to.write(chunk)
      })
      from.on("error", () => {})
      from.on("close", () => to.destroy())
    }
    socket.on("close", () => open--)
  })
  return {
    port: server.port,
    get connections() {
      return connections
    },
    get open() {
      return open
    },
    freeze() {
      frozen = connections
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

/** Lets what is under way go on for some turns of the event loop. */
export async function nextTurns(turns = 20): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
}
