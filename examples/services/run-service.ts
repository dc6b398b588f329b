// What every service here does beside its work: it counts its calls and its blocks, tells its parent, and ends when it
// is asked to.

import { once } from "node:events"
import { type CallWatch, watchCalls } from "@avrolet/rpc"
import { watchEventLoop } from "@avrolet/watchdog"

/** Services that are being served. */
interface Server {
  /** Where, if it is a port. */
  readonly port?: number | undefined
  close(): Promise<void>
}

/** What a service tells its parent: first where it serves, then how it does. */
export interface Told {
  readonly port?: number | undefined
  readonly figures?: Figures
}

/** How a service does. */
export interface Figures {
  readonly calls: number
  readonly errors: number
  readonly p99Millis: number
  /** How many calls each of its calls made. */
  readonly meanFanOut: number
  readonly maxFanOut: number
  /** How often its event loop was blocked by its own doing. */
  readonly blocks: number
  /** How often because the machine gave it no time. */
  readonly starved: number
}

const TELL_MILLIS = 100

/** Serves until SIGTERM. */
export async function runService(
  protocol: { readonly name: string },
  serve: () => Promise<Server>,
): Promise<void> {
  let blocks = 0
  let starved = 0
  using calls = watchCalls()
  using _watchdog = watchEventLoop({
    thresholdMillis: 50,
    print: false,
    onBlock: ({ cause }) => {
      if (cause === "starved") starved++
      else blocks++
    },
  })
  const server = await serve()
  const tell = (told: Told): void => void (process.connected && process.send?.(told))
  tell({ port: server.port })
  const tellFigures = (): void => tell({ figures: figuresOf(protocol.name, calls, { blocks, starved }) })
  const timer = setInterval(tellFigures, TELL_MILLIS)
  await Promise.race([once(process, "SIGTERM"), once(process, "disconnect")])
  clearInterval(timer)
  await server.close()
  tellFigures()
  if (process.connected) process.disconnect()
}

type Blocks = Pick<Figures, "blocks" | "starved">

function figuresOf(protocol: string, calls: CallWatch, blocks: Blocks): Figures {
  const own = calls.stats().served.find((stats) => stats.protocol === protocol)
  if (own === undefined) return { calls: 0, errors: 0, p99Millis: 0, meanFanOut: 0, maxFanOut: 0, ...blocks }
  return {
    calls: own.calls,
    errors: own.calls - own.outcomes.ok,
    p99Millis: own.millis.p99,
    meanFanOut: own.fanOut.mean,
    maxFanOut: own.fanOut.max,
    ...blocks,
  }
}
