// What the watchdog reports: one block of the event loop.

/** One stretch of time in which the event loop did not turn. */
export interface Block {
  /**
   * How long the loop was late, in milliseconds, without the time in which the whole process stood still.
   * A lower bound: the block may have begun up to 10 ms earlier, after half a second of idleness up to 30 ms.
   */
  readonly millis: number
  /** When the block began, as exactly as `millis`. */
  readonly startedAt: Date
  /** What kept the thread from turning the loop. */
  readonly cause: BlockCause
  /** The stack most of the block was spent in, as lines of `Error.stack`; empty if none could be taken. */
  readonly stack: string
  /** The same stack as data, innermost frame first, at the positions of the original sources. */
  readonly frames: readonly Frame[]
  /**
   * `"during"`: the stack was taken while it blocked, the line is exact. `"after"`: a native call could not be
   * interrupted, the stack is from the moment it returned, and the call is at its first line or just before.
   */
  readonly stackTaken: "during" | "after"
  /** The Avro RPC message being served, as `namespace.Protocol.message`. */
  readonly request?: string
  /** How many stacks were taken, all in all. */
  readonly samples: number
  /** Linux only: how much of `millis` the thread stood in line for a processor. */
  readonly queuedMillis?: number
}

/**
 * - `"cpu"`: JavaScript, or a builtin it called (a regular expression, `JSON.stringify`), kept running.
 * - `"native"`: the thread was inside a call that JavaScript cannot leave: synchronous file system, child process
 *   or cryptography, `JSON.parse`, garbage collection, `Atomics.wait`.
 * - `"starved"`: the machine gave the thread no processor. Not the code's fault; there is no stack.
 * - `"unknown"`: the block ended before anything could be learnt about it.
 */
export type BlockCause = "cpu" | "native" | "starved" | "unknown"

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

/** Whether the frame is in a file of the application, as opposed to Node or the language itself. */
export const isOwn = (frame: Frame): boolean => frame.file !== undefined && !frame.file.startsWith("node:")
