// The watched side: starts the probe and the monitor, and hears of the blocks once they are over.

import { threadId } from "node:worker_threads"
import type { Block } from "./block.ts"
import { complain } from "./complain.ts"
import type { CallMarks } from "./guard/call-marks.ts"
import { guardSyncCalls } from "./guard/guard.ts"
import { createHeartbeat, finalTurn, type Heartbeat, lastBeat, turnFinally } from "./heartbeat.ts"
import { installProbe, uninstallProbe } from "./probe.ts"
import { createProgress } from "./progress.ts"
import { checkPolicy, createPublisher, type Policy } from "./publish-block.ts"
import {
  checkPrint,
  type ReportForm,
  type ReportStyle,
  reportStyle,
  troubleWithPrint,
} from "./report-style.ts"
import { type Contexts, followServed } from "./served.ts"
import { startMonitor } from "./start-monitor.ts"
import { currentTid, eventPolls } from "./thread-times.ts"
import { checkThreshold, DEFAULT_THRESHOLD_MILLIS } from "./threshold.ts"

/** Options of `watchEventLoop`. */
export interface WatchOptions {
  /** How late the event loop may be before it counts as blocked: 1 to 3,600,000 ms. Default 50. */
  readonly thresholdMillis?: number
  /**
   * `"report"` prints blocks while they go on. `"warn"`, for tests and development, makes each that is over a warning
   * of the process (`BlockWarning`, its stack that of the block), once a minute for a place, and prints nothing
   * unless `print` is given. Default `"report"`.
   */
  readonly policy?: Policy
  /**
   * Called with each block once it is over: on the watched thread, which was not free to call anything before.
   * A block that never ends is therefore only ever printed.
   */
  readonly onBlock?: (block: Block) => void
  /**
   * Whether to report on standard error, while the loop is blocked, and how: `"pretty"` for people, `"json"` for
   * programs, as one `ReportLine` a line. `true` means as the environment variable AVROLET_PRINT says, else pretty on
   * a terminal and JSON elsewhere; colours are for terminals, NO_COLOR and FORCE_COLOR as Node understands them.
   * Default true, with or without `onBlock`; false by the policy `"warn"`.
   */
  readonly print?: boolean | ReportForm
  /**
   * Whether to guard the synchronous calls of `fs`, `child_process`, `crypto` and `zlib`, `JSON.stringify`, and
   * `JSON.parse` of long texts: then reports name them while they block, with the exact line once they return. It
   * puts a proxy before each, for 0.1 µs a call. Default false.
   */
  readonly guardSyncCalls?: boolean
  /**
   * Experimental; the main thread on Linux and x64, and without effect anywhere else. Whether to read the stack under a call that cannot be
   * interrupted out of the memory of V8, while the call goes on: then reports have its line at once. The start takes
   * 0.1 s longer, during which the main thread is held, and 20 to 40 MB. Default false.
   */
  readonly readNativeStacks?: boolean
  /**
   * Whether to name the HTTP request that `node:http` is serving, with its method and its path. On Node 20 it costs a
   * small request 5 to 21 % of its processor time, on Node 24 next to nothing. Default false.
   */
  readonly httpRequests?: boolean
  /**
   * Storages of the program's own, to tell what they hold while the loop is blocked: `{ tenant: storage }`. A text,
   * number or boolean is told as it is; of an object or a `Map` those directly in it, as `tenant.id`. Longer texts are
   * cut at 200 characters, and 16 entries are told. So name none that holds secrets.
   */
  readonly contexts?: Contexts
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

/** How long the end of the process, or `close()`, waits until the monitor has told of a block that has just ended. */
const LAST_REPORT_MILLIS = 300

/**
 * Watches the event loop of the calling thread, the main one or a worker, and says what blocks it, where, and for
 * whom, while it does.
 *
 * Each block that is over is also published on the diagnostics channel `avrolet:watchdog.block`. Several
 * watchdogs may run at once; each reports for itself. Where the watchdog cannot work (no worker threads, no
 * inspector) it says so in a sentence on standard error, and the application goes on.
 *
 * @throws {WatchdogError} `ERR_WATCHDOG_THRESHOLD`: the threshold is not a number in its range.
 * @throws {WatchdogError} `ERR_WATCHDOG_OPTION`: `policy` or `print` is not one of its values, or a context is no
 *   `AsyncLocalStorage`.
 */
export function watchEventLoop(options: WatchOptions = {}): Watchdog {
  const { thresholdMillis = DEFAULT_THRESHOLD_MILLIS, policy = "report", signal } = options
  const { print = policy === "report" } = options
  checkThreshold(thresholdMillis)
  checkPolicy(policy)
  checkPrint(print)
  if (signal?.aborted) return watchdog(Promise.resolve(), () => {})
  return start({ ...options, thresholdMillis, policy, print })
}

type Decided = "thresholdMillis" | "policy" | "print"

function start(options: WatchOptions & Required<Pick<WatchOptions, Decided>>): Watchdog {
  const { thresholdMillis, policy, print, onBlock, signal } = options
  let open = true
  const style = styleFor(print)
  const heartbeat = createHeartbeat()
  const equipment = equip(heartbeat, options)
  const publisher = createPublisher(policy, onBlock, style)
  const [ready, beReady] = readiness()
  process.on("exit", summarize)
  signal?.addEventListener("abort", close)
  const monitor = startMonitor(
    {
      heartbeat,
      thresholdMillis,
      probeId: equipment.probeId,
      marks: equipment.marks,
      readNativeStacks: options.readNativeStacks === true,
      print: print !== false,
      style,
      threadId,
      tid: currentTid(),
      eventPolls: eventPolls(),
    },
    {
      onTurn: () => {
        equipment.endProgress()
        beReady()
      },
      onBlock: publisher.publish,
      onDeath: (reason) => {
        complain(`${reason}; the program goes on unwatched`, style)
        stop()
      },
    },
  )

  // The loop is about to stop turning for good, or to be watched no more.
  function finish(): void {
    turnFinally(heartbeat, LAST_REPORT_MILLIS)
    monitor?.deliver()
  }

  function summarize(): void {
    finish()
    if (print !== false) publisher.printSummary()
  }

  function stop(): void {
    open = false
    beReady()
    equipment.remove()
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

function styleFor(print: boolean | ReportForm): ReportStyle {
  const style = reportStyle(typeof print === "string" ? print : undefined)
  const trouble = print === true ? troubleWithPrint() : undefined
  if (trouble !== undefined) complain(trouble, style)
  return style
}

interface Equipment {
  readonly probeId: number
  readonly marks: CallMarks | undefined
  /** To be called when the loop turns. */
  endProgress: () => void
  remove: () => void
}

// What the monitor finds on the watched thread.
function equip(heartbeat: Heartbeat, options: WatchOptions): Equipment {
  const served = followServed(options.httpRequests === true, options.contexts)
  const guard = options.guardSyncCalls ? guardSyncCalls() : undefined
  const progress = createProgress()
  const turned = (): bigint => finalTurn(heartbeat) ?? lastBeat(heartbeat)
  const probeId = installProbe(turned, served.current, progress.read)
  return {
    probeId,
    marks: guard?.marks,
    endProgress: progress.end,
    remove: () => {
      uninstallProbe(probeId)
      progress.end()
      served.stop()
      guard?.release()
    },
  }
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
