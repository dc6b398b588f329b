// Watches the event loop of another process, one that knows nothing of us.
//
//   checkProcess → openInspector → openLine → install the lookout → look, look, look → take it out, close
//
// The blocks are found and followed as a monitor in the process itself would do it; only the beats and the stacks
// come over the inspector's line.

import { createAdmission } from "../admission.ts"
import type { Block } from "../block.ts"
import { harmless } from "../complain.ts"
import { WatchdogError } from "../errors.ts"
import { createFormatter } from "../formatter.ts"
import { createHeartbeat, type Heartbeat, isStopped, nowMillis, stop } from "../heartbeat.ts"
import { createPlaceList } from "../places.ts"
import type { ReportStyle } from "../report-style.ts"
import { createFrameMapper } from "../source-maps.ts"
import { type Outlet, tellOfBlock, tellOfStarvation } from "../tell-of-block.ts"
import { createKernelView, type KernelView } from "../thread-times.ts"
import { checkThreshold, DEFAULT_THRESHOLD_MILLIS } from "../threshold.ts"
import { beginTurn, isOver, missingMillis, nap } from "../turn.ts"
import { checkProcess } from "./check-process.ts"
import { type Line, openLine } from "./line.ts"
import type { Installed } from "./lookout.ts"
import { type Inspector, openInspector } from "./open-inspector.ts"
import type { ProcessInfo } from "./process-info.ts"
import { followThread, type RemoteThread } from "./remote-thread.ts"
import { closeExpression, installExpression, LEAVE_EXPRESSION } from "./script.ts"

/** Options of `watchProcess`. A callback that throws ends nothing: what it threw is said on standard error. */
export interface WatchProcessOptions {
  /** How late the event loop may be before it counts as blocked: 1 to 3,600,000 ms. Default 50. */
  readonly thresholdMillis?: number
  /** Called with each block once it is over. */
  readonly onBlock?: (block: Block) => void
  /** Called with the report for people, piece by piece, while it blocks. */
  readonly onReport?: (text: string) => void
  /** Called with a sentence about what is done to the process: that its inspector opens, and where; that it closed. */
  readonly onNotice?: (sentence: string) => void
  /** How reports are written. Default: without colours, paths relative to the current directory. */
  readonly style?: ReportStyle
  /** Ends the watching when aborted. */
  readonly signal?: AbortSignal
}

/** The one that its inspector speaks to. */
const MAIN_THREAD = { threadId: 0 }

/** Each look is a little work for the watched loop; a block may begin so long before it is seen. */
const MAX_LOOK_MILLIS = 20
const MAX_STEP_MILLIS = 10
/** How long a process that is asked to close its inspector may take before it is left as it is. */
const LEAVE_MILLIS = 10_000

/**
 * Watches the event loop of the process `pid` until that ends, or `signal` is aborted. The process needs no
 * preparation, and may be in an endless loop already. While it is watched its inspector is open on the loopback
 * interface, to every program on the machine; `onNotice` says so. Afterwards it is closed, if it was before.
 *
 * @throws {WatchdogError} `ERR_WATCHDOG_THRESHOLD`: the threshold is not a number in its range.
 * @throws {WatchdogError} `ERR_WATCHDOG_PROCESS`: there is no such process, or it is not one to watch.
 * @throws {WatchdogError} `ERR_WATCHDOG_INSPECTOR`: its inspector cannot be opened, or does not answer.
 * @throws {WatchdogError} `ERR_WATCHDOG_WATCHED`: somebody else watches it.
 */
export async function watchProcess(pid: number, options: WatchProcessOptions = {}): Promise<void> {
  const { thresholdMillis = DEFAULT_THRESHOLD_MILLIS, signal } = options
  const onNotice = harmless("onNotice", options.onNotice)
  checkThreshold(thresholdMillis)
  const info = checkProcess(pid)
  if (signal?.aborted) return
  const inspector = await open(pid, info, onNotice, signal)
  if (inspector === undefined) return
  const line = await openLineTo(pid, inspector)
  const stopped = untilAborted(signal)
  const lookMillis = Math.max(2, Math.min(MAX_LOOK_MILLIS, thresholdMillis / 4))
  try {
    const closes = await install(line, lookMillis, inspector, info)
    onNotice(`watching process ${pid}`)
    try {
      await watchUntil(stopped, pid, line, lookMillis, { ...options, thresholdMillis })
    } finally {
      onNotice(await leave(line, inspector.address, pid, closes))
    }
  } finally {
    line.disconnect()
  }
}

// Undefined if it is given up before the inspector is opened. Who gives up later has to wait.
async function open(
  pid: number,
  info: ProcessInfo,
  onNotice: (sentence: string) => void,
  signal: AbortSignal | undefined,
): Promise<Inspector | undefined> {
  const tellWaiting = (): void =>
    onNotice(`process ${pid} has not opened its inspector yet; waiting for that, to close it again`)
  const onOpening = (address: string): void => {
    onNotice(
      `opening the inspector of process ${pid} on ${address}; until it is closed, any program on this machine can run code in that process`,
    )
    signal?.addEventListener("abort", tellWaiting)
  }
  try {
    return await openInspector(pid, info, onOpening, signal)
  } finally {
    signal?.removeEventListener("abort", tellWaiting)
  }
}

async function openLineTo(pid: number, { webSocketUrl, opened, address }: Inspector): Promise<Line> {
  try {
    return await openLine(webSocketUrl)
  } catch (error) {
    if (!opened || !(error instanceof WatchdogError)) throw error
    throw failed(
      "INSPECTOR",
      `${error.message}; the inspector of process ${pid}, which was opened for this, may stay open on ${address}`,
    )
  }
}

const untilAborted = (signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted) resolve()
    signal?.addEventListener("abort", () => resolve(), { once: true })
  })

// Gives whether the inspector will be closed in the end.
async function install(
  line: Line,
  lookMillis: number,
  inspector: Inspector,
  { innerPid }: ProcessInfo,
): Promise<boolean> {
  const { opened, address } = inspector
  const answer = await line.evaluate(installExpression(Math.max(1, Math.floor(lookMillis / 2)), opened))
  const {
    pid,
    version,
    lookout,
    closesInspector = false,
  }: Partial<Installed> = answer === undefined ? {} : JSON.parse(answer)
  if (pid === undefined) {
    const remains = await closeAgain(line, inspector, innerPid)
    throw failed("INSPECTOR", `The process at ${address} did not let itself be watched${remains}`)
  }
  if (pid !== innerPid) {
    throw failed(
      "INSPECTOR",
      `At ${address} process ${pid} answers, not ${innerPid}; end that, and try again`,
    )
  }
  if (lookout === undefined) {
    const remains = await closeAgain(line, inspector, innerPid)
    throw failed(
      "INSPECTOR",
      `The process runs Node.js ${version}, and attaching needs 20.16, 22.3 or newer${remains}`,
    )
  }
  if (lookout === "another is there")
    throw failed("WATCHED", `Process ${pid} is being watched by somebody else`)
  return closesInspector
}

// Closes an inspector that was opened in vain. Gives what remains of it, as the end of a sentence.
async function closeAgain(line: Line, { opened, address }: Inspector, innerPid: number): Promise<string> {
  if (!opened) return ""
  await Promise.race([line.evaluate(closeExpression(innerPid), true), after(LEAVE_MILLIS)])
  return line.isOpen() ? `; its inspector stays open on ${address}` : ""
}

async function watchUntil(
  stopped: Promise<void>,
  pid: number,
  line: Line,
  lookMillis: number,
  options: WatchProcessOptions & { thresholdMillis: number },
): Promise<void> {
  const heartbeat = createHeartbeat()
  const thread = followThread(line, heartbeat, lookMillis)
  const kernel = createKernelView(pid)
  const watching = watchTurns({ heartbeat, thread, kernel, ...options }, createOutlet(pid, options))
  try {
    await Promise.race([stopped, thread.ended, watching])
  } finally {
    stop(heartbeat)
    await watching.finally(kernel.close) // tells the rest of a block that goes on
  }
}

interface Watched {
  readonly heartbeat: Heartbeat
  readonly thread: RemoteThread
  readonly kernel: KernelView
  readonly thresholdMillis: number
}

async function watchTurns(watched: Watched, outlet: Outlet): Promise<void> {
  const { heartbeat, thread, kernel, thresholdMillis } = watched
  const stepMillis = Math.min(MAX_STEP_MILLIS, thresholdMillis / 4)
  while (!isStopped(heartbeat)) {
    const turn = beginTurn(heartbeat, kernel)
    let told = false
    while (!isOver(turn) && !told) {
      const missing = missingMillis(turn, thresholdMillis)
      if (missing > 0) await nap(turn, Math.min(stepMillis, missing))
      else {
        await tellOfBlock(turn, thread, outlet)
        told = true
      }
    }
    if (!told) tellOfStarvation(turn, thresholdMillis, outlet)
  }
}

const createOutlet = (pid: number, { style, onReport, onBlock }: WatchProcessOptions): Outlet => ({
  format: createFormatter(style ?? { color: false, directory: process.cwd() }, MAIN_THREAD, pid),
  watched: () => MAIN_THREAD,
  mapFrames: createFrameMapper(),
  admit: createAdmission(nowMillis),
  places: createPlaceList(),
  write: harmless("onReport", onReport),
  publish: harmless("onBlock", onBlock),
})

// Says how the process was left.
async function leave(line: Line, address: string, pid: number, closes: boolean): Promise<string> {
  if (!line.isOpen()) return `process ${pid} ended, or closed its inspector`
  const left = line.evaluate(LEAVE_EXPRESSION).then(() => true)
  if (await Promise.race([left, after(LEAVE_MILLIS)])) {
    return `left process ${pid}, its inspector ${closes ? "closed again" : "open as it was"}`
  }
  return `process ${pid} is in a native call and could not be asked to close its inspector, which stays open on ${address}`
}

const after = (millis: number): Promise<false> =>
  new Promise((resolve) => setTimeout(() => resolve(false), millis).unref())

const failed = (code: "INSPECTOR" | "WATCHED", sentence: string): WatchdogError =>
  new WatchdogError(`ERR_WATCHDOG_${code}`, sentence)
