// One turn of the watched loop as the monitor sees it: from the moment it asks for a beat until that comes. The
// monitor keeps account of its own time in it: time in which not even the monitor ran is lost to the whole
// process, and nobody's fault.

import { setTimeout as sleep } from "node:timers/promises"
import { blamedMillis, type ThreadActivity } from "./classify.ts"
import { finalTurn, type Heartbeat, isStopped, lastBeat, nowMillis, rest, toMillis } from "./heartbeat.ts"
import type { Onset } from "./onset.ts"
import { isHalted, type KernelView, type ThreadTimes } from "./thread-times.ts"

/** A timer that fires this late is an ordinary timer. */
export const SLACK_MILLIS = 4

export interface Turn {
  readonly heartbeat: Heartbeat
  readonly kernel: KernelView
  /** The last beat before the one that was asked for. */
  readonly beat: bigint
  /** When the turn began or the next beat was asked for, on the heartbeat's clock: from then on the loop is late. */
  readonly dueMillis: number
  readonly before: ThreadTimes | undefined
  /** When the monitor was last seen running. */
  seenMillis: number
  /** How long the monitor did not run although it should have: the whole process stood still. */
  lostMillis: number
}

/**
 * Begins a turn, at its onset if that is known, else now. `times` are the thread's, if they have just been read. The beat
 * is to be asked for only now, or it might come before it is waited for.
 */
export function beginTurn(
  heartbeat: Heartbeat,
  kernel: KernelView,
  onset?: Onset,
  times: ThreadTimes | undefined = kernel.times(),
): Turn {
  const beat = onset?.beat ?? lastBeat(heartbeat)
  const before = onset?.before ?? times
  const seenMillis = nowMillis()
  return {
    heartbeat,
    kernel,
    beat,
    dueMillis: onset?.dueMillis ?? seenMillis,
    before,
    seenMillis,
    lostMillis: 0,
  }
}

/** Whether the next beat has come, or none is to come. */
export const isOver = (turn: Turn): boolean => hasTurned(turn) || isStopped(turn.heartbeat)

/** Whether the next beat has come, or the loop has turned for the last time. */
export const hasTurned = (turn: Turn): boolean => endOf(turn) !== undefined

/** Whether the loop turned for the last time before the next beat came. */
export const isFinal = ({ heartbeat, beat }: Turn): boolean =>
  lastBeat(heartbeat) === beat && finalTurn(heartbeat) !== undefined

function endOf({ heartbeat, beat }: Turn): bigint | undefined {
  const last = lastBeat(heartbeat)
  return last === beat ? finalTurn(heartbeat) : last
}

/**
 * How late the next beat is, or was when it came. The account is taken in between: after the beat is read, so
 * that a stop of the process that ended with this beat is booked as lost before anyone is blamed for it, and
 * before the clock is, so that one that still goes on is too.
 */
export function lateMillis(turn: Turn): number {
  const end = endOf(turn)
  account(turn)
  return (end === undefined ? turn.seenMillis : toMillis(end)) - turn.dueMillis
}

/**
 * How long the thread has run in this turn, for sure: what it ran since the end of it may be of other turns, but after
 * its final one it waits. 0 where the kernel does not tell.
 */
export function ranInTurnMillis(turn: Turn): number {
  const runMillis = activity(turn)?.runMillis ?? 0
  const end = isFinal(turn) ? undefined : endOf(turn)
  const sinceMillis = end === undefined ? 0 : nowMillis() - toMillis(end)
  return Math.max(0, Math.min(runMillis - sinceMillis, lateMillis(turn)))
}

/** How much is missing to a block of this length; 0 or less when it is one. */
export const missingMillis = (turn: Turn, thresholdMillis: number): number =>
  thresholdMillis - Math.min(lateMillis(turn), blamed(turn))

// How much of the lateness is the code's.
const blamed = (turn: Turn): number => blamedMillis(lateMillis(turn), turn.lostMillis, activity(turn))

/** What the thread did since the turn began; undefined where the kernel does not tell. */
export function activity({ kernel, before }: Turn): ThreadActivity | undefined {
  const now = kernel.times()
  const state = kernel.state()
  if (before === undefined || now === undefined || state === undefined) return undefined
  return {
    runMillis: now.runMillis - before.runMillis,
    queuedMillis: now.queueMillis - before.queueMillis,
    state,
  }
}

/** Takes account of the time since the last account, of which the monitor has used `usedMillis` itself. */
export function account(turn: Turn, usedMillis = 0): void {
  const now = nowMillis()
  const gap = now - turn.seenMillis - usedMillis
  if (gap > SLACK_MILLIS) turn.lostMillis += gap
  turn.seenMillis = now
}

/** Waits for events of the monitor's own loop, and books the oversleeping as lost. */
export async function nap(turn: Turn, millis: number): Promise<void> {
  account(turn)
  await sleep(Math.max(1, millis))
  // a monitor in another process goes on when this one is stopped
  account(turn, isHalted(turn.kernel.state()) ? 0 : Math.max(1, millis))
}

/** The same without looking at events, which is cheaper. */
export function doze(turn: Turn, millis: number): void {
  account(turn)
  rest(turn.heartbeat, Math.max(1, millis))
  account(turn, Math.max(1, millis))
}
