// Whether the watched loop is idle, seen from outside it. A loop without work sits in epoll_wait on its own
// descriptor, and the kernel tells which call a thread sits in: so an idle loop need not be asked, nor woken.
// Where the kernel does not tell, no loop ever looks idle, and it is asked every time.
//
// The descriptor matters: execSync waits in epoll_wait, too, on a loop of its own. Which one is the watched loop's is
// learnt from experience: a loop that answers a question at once, out of this call, was waiting for questions. But
// execSync may just have ended then; so only descriptors are learnt that were there before any such call.

import { type Heartbeat, lastBeat, lastTurnMillis, nowMillis, tripwire } from "./heartbeat.ts"
import { type Onset, onsetOf, type Sight } from "./onset.ts"
import { descriptorIn, type KernelView, type SystemCall, type ThreadTimes, timesIn } from "./thread-times.ts"

/** What the monitor knows of the watched loop's idleness. */
export interface Idleness {
  /** Whether the loop waits for work now. */
  isIdle: () => boolean
  /** How long the thread has not run at all, counted in looks. */
  quietLooks: () => number
  /** What the last `isIdle()` saw of the thread's times; undefined where it did not look, or saw nothing. */
  times: () => ThreadTimes | undefined
  /** The call the thread sits in, if that looks like waiting for events and is still to be learnt; else undefined. */
  waitsIn: () => SystemCall | undefined
  /**
   * When the turn began that was found by the last `isIdle()`; undefined if unknown, or if the last look that saw it
   * idle is longer ago than this: then the process may have stood still in between.
   */
  onset: (maxGapMillis: number) => Onset | undefined
  /** Is told that a question was answered at once by a thread that sat in this call. */
  learn: (call: SystemCall) => void
}

/** One coincidence (a call that ended as the question came) must not teach anything. */
const LESSONS = 3

/** `eventPolls` are the descriptors on which loops waited when the watched thread was in no call. */
export function createIdleness(
  kernel: KernelView,
  heartbeat: Heartbeat,
  eventPolls: readonly number[],
): Idleness {
  const lessons = new Map<SystemCall, number>()
  let waiting: SystemCall | undefined
  let idleTrace: string | undefined
  let idle: Sight | undefined
  let idleMillis = 0
  let last: Sight | undefined
  let quietLooks = 0

  return {
    isIdle: () => {
      if (waiting === undefined) return false
      const sight = beginSight(heartbeat)
      const trace = kernel.trace()
      if (trace !== "" && trace === idleTrace) {
        quietLooks++
        idleMillis = sight.atMillis
        return true // it has not run since, so it is where it was
      }
      quietLooks = 0
      const isIdle = kernel.systemCall() === waiting
      idleTrace = isIdle ? trace : undefined
      last = trace === "" ? undefined : { ...sight, times: timesIn(trace) }
      if (isIdle) idle = last
      if (isIdle) idleMillis = nowMillis()
      return isIdle
    },
    onset: (maxGapMillis) => {
      if (idle === undefined || last === undefined) return undefined
      return last.atMillis - idleMillis > maxGapMillis ? undefined : onsetOf(idle, last)
    },
    quietLooks: () => quietLooks,
    times: () => last?.times,
    waitsIn: () => {
      const call = waiting === undefined ? kernel.systemCall() : undefined
      return call !== undefined && eventPolls.includes(descriptorIn(call)) ? call : undefined
    },
    learn: (call) => {
      if (waiting !== undefined) return
      const learnt = (lessons.get(call) ?? 0) + 1
      lessons.set(call, learnt)
      if (learnt >= LESSONS) waiting = call
    },
  }
}

function beginSight(heartbeat: Heartbeat): Omit<Sight, "times"> {
  const beat = lastBeat(heartbeat)
  const turnedMillis = lastTurnMillis(heartbeat)
  return { beat, turnedMillis, tripwire: tripwire(heartbeat), atMillis: nowMillis() }
}
