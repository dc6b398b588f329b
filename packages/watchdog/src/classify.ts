// Who is to blame, decided from figures alone. The rule above all: never blame code for what the machine did.

import type { BlockCause } from "./block.ts"
import type { Findings } from "./progress.ts"
import { isHalted, type ThreadState } from "./thread-times.ts"

/** What the kernel says the watched thread did since its last sign of life. */
export interface ThreadActivity {
  readonly runMillis: number
  readonly queuedMillis: number
  readonly state: ThreadState
}

/** What a thread that runs without a pause has run at least of that time: the kernel adds it up every few ms. */
const RUNS_ON = 0.8

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
  // The kernel adds a wait in the run queue only once it ends. A thread that is runnable and yet did not run all the
  // time may be in the middle of such a wait: it answers for what it ran and for nothing else.
  if (state === "R" && runMillis < served * RUNS_ON) return runMillis
  return Math.max(served, Math.min(runMillis, lateMillis))
}

/** What following a block has shown. */
export interface Evidence extends Findings {
  readonly millis: number
  /** How much of the block the thread answered probes in, and in how much it stayed silent. */
  readonly answeredMillis: number
  readonly silentMillis: number
  /** The synchronous call the thread was in, as far as known. */
  readonly call: string | undefined
  /** Whether what ran was called from the queue of `process.nextTick`. */
  readonly ticking: boolean
  readonly activity?: ThreadActivity | undefined
}

/** So many looks have to see a queue move before it counts as one that never runs empty. */
const MIN_MOVES = 2

/** Names the cause of a block that code answers for. */
export function causeOf(evidence: Evidence): BlockCause {
  const { millis, answeredMillis, silentMillis, gcMillis, call, activity } = evidence
  if (answeredMillis + silentMillis === 0) return "unknown"
  const native = call === undefined ? "native" : "sync-call"
  if (isCollecting(evidence)) return call === undefined ? "gc" : native
  // a thread that collects cannot answer either
  if (silentMillis - gcMillis > answeredMillis) return native
  // It answers, but between the answers it hardly ran: Atomics.wait, or a loop of calls that wait.
  if (call === "Atomics.wait") return native
  if (activity !== undefined && activity.runMillis * 4 < millis - activity.queuedMillis) return native
  return queueOf(evidence) ?? "cpu"
}

// Half of the time that was looked at, which has to be half of the block.
const isCollecting = ({ gcMillis, readMillis, millis }: Evidence): boolean =>
  gcMillis > 0 && gcMillis * 2 >= Math.max(readMillis, millis / 2)

// Which queue it is that does not run empty, if one does not.
function queueOf({ moves, newCallbacks, steps, ticking }: Evidence): BlockCause | undefined {
  if (moves < MIN_MOVES || moves * 2 < steps) return undefined
  return newCallbacks * 2 < steps || ticking ? "microtasks" : "callbacks"
}
