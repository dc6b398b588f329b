// A line on which little goes at a time, either way: a broker, or a network, that has slowed to a crawl.

import { once } from "node:events"
import { type AddressInfo, connect, createServer, type Socket } from "node:net"

/** How fast it is. */
interface Speed {
  readonly bytesPerTick: number
  readonly tickMillis: number
}

/** A line to a port of 127.0.0.1; ends with its scope. */
export interface CrawlingLine extends AsyncDisposable {
  readonly port: number
}

/** Makes one. */
export async function crawlingLineTo(target: number, speed: Speed): Promise<CrawlingLine> {
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(target, "127.0.0.1")
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on("error", () => {}) // "close" follows
    }
    carry(near, far, speed)
    carry(far, near, speed)
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, "close")
    },
  }
}

function carry(from: Socket, to: Socket, { bytesPerTick, tickMillis }: Speed): void {
  const waiting: Buffer[] = []
  from.on("data", (chunk: Buffer) => {
    for (let start = 0; start < chunk.length; start += bytesPerTick)
      waiting.push(chunk.subarray(start, start + bytesPerTick))
  })
  const timer = setInterval(() => {
    const next = waiting.shift()
    if (next !== undefined && to.writable) to.write(next)
  }, tickMillis)
  from.on("close", () => {
    clearInterval(timer)
    to.destroy()
  })
}
