// Starts the monitor's thread and carries what it sends. The monitor may fail in any way: the program it
// watches must not notice, beyond a sentence.

import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads"
import type { Block } from "./block.ts"
import { ASK_FOR_BEAT, beat, SET_TRIPWIRE, stop } from "./heartbeat.ts"
import type { MonitorSettings } from "./monitor.ts"
import { createTripwire } from "./tripwire.ts"

/** The monitor as its owner sees it. */
export interface MonitorLink {
  /** Delivers at once the blocks that have been sent, without waiting for the event loop. */
  deliver: () => void
  close: () => void
}

interface Listener {
  /** The loop turns. */
  onTurn: () => void
  onBlock: (block: Block) => void
  /** The monitor did not start, or stopped without being closed. Called once, with the reason. */
  onDeath: (reason: string) => void
}

type Message = Block | typeof ASK_FOR_BEAT | typeof SET_TRIPWIRE

/** Starts the monitor; undefined where this process may not have one. */
export function startMonitor(
  settings: Omit<MonitorSettings, "mayInspect" | "blocks">,
  { onTurn, onBlock, onDeath }: Listener,
): MonitorLink | undefined {
  const { port1, port2 } = new MessageChannel()
  // Without this permission Node does not refuse connectToMainThread, it aborts the process (20.20, 26.10).
  const mayInspect = process.permission?.has("inspector") ?? true
  const worker = attempt(() => spawn({ ...settings, mayInspect, blocks: port2 }))
  const tripwire = createTripwire(settings.heartbeat)
  let open = true
  const end = (): void => {
    open = false
    tripwire.remove()
    port1.close()
  }
  const die = (reason: string): void => {
    if (!open) return
    end()
    onDeath(reason)
  }
  if (worker instanceof Error) {
    die(`could not start its monitor thread (${worker.message})`)
    return undefined
  }

  worker.on("error", (error) => die(`its monitor thread failed (${error.message})`))
  worker.on("exit", (code) => die(`its monitor thread ended (exit code ${code})`))
  worker.unref()
  const hear = (message: Message): void => {
    if (message === SET_TRIPWIRE) return tripwire.set()
    if (message !== ASK_FOR_BEAT) return onBlock(message)
    beat(settings.heartbeat)
    onTurn()
  }
  port1.on("message", hear)
  port1.unref()
  return {
    deliver: () => {
      for (let sent = receive(port1); sent !== undefined; sent = receive(port1)) hear(sent)
    },
    close: () => {
      end()
      // Asked to end, not terminated: Node leaks the files of a thread that is terminated while it loads.
      stop(settings.heartbeat)
    },
  }
}

// Without the program's own flags and NODE_OPTIONS: what it preloads must not be loaded here as well.
function spawn(settings: MonitorSettings): Worker {
  return new Worker(MONITOR, {
    name: "avrolet-watchdog",
    workerData: settings,
    transferList: [settings.blocks],
    execArgv: [],
    env: {},
    // else they would be piped to the program's own, which that would open
    stdout: true,
    stderr: true,
    resourceLimits: { maxYoungGenerationSizeMb: 4 },
  })
}

// Node 20 cannot run TypeScript in a thread: where this file is the source, the compiled monitor is beside it.
const MONITOR = new URL(
  import.meta.url.endsWith(".ts") ? "../dist/monitor.js" : "./monitor.js",
  import.meta.url,
)

function attempt<T>(action: () => T): T | Error {
  try {
    return action()
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

const receive = (port: Parameters<typeof receiveMessageOnPort>[0]): Message | undefined =>
  receiveMessageOnPort(port)?.message
