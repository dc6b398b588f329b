// The watched side: starts the probe and the monitor, and hears of the blocks once they are over.

import { channel } from "node:diagnostics_channel"
import { inspect } from "node:util"
import { isMainThread } from "node:worker_threads"
import type { Block } from "./block.ts"
import { complain } from "./complain.ts"
import { WatchdogError } from "./errors.ts"
import { formatSummary } from "./format-report.ts"
import { guardSyncCalls } from "./guard/guard.ts"
import { beat, createHeartbeat, lastBeat, waitWhileFollowing } from "./heartbeat.ts"
import { createPlaceList, type PlaceList } from "./places.ts"
import { installProbe, uninstallProbe } from "./probe.ts"
import { createProgress } from "./progress.ts"
import { followRequests } from "./requests.ts"
import { reportStyle, startMonitor } from "./start-monitor.ts"
import { checkThreshold, DEFAULT_THRESHOLD_MILLIS } from "./threshold.ts"

export interface WatchOptions {
  /** How late the event loop may be before it counts as blocked: 1 to 3,600,000 ms. Default 50. */
  readonly thresholdMillis?: number
  /**
   * Called with each block once it is over: on the watched thread, which was not free to call anything before.
   * A block that never ends is therefore only ever printed.
   */
  readonly onBlock?: (block: Block) => void
  /** Whether to report on standard error, while the loop is blocked. Default true, with or without `onBlock`. */
  readonly print?: boolean
  /**
   * Whether to guard the synchronous calls of `fs`, `child_process`, `crypto` and `zlib`, `JSON.stringify`, and
   * `JSON.parse` of long texts: then reports name them while they block, with the exact line once they return. It
   * puts a proxy before each, for 0.1 µs a call. Default false.
   */
  readonly guardSyncCalls?: boolean
  /**
   * Experimental; Linux on x64, and without effect anywhere else. Whether to read the stack under a call that cannot be
   * interrupted out of the memory of V8, while the call goes on: then reports have its line at once. The start takes
   * 0.1 s longer, during which the main thread is held, and some 20 MB. Default false.
   */
  readonly readNativeStacks?: boolean
  /** Closes the watchdog when aborted. */
  readonly signal?: AbortSignal
}

/** A running watchdog. It never keeps the process alive. */
export interface Watchdog {
  /**
   * Resolves once the loop is watched, some 50 ms after the start, or when it turns out that it cannot be. Like all of
   * the watchdog it does not keep the process alive.
   */
  readonly ready: Promise<void>
  /** Stops watching and leaves nothing behind. A block just over is still reported. May be called again. */
  close: () => void
  /** The same, for `using`. */
  [Symbol.dispose]: () => void
}

const BLOCK_CHANNEL = "avrolet:watchdog.block"

/** How long the end of the process, or `close()`, waits for the report of a block that has just ended. */
const LAST_REPORT_MILLIS = 300

/**
 * Watches the event loop of the main thread and says what blocks it, where, and for whom, while it does.
 *
 * Each block that is over is also published on the diagnostics channel `avrolet:watchdog.block`. Several
 * watchdogs may run at once; each reports for itself. Where the watchdog cannot work (no worker threads, no
 * inspector) it says so in a sentence on standard error, and the application goes on.
 *
 * @throws {WatchdogError} `ERR_WATCHDOG_THRESHOLD`: the threshold is not a number in its range.
 * @throws {WatchdogError} `ERR_WATCHDOG_THREAD`: called in a worker thread.
 */
export function watchEventLoop(options: WatchOptions = {}): Watchdog {
  const { thresholdMillis = DEFAULT_THRESHOLD_MILLIS, onBlock, print = true } = options
  const { readNativeStacks = false, signal } = options
  checkThreshold(thresholdMillis)
  if (!isMainThread) throw notTheMainThread()
  if (signal?.aborted) return watchdog(Promise.resolve(), () => {})

  let open = true
  const heartbeat = createHeartbeat()
  const requests = followRequests()
  const guard = options.guardSyncCalls ? guardSyncCalls() : undefined
  const progress = createProgress()
  const places = createPlaceList()
  const probeId = installProbe(() => lastBeat(heartbeat), requests.current, progress.read)
  const [ready, beReady] = readiness()
  process.on("exit", summarize)
  signal?.addEventListener("abort", close)
  const monitor = startMonitor(
    { heartbeat, thresholdMillis, probeId, print, marks: guard?.marks, readNativeStacks },
    {
      onTurn: () => {
        progress.end()
        beReady()
      },
      onBlock: (block) => {
        places.add(block)
        publish(block, onBlock)
      },
      onDeath: (reason) => {
        complain(`${reason}; the program goes on unwatched`)
        stop()
      },
    },
  )

  // The loop is about to stop turning for good, or to be watched no more: the last beat comes from here.
  function finish(): void {
    beat(heartbeat)
    waitWhileFollowing(heartbeat, LAST_REPORT_MILLIS)
    monitor?.deliver()
  }

  function summarize(): void {
    finish()
    if (print) printSummary(places)
  }

  function stop(): void {
    open = false
    beReady()
    uninstallProbe(probeId)
    progress.end()
    requests.stop()
    guard?.release()
    process.off("exit", summarize)
    signal?.removeEventListener("abort", close)
  }

  function close(): void {
    if (!open) return
    finish()
    stop()
    monitor?.close()
  }
  return watchdog(ready, close)
}

const watchdog = (ready: Promise<void>, close: () => void): Watchdog => ({
  ready,
  close,
  [Symbol.dispose]: close,
})

function readiness(): [Promise<void>, () => void] {
  let beReady = (): void => {}
  const ready = new Promise<void>((resolve) => {
    beReady = resolve
  })
  return [ready, beReady]
}

function printSummary(places: PlaceList): void {
  const all = places.all()
  if (all.some(({ times }) => times > 1)) process.stderr.write(formatSummary(all, reportStyle()))
}

function publish(block: Block, onBlock: WatchOptions["onBlock"]): void {
  channel(BLOCK_CHANNEL).publish(block)
  try {
    onBlock?.(block)
  } catch (error) {
    complain(`onBlock threw ${inspect(error)}`)
  }
}

const notTheMainThread = (): WatchdogError =>
  new WatchdogError(
    "ERR_WATCHDOG_THREAD",
    "watchEventLoop watches the main thread and was called in a worker; call it in the main thread",
  )
