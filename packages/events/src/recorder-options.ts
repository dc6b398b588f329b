// What a recorder can be told, and what it tells of itself.

import { checkLimits } from "./check-limits.ts"

/** Options of `createRecorder`. */
export interface RecorderOptions {
  /** What stands with every event as its service. Default: `npm_package_name`, or else an empty text. */
  readonly service?: string
  /** Default: this machine's name. */
  readonly host?: string
  /**
   * The W3C trace id (32 hexadecimal digits) of what is being done, asked for at every event. With OpenTelemetry:
   * `() => trace.getActiveSpan()?.spanContext().traceId`. Anything that is none is left out.
   */
  readonly traceId?: () => string | undefined
  /** A batch is handed to the sink once it has so many bytes. Default 64 KiB. */
  readonly batchBytes?: number
  /** And at the latest so long after its first event. Default 100. */
  readonly batchMillis?: number
  /** How many bytes may wait for the sink. Default 16 MiB. */
  readonly maxPendingBytes?: number
  /**
   * What becomes of events that the sink cannot keep up with. `"block"` (the default): from half of
   * `maxPendingBytes` on, `record` returns `false`, and `room()` is to be waited for. `"drop"`: nobody is asked to
   * wait. With either, what comes while `maxPendingBytes` wait is dropped, and counted: nothing can stop those who do
   * not wait.
   */
  readonly whenFull?: "block" | "drop"
  /**
   * Called with what the sink failed with, for each batch; its events are lost, and counted. Default: one
   * warning of the process.
   */
  readonly onError?: (error: unknown) => void
}

/** What became of the events of a recorder, so far. */
export interface RecorderStats {
  readonly recorded: number
  /** What the sink has acknowledged. */
  readonly acknowledged: number
  /** What was not taken, as too much was waiting. */
  readonly dropped: number
  /** What the sink failed to store. */
  readonly failed: number
  /** Bytes that wait. */
  readonly pendingBytes: number
}

/** The limits of a recorder. */
export type Limits = Required<Pick<RecorderOptions, "batchBytes" | "batchMillis" | "maxPendingBytes">>

/** Fills in the limits that were not given. Throws a `TypeError` for one that is none. */
export function limitsOf(options: RecorderOptions): Limits {
  const { batchBytes = 64 * 1024, batchMillis = 100, maxPendingBytes = 16 * 1024 * 1024 } = options
  const limits = { batchBytes, batchMillis, maxPendingBytes }
  checkLimits(limits)
  return limits
}

/** One warning, so that a full disk is noticed and does not fill the log too. */
export function warnOnce(): (error: unknown) => void {
  let hasWarned = false
  return (error) => {
    if (hasWarned) return
    hasWarned = true
    process.emitWarning(`Events are lost, as their sink failed: ${String(error)}`, "EventsWarning")
  }
}
