// Who is to blame, decided from figures alone. The rule above all: never blame code for what the machine did.

import type { BlockCause } from "./block.ts"
import { isHalted, type ThreadState } from "./thread-times.ts"

/** What the kernel says the watched thread did since its last sign of life. */
export interface ThreadActivity {
  readonly runMillis: number
  readonly queuedMillis: number
  readonly state: ThreadState
}

/**
 * How much of a thread's lateness its code answers for. `lostMillis` is how much the monitor was late itself:
 * then the whole process stood still (SIGSTOP, a paused virtual machine, a frozen container).
 */
export function blamedMillis(lateMillis: number, lostMillis: number, activity?: ThreadActivity): number {
  const late = lateMillis - lostMillis
  if (activity === undefined) return late
  const { runMillis, queuedMillis, state } = activity
  if (isHalted(state)) return 0
  const served = late - queuedMillis
  // The kernel adds a wait in the run queue only once it ends. A thread that is runnable and yet hardly ran
  // may be in the middle of such a wait: it answers for what it ran and for nothing else.
  if (state === "R" && runMillis * 2 < served) return runMillis
  return Math.max(served, Math.min(runMillis, lateMillis))
}

/** What following a block has shown. */
export interface Evidence {
  readonly millis: number
  /** How much of the block the thread answered probes in, and in how much it stayed silent. */
  readonly answeredMillis: number
  readonly silentMillis: number
  /** The innermost frame, when it is a builtin that sleeps: it answers, although no JavaScript runs. */
  readonly asleep: boolean
  readonly activity?: ThreadActivity | undefined
}

/** Names the cause of a block that code answers for. */
export function causeOf({ millis, answeredMillis, silentMillis, asleep, activity }: Evidence): BlockCause {
  if (answeredMillis + silentMillis === 0) return "unknown"
  if (silentMillis > answeredMillis || asleep) return "native"
  // It answers, but between the answers it hardly ran: a loop of calls that wait, such as many small reads.
  if (activity !== undefined && activity.runMillis * 4 < millis - activity.queuedMillis) return "native"
  return "cpu"
}
