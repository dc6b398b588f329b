// The connections of a server of HTTP, and which of them nobody would miss. Node's own `closeIdleConnections` takes
// one for idle whose response waits in a buffer for its client to take it, and cuts it off.

import type { Socket } from "node:net"

/** The connections of one server. */
export class ServedConnections {
  /** How many responses are under way on each: from the head of the request to the last byte that the system took. */
  readonly #responses = new Map<Socket, number>()
  #isEnding = false

  add(socket: Socket): void {
    this.#responses.set(socket, 0)
    socket.once("close", () => this.#responses.delete(socket))
  }

  /** A request has come. */
  responseBegins(socket: Socket): void {
    const count = this.#responses.get(socket)
    if (count !== undefined) this.#responses.set(socket, count + 1)
  }

  /** A response is sent, or was given up. */
  responseIsOver(socket: Socket): void {
    const count = this.#responses.get(socket)
    if (count === undefined) return // the connection is over, too
    this.#responses.set(socket, count - 1)
    if (this.#isEnding && count === 1) socket.destroySoon()
  }

  /** Ends a connection whose time is over, unless a response is under way, or something has arrived that is not read. */
  endIdle(socket: Socket): void {
    const { bytesRead } = socket
    // A timer that is late comes before what has arrived: that is read first.
    setImmediate(() => {
      if (this.#responses.get(socket) === 0 && socket.bytesRead === bytesRead) socket.destroy()
    })
  }

  /**
   * Ends the connections on which nothing comes for `millis` and no response is under way; and then each of the
   * others after its response. Returns what clears the timer.
   */
  endQuiet(millis: number): () => void {
    const received = new Map<Socket, number>()
    for (const socket of this.#responses.keys()) received.set(socket, socket.bytesRead)
    const end = (): void => {
      this.#isEnding = true
      for (const [socket, count] of this.#responses) {
        const isQuiet = socket.bytesRead === (received.get(socket) ?? 0)
        if (count === 0 && isQuiet) socket.destroySoon()
      }
    }
    // A timer that is late comes before what has arrived: that is read first.
    const timer = setTimeout(() => setImmediate(end), millis)
    return () => clearTimeout(timer)
  }
}
