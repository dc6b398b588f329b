// A line that loses, delays, resets and cuts what goes over it, at random but the same for the same seed.

import { connect, type Socket } from "node:net"
import { rawServer } from "./frames.ts"

/** A line to a server. */
export interface FaultyProxy extends AsyncDisposable {
  readonly port: number
  /** How often each fault was made. */
  readonly faults: Readonly<Record<Fault, number>>
}

type Fault = "delay" | "drop" | "reset" | "cut" | "end"

/** How likely each fault is for a chunk of bytes. */
const likelihoods: readonly [Fault, number][] = [
  ["delay", 0.05],
  ["drop", 0.004], // and everything after it: the connection goes silent
  ["reset", 0.01],
  ["cut", 0.01], // a part of it arrives
  ["end", 0.01],
]

const MAX_DELAY_MILLIS = 20

/** A line to the server at this port of 127.0.0.1. */
export async function faultyProxyTo(target: number, seed: number): Promise<FaultyProxy> {
  const random = randomNumbers(seed)
  const faults: Record<Fault, number> = { delay: 0, drop: 0, reset: 0, cut: 0, end: 0 }
  const server = await rawServer(({ socket }) => {
    socket.removeAllListeners("data")
    const upstream = connect(target, "127.0.0.1")
    carry(socket, upstream)
    carry(upstream, socket)
  })

  function carry(from: Socket, to: Socket): void {
    let isSilent = false
    from.setNoDelay(true)
    from.on("data", (chunk) => {
      if (isSilent) return
      const fault = chooseFault(random())
      if (fault === undefined) return void to.write(chunk)
      faults[fault]++
      if (fault === "delay") {
        from.pause()
        setTimeout(() => {
          to.write(chunk)
          from.resume()
        }, random() * MAX_DELAY_MILLIS)
      } else if (fault === "drop") isSilent = true
      else if (fault === "reset") {
        from.resetAndDestroy()
        to.resetAndDestroy()
      } else {
        const size = fault === "cut" ? Math.floor(random() * chunk.length) : chunk.length
        to.end(chunk.subarray(0, size))
        from.destroy()
      }
    })
    from.on("error", () => {}) // "close" follows
    from.on("close", () => to.destroySoon())
  }

  return { port: server.port, faults, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

function chooseFault(chance: number): Fault | undefined {
  let left = chance
  for (const [fault, likelihood] of likelihoods) {
    if (left < likelihood) return fault
    left -= likelihood
  }
  return undefined
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
