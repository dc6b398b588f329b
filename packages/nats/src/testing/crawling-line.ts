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
  /** How many bytes it has carried to the target. */
  readonly carriedBytes: number
}

/** Makes one. */
export async function crawlingLineTo(target: number, speed: Speed): Promise<CrawlingLine> {
  const sockets = new Set<Socket>()
  let carriedBytes = 0
  const server = createServer((near) => {
    const far = connect(target, "127.0.0.1")
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on("error", () => {}) // "close" follows
    }
    carry(near, far, speed, (bytes) => {
      carriedBytes += bytes
    })
    carry(far, near, speed, () => {})
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return {
    port: (server.address() as AddressInfo).port,
    get carriedBytes() {
      return carriedBytes
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, "close")
    },
  }
}

function carry(
  from: Socket,
  to: Socket,
  { bytesPerTick, tickMillis }: Speed,
  onCarried: (bytes: number) => void,
): void {
  const waiting: Buffer[] = []
  from.on("data", (chunk: Buffer) => {
    for (let start = 0; start < chunk.length; start += bytesPerTick)
      waiting.push(chunk.subarray(start, start + bytesPerTick))
  })
  const timer = setInterval(() => {
    const next = waiting.shift()
    if (next === undefined || !to.writable) return
    to.write(next)
    onCarried(next.length)
  }, tickMillis)
  from.on("close", () => {
    clearInterval(timer)
    to.destroy()
  })
}
