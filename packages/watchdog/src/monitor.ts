// The worker thread that watches the main thread. It looks at the heartbeat; while that beats it does nothing
// else. START HERE to see how a block is found; follow-block.ts tells what is done about it.

import { writeSync } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"
import { type MessagePort, workerData } from "node:worker_threads"
import type { Block } from "./block.ts"
import { followBlock } from "./follow-block.ts"
import {
  formatBlocked,
  formatFree,
  formatLasting,
  formatStarved,
  formatTrouble,
  type ReportStyle,
} from "./format-report.ts"
import { type Heartbeat, isStopped, nowMillis, setFollowing } from "./heartbeat.ts"
import { findMainThread, type MainThread } from "./main-thread.ts"
import { createFrameMapper, type FrameMapper } from "./source-maps.ts"
import { activity, beginTurn, blamed, isOver, lateMillis, nap, type Turn } from "./turn.ts"

/** What the watched thread tells its monitor at the start. */
export interface MonitorSettings {
  readonly heartbeat: Heartbeat
  readonly intervalMillis: number
  readonly thresholdMillis: number
  readonly probeId: number
  readonly mayInspect: boolean
  /** Whether to write reports on standard error. */
  readonly print: boolean
  readonly style: ReportStyle
  /** Where the blocks go once they are over. */
  readonly blocks: MessagePort
}

interface Monitor extends MonitorSettings {
  readonly connect: (() => MainThread) | undefined
  readonly mapFrames: FrameMapper
}

const WARM_UP_MILLIS = 100
const STDERR = 2
const WRITE_ATTEMPTS = 20
const WRITE_RETRY_MILLIS = 5

await watch(workerData)

async function watch(settings: MonitorSettings): Promise<void> {
  const found = await findMainThread(settings.probeId, settings.mayInspect)
  const connect = typeof found === "string" ? undefined : found
  if (typeof found === "string") write(formatTrouble(`${found}; blocks are reported without a stack`))
  const monitor = { ...settings, connect, mapFrames: createFrameMapper() }
  if (connect !== undefined) await warmUp(connect)
  let seenMillis = nowMillis()
  while (!isStopped(monitor.heartbeat)) {
    const turn = beginTurn(monitor.heartbeat, monitor.intervalMillis, seenMillis)
    await watchTurn(turn, monitor)
    seenMillis = turn.seenMillis
  }
}

// The first answer of a thread takes 14 ms, the next ones 1 ms: better now than in the first block.
async function warmUp(connect: () => MainThread): Promise<void> {
  const thread = connect()
  const question = thread.ask()
  const until = nowMillis() + WARM_UP_MILLIS
  while (question.answer === undefined && nowMillis() < until) await sleep(5)
  thread.disconnect()
}

async function watchTurn(turn: Turn, monitor: Monitor): Promise<void> {
  const { thresholdMillis } = monitor
  // Half the threshold is slept through; the other half is walked through in short steps, so that a stop of the
  // whole process shows as a late step, and is told from a block.
  await nap(turn, turn.dueMillis + Math.min(thresholdMillis / 2, 25) - nowMillis())
  const stepMillis = Math.min(10, thresholdMillis / 4)
  while (!isOver(turn)) {
    if (lateMillis(turn) >= thresholdMillis && blamed(turn) >= thresholdMillis) return tellOf(turn, monitor)
    await nap(turn, stepMillis)
  }
  tellOfStarvation(turn, monitor)
}

async function tellOf(turn: Turn, { heartbeat, connect, mapFrames, ...monitor }: Monitor): Promise<void> {
  const { print, style, blocks } = monitor
  const tell = (text: string): void => (print ? write(text) : undefined)
  let known: Block | undefined
  setFollowing(heartbeat, true)
  try {
    const block = await followBlock(turn, connect?.(), mapFrames, {
      onKnown: (soFar) => {
        known = soFar
        tell(formatBlocked(soFar, "so far", style))
      },
      onLasting: (soFar) => tell(formatLasting(soFar, style)),
    })
    const stackShown = (known?.frames.length ?? 0) > 0 || block.frames.length === 0
    tell(known === undefined ? formatBlocked(block, "in all", style) : formatFree(block, stackShown, style))
    blocks.postMessage(block, [])
  } finally {
    setFollowing(heartbeat, false)
  }
}

// Only where the kernel's figures prove it, and only now: it counts a wait once the wait is over.
function tellOfStarvation(turn: Turn, { thresholdMillis, print, style, blocks }: Monitor): void {
  const millis = lateMillis(turn) - turn.lostMillis
  const queuedMillis = activity(turn)?.queuedMillis ?? 0
  if (millis < thresholdMillis || queuedMillis < millis / 2) return
  const block: Block = {
    millis: Math.round(millis),
    startedAt: new Date(Date.now() - millis),
    cause: "starved",
    stack: "",
    frames: [],
    stackTaken: "after",
    samples: 0,
    queuedMillis: Math.round(queuedMillis),
  }
  if (print) write(formatStarved(block, style))
  blocks.postMessage(block, [])
}

// A worker's process.stderr goes through the main thread, which is blocked: this goes to the descriptor.
function write(text: string): void {
  let rest = Buffer.from(text)
  for (let attempt = 0; rest.length > 0 && attempt < WRITE_ATTEMPTS; attempt++) {
    try {
      rest = rest.subarray(writeSync(STDERR, rest))
    } catch (error) {
      if (!isPipeFull(error)) return // closed: nobody to tell it to
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WRITE_RETRY_MILLIS) // a pipe that is full
    }
  }
}

const isPipeFull = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "EAGAIN"
