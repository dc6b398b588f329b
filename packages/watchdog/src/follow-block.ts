// Follows one block from the moment it is noticed to its end: asks the thread where it is, again and again but
// not for ever, and tells what it finds as soon as there is something to tell.

import { setImmediate as readMessages } from "node:timers/promises"
import { type Block, calleeOf, type Frame, type ThreadIdentity } from "./block.ts"
import { causeOf } from "./classify.ts"
import { formatStack } from "./format-stack.ts"
import { type CallMarks, currentCall, setWanted } from "./guard/call-marks.ts"
import { withoutGuard } from "./guard/guard-frames.ts"
import { nowMillis } from "./heartbeat.ts"
import type { StackReader } from "./native-stack/stack-reader.ts"
import { findingsOf, type Reading } from "./progress.ts"
import { withoutEntered } from "./returned-call.ts"
import { foremost, isTelling, type Sample } from "./samples.ts"
import type { FrameMapper } from "./source-maps.ts"
import { account, activity, isOver, lateMillis, nap, ranInTurnMillis, type Turn } from "./turn.ts"
import type { WatchedThread } from "./watched-thread.ts"

/** 40 samples: every 20 ms at first, later less often; the last one 3 s into the block. */
const MAX_SAMPLES = 40
const FIRST_SPACING_MILLIS = 20
const SAMPLES_PER_SPACING = 10

/** A thread that ran this long, or slept this long, without answering is in a call that cannot be interrupted. */
const SILENCE_MILLIS = 20
/** How long a question may be on its way to the thread before what is known is told. */
const UNDERWAY_MILLIS = 200
/** Between two turns of a microtask queue the stack is empty for a moment: look again before saying so. */
const LOOKS = 4
/** A thread answers within 1 ms or so, unless it is in such a call. */
const ANSWER_MILLIS = 1
const POLL_MILLIS = 3
const GLIMPSES = 5
const PAUSE_MILLIS = 10
/** Reading a source map or writing to a slow terminal may take this long, and is no stop of the process. */
const WORK_MILLIS = 200
/** How long an answer may be on its way after the block has ended. */
const GRACE_MILLIS = 50

/** A block as far as known; on which thread its caller knows. */
export type FoundBlock = Omit<Block, keyof ThreadIdentity>

/** Is told how a block goes on; each gets the block as it is known by then. */
export interface Listener {
  /** As soon as there is something to tell, while it blocks. Not called for a block that ends before that. */
  onKnown: (block: FoundBlock) => void
  /** When it still blocks after a second, ten seconds, and so on. */
  onLasting: (block: FoundBlock) => void
}

interface Inquiry {
  readonly turn: Turn
  readonly marks: CallMarks | undefined
  readonly mapFrames: FrameMapper
  readonly readStack: StackReader | undefined
  readonly listener: Listener
  readonly samples: Sample[]
  readonly readings: Reading[]
  answeredMillis: number
  silentMillis: number
  /** The guarded call the thread was last silent in. */
  call: string | undefined
  /** The stack that was read while the thread was last silent. */
  glimpse: readonly Frame[] | undefined
  /** When the thread last gave an answer, or should have beaten. */
  heardMillis: number
  known: boolean
  lastingMillis: number
}

/**
 * Follows the block that `turn` is late with. `thread` is undefined where nothing can be asked, `marks` where
 * nothing is guarded, `readStack` where no stack can be read out of memory.
 */
export async function followBlock(
  turn: Turn,
  thread: WatchedThread | undefined,
  marks: CallMarks | undefined,
  mapFrames: FrameMapper,
  listener: Listener,
  readStack?: StackReader,
): Promise<FoundBlock> {
  const inquiry: Inquiry = {
    turn,
    marks,
    mapFrames,
    readStack,
    listener,
    samples: [],
    readings: [],
    answeredMillis: 0,
    silentMillis: 0,
    call: undefined,
    glimpse: undefined,
    heardMillis: turn.dueMillis,
    known: false,
    lastingMillis: 1000,
  }
  try {
    if (thread !== undefined) await takeSamples(inquiry, thread)
  } finally {
    setWanted(marks, false)
    thread?.disconnect()
  }
  if (!isOver(turn)) tellKnown(inquiry)
  await pause(inquiry, Number.POSITIVE_INFINITY)
  return describe(inquiry)
}

async function takeSamples(inquiry: Inquiry, thread: WatchedThread): Promise<void> {
  const { turn, samples } = inquiry
  while (samples.length < MAX_SAMPLES && !isOver(turn)) {
    const sample = await takeSample(inquiry, thread)
    if (sample === undefined) return
    samples.push(sample)
    if (!isOver(turn) && (isTelling(sample) || samples.length >= LOOKS)) tellKnown(inquiry)
    await pause(inquiry, FIRST_SPACING_MILLIS * 2 ** Math.floor(samples.length / SAMPLES_PER_SPACING))
  }
}

// Undefined when the block ended before the thread answered, or when nothing will ever answer.
async function takeSample(inquiry: Inquiry, thread: WatchedThread): Promise<Sample | undefined> {
  const { turn, marks, mapFrames } = inquiry
  const askedIn = currentCall(marks)
  const askedMillis = nowMillis()
  const question = thread.ask()
  let isSilent = listenFrom(turn)
  let silent = false
  let endedMillis = Number.POSITIVE_INFINITY

  while (question.answer === undefined && nowMillis() < endedMillis + GRACE_MILLIS) {
    if (isOver(turn)) endedMillis = Math.min(endedMillis, nowMillis())
    else if (question.isUnderway) {
      isSilent = listenFrom(turn)
      if (nowMillis() > askedMillis + UNDERWAY_MILLIS) tellKnown(inquiry)
    } else if (!silent && isSilent()) {
      await readMessages() // on a busy machine the answer may be here, unread
      if (question.answer !== undefined) break
      silent = true
      inquiry.call = askedIn ?? currentCall(marks)
      setWanted(marks, true)
      await lookIn(inquiry)
      if (inquiry.samples.length === 0) tellKnown(inquiry, nowMillis() - inquiry.heardMillis)
    }
    tellLasting(inquiry)
    await nap(turn, silent ? POLL_MILLIS : ANSWER_MILLIS)
  }

  const millis = nowMillis() - inquiry.heardMillis
  inquiry.heardMillis += millis
  if (silent) inquiry.silentMillis += millis
  const { answer } = question
  if (!answer || BigInt(answer.beat) !== turn.beat) return undefined
  const { served, progress } = answer
  if (progress !== undefined) inquiry.readings.push({ ...progress, atMillis: inquiry.heardMillis })
  if (!silent) inquiry.answeredMillis += millis
  account(turn)
  const seen = silent ? withoutEntered(answer.frames) : answer.frames
  const glimpse = silent ? inquiry.glimpse : undefined
  const frames = glimpse ?? withoutGuard(mapFrames(seen), inquiry.call ?? askedIn)
  account(turn, WORK_MILLIS)
  const taken = silent && glimpse === undefined ? "after" : "during"
  return { frames, millis, taken, ...(served !== undefined && { served }) }
}

// What a silent thread does not say may stand in its memory. Not while a collection moves things there: then later.
async function lookIn(inquiry: Inquiry): Promise<void> {
  const { turn, readStack, mapFrames, call } = inquiry
  inquiry.glimpse = undefined
  if (readStack === undefined) return
  for (let i = 0; i < GLIMPSES && inquiry.glimpse === undefined && !isOver(turn); i++) {
    if (i > 0) await nap(turn, POLL_MILLIS)
    const frames = readStack()
    if (frames.length > 0) inquiry.glimpse = withoutGuard(mapFrames(frames), call)
    account(turn, WORK_MILLIS)
  }
}

// Counts only what the thread had of the processor: one that is kept off it cannot answer, and is not to blame.
function listenFrom(turn: Turn): () => boolean {
  const askedMillis = nowMillis() - turn.lostMillis
  const ranMillis = activity(turn)?.runMillis ?? 0
  return () => {
    const now = activity(turn)
    if (now?.state === "R") return now.runMillis - ranMillis >= SILENCE_MILLIS
    return nowMillis() - turn.lostMillis - askedMillis >= SILENCE_MILLIS
  }
}

// In short naps, because the end of the block must not be missed.
async function pause(inquiry: Inquiry, millis: number): Promise<void> {
  const until = nowMillis() + millis
  while (!isOver(inquiry.turn) && nowMillis() < until) {
    tellLasting(inquiry)
    await nap(inquiry.turn, PAUSE_MILLIS)
  }
}

function tellKnown(inquiry: Inquiry, silentMillis = 0): void {
  if (inquiry.known) return
  inquiry.known = true
  inquiry.listener.onKnown(describe(inquiry, silentMillis))
  account(inquiry.turn, WORK_MILLIS)
}

function tellLasting(inquiry: Inquiry): void {
  const { turn, known, lastingMillis, listener } = inquiry
  if (!known || lateMillis(turn) - turn.lostMillis < lastingMillis) return
  inquiry.lastingMillis *= 10
  listener.onLasting(describe(inquiry))
}

function describe(inquiry: Inquiry, moreSilentMillis = 0): FoundBlock {
  const { turn, samples, readings, answeredMillis, silentMillis, call: guardedCall, glimpse } = inquiry
  const done = activity(turn)
  const sample = foremost(samples)
  const frames = sample?.frames ?? glimpse ?? []
  const call = guardedCall ?? syncCallIn(frames)
  const millis = Math.max(lateMillis(turn) - turn.lostMillis, ranInTurnMillis(turn))
  const silent = silentMillis + moreSilentMillis
  const findings = findingsOf(readings)
  const cause = causeOf({
    ...findings,
    millis,
    silentMillis: silent,
    answeredMillis,
    call,
    ticking: samples.filter(isTicking).length * 2 >= samples.length,
    activity: done,
  })
  return {
    millis: Math.round(millis),
    startedAt: new Date(Date.now() - (nowMillis() - turn.dueMillis)),
    cause,
    ...(cause === "sync-call" && call !== undefined && { call }),
    stack: formatStack(frames),
    frames,
    stackTaken: sample?.taken ?? (silent > 0 && glimpse === undefined ? "after" : "during"),
    ...sample?.served,
    samples: samples.length,
    stacks: samples.map(({ frames: each, millis: lasted }) => ({ frames: each, millis: lasted })),
    figures: {
      answeredMillis: Math.round(answeredMillis),
      silentMillis: Math.round(silent),
      suspendedMillis: Math.round(turn.lostMillis),
      gcMillis: Math.round(findings.gcMillis),
      callbacks: findings.moves,
      ...(done !== undefined && {
        runMillis: Math.round(done.runMillis),
        queuedMillis: Math.round(done.queuedMillis),
      }),
    },
  }
}

// Node's synchronous functions say so in their names.
function syncCallIn(frames: readonly Frame[]): string | undefined {
  const name = calleeOf(frames)?.name
  return name?.endsWith("Sync") || name === "Atomics.wait" ? name : undefined
}

const isTicking = ({ frames }: Sample): boolean =>
  frames.findLast(({ async }) => !async)?.name === "processTicksAndRejections"
