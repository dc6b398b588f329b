// What a recorder can be told, and what it tells of itself.

import { hostname } from "node:os"
import { checkIntegers, checkOneOf, checkTexts, MAX_TIMER_MILLIS } from "./check-options.ts"
import type { Origin } from "./envelope.ts"
import { warn } from "./warn.ts"

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
  /**
   * How many bytes may wait for the sink. From half of them on, a sink that has nothing to do gets all there is, however
   * small the batches. Default 16 MiB.
   */
  readonly maxPendingBytes?: number
  /**
   * What becomes of events that the sink cannot keep up with. `"block"` (the default): from half of
   * `maxPendingBytes` on, `record` returns `false`, and `room()` is to be waited for. `"drop"`: nobody is asked to
   * wait. With either, what comes while `maxPendingBytes` wait is dropped, and counted: nothing can stop those who do
   * not wait. With `"block"` the first of them is a warning of the process.
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

/** Fills in the limits that were not given. Throws a `TypeError` for an option that is none. */
export function limitsOf(options: RecorderOptions): Limits {
  const { batchBytes = 64 * 1024, batchMillis = 100, maxPendingBytes = 16 * 1024 * 1024, whenFull } = options
  checkIntegers({ batchBytes, maxPendingBytes })
  checkIntegers({ batchMillis }, MAX_TIMER_MILLIS)
  checkOneOf({ whenFull }, ["block", "drop"])
  return { batchBytes, batchMillis, maxPendingBytes }
}

/** Who records. Throws a `TypeError` for a name that is no text. */
export function originOf(options: RecorderOptions): Origin {
  const { service = process.env["npm_package_name"] ?? "", host = hostname() } = options
  checkTexts({ service, host })
  return { host, pid: process.pid, service }
}

/** One warning, so that a full disk is noticed and does not fill the log too. */
export function warnOnce(tell: (message: string) => void = warn): (error: unknown) => void {
  let hasWarned = false
  return (error) => {
    if (hasWarned) return
    hasWarned = true
    tell(`Events are lost, as their sink failed: ${String(error)}`)
  }
}
