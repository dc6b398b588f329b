// What the watchdog reports: one block of the event loop.

import type { Served } from "./served.ts"

/** Which thread of the process a report is about. */
export interface ThreadIdentity {
  /** As `worker_threads` counts: 0 is the main thread. */
  readonly threadId: number
  /** The name a worker was given, where it was. */
  readonly threadName?: string
}

/** One stretch of time in which the event loop did not turn. */
export interface Block extends Served, ThreadIdentity {
  /**
   * How long the loop was late, in milliseconds, without the time in which the whole process stood still.
   * A lower bound: the block may have begun up to 10 ms earlier, after half a second of idleness up to 30 ms.
   */
  readonly millis: number
  /** When the block began, as exactly as `millis`. */
  readonly startedAt: Date
  /** What kept the thread from turning the loop. */
  readonly cause: BlockCause
  /** The synchronous call that held the thread, such as `fs.readFileSync`; with the cause `"sync-call"` only. */
  readonly call?: string
  /** The stack most of the block was spent in, as lines of `Error.stack`; empty if none could be taken. */
  readonly stack: string
  /** The same stack as data, innermost frame first, at the positions of the original sources. */
  readonly frames: readonly Frame[]
  /**
   * `"during"`: the stack was taken while it blocked, the line is exact. `"after"`: a native call could not be
   * interrupted, the stack is from the moment it returned, and the call is at its first line or just before.
   */
  readonly stackTaken: "during" | "after"
  /** How many stacks were taken, all in all. */
  readonly samples: number
  /** All of them, in the order in which they were taken; `toFoldedStacks` and `toCpuProfile` make graphs of them. */
  readonly stacks: readonly BlockStack[]
  /** What the cause was concluded from. */
  readonly figures: BlockFigures
}

/** One of the stacks of a block. */
export interface BlockStack {
  /** Innermost first, at the positions of the original sources. */
  readonly frames: readonly Frame[]
  /** The time since the stack before: how long the thread was, as far as is known, in this place. */
  readonly millis: number
}

/** The figures of a block. */
export interface BlockFigures {
  /** For how long the thread answered when asked where it is, and for how long it could not. */
  readonly answeredMillis: number
  readonly silentMillis: number
  /** How long the whole process stood still; no part of the block's `millis`. */
  readonly suspendedMillis: number
  /** Garbage collection, from the first answer to the last. */
  readonly gcMillis: number
  /** How often, from one answer to the next, other callbacks or microtasks had begun. */
  readonly callbacks: number
  /** Linux only: how long the thread had a processor, and how long it stood in line for one. */
  readonly runMillis?: number
  readonly queuedMillis?: number
}

/**
 * - `"cpu"`: JavaScript, or a builtin it called (a regular expression, `JSON.stringify`), kept running.
 * - `"microtasks"`: no single function took long, but the queue of microtasks or of `process.nextTick` did not run
 *   empty.
 * - `"callbacks"`: the same with the timers or events of one turn.
 * - `"gc"`: at least half of the time went to garbage collection.
 * - `"sync-call"`: a synchronous call that is known by its name: `call` says which.
 * - `"native"`: the thread was inside native code that cannot be interrupted, and that nothing gave a name:
 *   `JSON.parse`, an add-on, a call that left no trace.
 * - `"starved"`: the machine gave the thread no processor. Not the code's fault; there is no stack.
 * - `"unknown"`: the block ended before anything could be learnt about it.
 */
export type BlockCause =
  | "cpu"
  | "microtasks"
  | "callbacks"
  | "gc"
  | "sync-call"
  | "native"
  | "starved"
  | "unknown"

/** One line of a stack. */
export interface Frame {
  /** The function, with its class or builtin object (`Parser.read`, `RegExp.test`), or `<anonymous>`. */
  readonly name: string
  /** An absolute path, or `node:…`; absent for a builtin of the language. */
  readonly file?: string
  readonly line?: number
  readonly column?: number
  /** Whether this frame awaits the one above it. */
  readonly async: boolean
}

/** The function of Node or of the language that the innermost frame of the application has called. */
export function calleeOf(frames: readonly Frame[]): Frame | undefined {
  const index = frames.findIndex(isOwn)
  return index > 0 ? frames[index - 1] : undefined
}

/** Whether the frame is in a file of the application, as opposed to Node or the language itself. */
export const isOwn = (frame: Frame): boolean => frame.file !== undefined && !frame.file.startsWith("node:")
