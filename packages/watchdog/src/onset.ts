// When the turn that goes on now began, told from two looks: one that saw the loop idle, and one that does not. So a
// block that begins in between is as long, to the monitor, as it is, and few looks are enough.

import { AWAKE, type Tripping, UNSET } from "./heartbeat.ts"
import type { ThreadTimes } from "./thread-times.ts"

/** What one look saw, read in this order. */
export interface Sight {
  readonly beat: bigint
  /** When the loop last turned, as far as it has marked that. */
  readonly turnedMillis: number
  readonly tripwire: Tripping
  readonly atMillis: number
  readonly times: ThreadTimes
}

/** How the turn that goes on now began. */
export interface Onset {
  readonly beat: bigint
  /** Not before the turn began: so the block is at least as long. */
  readonly dueMillis: number
  /** The thread's times at that moment. */
  readonly before: ThreadTimes
}

/** Undefined if that cannot be told for sure. `idle` saw the loop idle, `now` does not. */
export function onsetOf(idle: Sight, now: Sight): Onset | undefined {
  if (idle.tripwire === UNSET || now.tripwire === UNSET) return undefined
  const { beat, turnedMillis, atMillis, times } = now
  const wasAwake = now.tripwire === AWAKE
  // it has turned, and may have slept after that, before it went into the turn that goes on
  if (!wasAwake && turnedMillis !== idle.turnedMillis) return undefined

  const ranMillis = times.runMillis - idle.times.runMillis
  const queuedMillis = times.queueMillis - idle.times.queueMillis
  // not what it slept in a call: the process may have been stopped instead
  const agoMillis = wasAwake ? Math.min(atMillis - turnedMillis, ranMillis + queuedMillis) : ranMillis
  const ranSinceMillis = Math.min(agoMillis, ranMillis)
  const before = {
    runMillis: times.runMillis - ranSinceMillis,
    queueMillis: times.queueMillis - (agoMillis - ranSinceMillis), // it cannot have run and waited at once
  }
  return { beat, dueMillis: atMillis - agoMillis, before }
}
