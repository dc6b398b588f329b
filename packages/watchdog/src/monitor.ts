// The worker thread that watches another thread. It looks whether the loop is idle; if it is not, it asks for a
// beat, and waits for that. START HERE to see how a block is found; follow-block.ts tells what is done about it.

import { setTimeout as sleep } from "node:timers/promises"
import { type MessagePort, workerData } from "node:worker_threads"
import { createAdmission } from "./admission.ts"
import type { ThreadIdentity } from "./block.ts"
import { findThread } from "./find-thread.ts"
import { createFormatter } from "./formatter.ts"
import type { CallMarks } from "./guard/call-marks.ts"
import {
  ASK_FOR_BEAT,
  acknowledgeFinalTurn,
  beginWatching,
  type Heartbeat,
  isStopped,
  nowMillis,
  rest,
  SET_TRIPWIRE,
  tripwire,
  UNSET,
} from "./heartbeat.ts"
import { createIdleness, type Idleness } from "./idleness.ts"
import { createStackReader, type StackReader } from "./native-stack/stack-reader.ts"
import { createPlaceList } from "./places.ts"
import type { ReportStyle } from "./report-style.ts"
import { createFrameMapper } from "./source-maps.ts"
import { type Outlet, tellOfBlock, tellOfStarvation } from "./tell-of-block.ts"
import { createKernelView, type KernelView } from "./thread-times.ts"
import { beginTurn, doze, isFinal, isOver, missingMillis, ranInTurnMillis, SLACK_MILLIS } from "./turn.ts"
import type { OwnMainThread, WatchedThread } from "./watched-thread.ts"
import { writeToStderr } from "./write-to-stderr.ts"

/** What the watched thread tells its monitor at the start. */
export interface MonitorSettings {
  readonly heartbeat: Heartbeat
  readonly thresholdMillis: number
  readonly probeId: number
  readonly mayInspect: boolean
  /** Where synchronous calls are guarded. */
  readonly marks?: CallMarks | undefined
  /** Whether to read the stack under a native call out of memory. */
  readonly readNativeStacks: boolean
  /** Whether to write reports on standard error. */
  readonly print: boolean
  readonly style: ReportStyle
  /** The watched thread, as worker_threads counts and as the kernel does. */
  readonly threadId: number
  readonly tid: number | undefined
  /** The descriptors that may be its loop's. */
  readonly eventPolls: readonly number[]
  /** Where the blocks go once they are over, with `ASK_FOR_BEAT` and `SET_TRIPWIRE`. */
  readonly blocks: MessagePort
}

interface Monitor extends MonitorSettings {
  readonly connect: (() => WatchedThread) | undefined
  readonly kernel: KernelView
  readonly idleness: Idleness
  readonly outlet: Outlet
}

/**
 * Each look costs the process 0.1 ms of a processor, half of it for waking up: so few while the thread sleeps. They are
 * enough, because what a block took before it was seen is known (onset.ts), and the first turn rouses the monitor. Only
 * what sleeps, too, in a call of the first callback after a long sleep is seen so late.
 */
const LOOK_MILLIS = 10
const QUIET_LOOK_MILLIS = 40
/** The thread is quiet when it has not run during so many looks. */
const QUIET_AFTER_LOOKS = 10
const WARM_UP_MILLIS = 100

await watch(workerData)

async function watch(settings: MonitorSettings): Promise<void> {
  const { threadId, tid, probeId, mayInspect, readNativeStacks } = settings
  const found = await findThread(threadId, probeId, mayInspect)
  const finder = typeof found === "string" ? undefined : found
  const connect = finder?.connect
  const kernel = createKernelView(process.pid, tid)
  if (connect !== undefined) await warmUp(connect)
  const readStack = readNativeStacks ? await findStackReader(finder?.connectToMain) : undefined
  const outlet = createOutlet(settings, finder?.identity ?? (() => ({ threadId })), readStack)
  if (typeof found === "string")
    writeToStderr(outlet.format.trouble(`${found}; blocks are reported without a stack`))
  const monitor = {
    ...settings,
    connect,
    kernel,
    idleness: createIdleness(kernel, settings.heartbeat, settings.eventPolls),
    outlet,
  }
  beginWatching(monitor.heartbeat)
  let restedMillis = 0
  while (!isStopped(monitor.heartbeat)) {
    if (monitor.idleness.isIdle()) restedMillis = restWhileIdle(monitor)
    else await watchTurn(monitor, restedMillis)
  }
}

// The first answer of a thread takes 14 ms, the next ones 1 ms: better now than in the first block.
async function warmUp(connect: () => WatchedThread): Promise<void> {
  const thread = connect()
  const question = thread.ask()
  const until = nowMillis() + WARM_UP_MILLIS
  while (question.answer === undefined && nowMillis() < until) await sleep(5)
  thread.disconnect()
}

async function findStackReader(connect?: () => OwnMainThread): Promise<StackReader | undefined> {
  if (connect === undefined) return undefined
  const thread = connect()
  try {
    return await createStackReader(thread.evaluate)
  } finally {
    thread.disconnect()
  }
}

// Returns for how long.
function restWhileIdle(monitor: Monitor): number {
  const { heartbeat, idleness, blocks } = monitor
  if (idleness.quietLooks() === 1 && tripwire(heartbeat) === UNSET) blocks.postMessage(SET_TRIPWIRE, [])
  const millis = lookMillis(monitor)
  rest(heartbeat, millis)
  return millis
}

function lookMillis({ thresholdMillis, idleness }: Monitor): number {
  const quiet = idleness.quietLooks() > QUIET_AFTER_LOOKS
  const millis = quiet
    ? Math.min(QUIET_LOOK_MILLIS, thresholdMillis)
    : Math.min(LOOK_MILLIS, thresholdMillis / 4)
  return Math.max(2, millis)
}

async function watchTurn(monitor: Monitor, restedMillis: number): Promise<void> {
  const { heartbeat, thresholdMillis, blocks, connect, kernel, idleness, outlet } = monitor
  const call = idleness.waitsIn()
  const onset = idleness.onset(restedMillis + SLACK_MILLIS)
  const turn = beginTurn(heartbeat, kernel, onset, idleness.times())
  blocks.postMessage(ASK_FOR_BEAT, [])
  // In short steps, so that a stop of the whole process shows as a late step, and is told from a block.
  const stepMillis = lookMillis(monitor)
  if (onset === undefined && !isOver(turn)) doze(turn, stepMillis)
  if (isOver(turn) && call !== undefined) idleness.learn(call)
  let isLate = false
  while (!isOver(turn) && !isLate) {
    const missing = missingMillis(turn, thresholdMillis)
    isLate = missing <= 0
    if (!isLate) doze(turn, Math.min(stepMillis, missing))
  }
  if (isLate) await tellOfBlock(turn, connect?.(), outlet)
  // a monitor that was starved comes too late to ask
  else if (ranInTurnMillis(turn) >= thresholdMillis) await tellOfBlock(turn, undefined, outlet)
  else tellOfStarvation(turn, thresholdMillis, outlet)
  if (isFinal(turn)) acknowledgeFinalTurn(heartbeat)
}

function createOutlet(
  { threadId, print, style, marks, blocks }: MonitorSettings,
  watched: () => ThreadIdentity,
  readStack: StackReader | undefined,
): Outlet {
  return {
    format: createFormatter(style, { threadId }),
    watched,
    marks,
    readStack,
    mapFrames: createFrameMapper(),
    admit: createAdmission(nowMillis),
    places: createPlaceList(),
    write: print ? writeToStderr : () => {},
    publish: (block) => blocks.postMessage(block, []),
  }
}
