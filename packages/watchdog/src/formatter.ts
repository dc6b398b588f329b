// What a monitor says, as text: the same occasions for people and for programs.

import type { Block, ThreadIdentity } from "./block.ts"
import { createJsonFormatter } from "./format-json.ts"
import { createPrettyFormatter } from "./format-report.ts"
import type { Place } from "./places.ts"
import type { ReportStyle } from "./report-style.ts"

/** Makes text, with the ends of its lines, of what there is to tell. */
export interface Formatter {
  /**
   * A block that goes on (`"so far"`), or that ended before it could be told of (`"in all"`). `before` says how often
   * the place has blocked before.
   */
  blocked: (block: Block, extent: "so far" | "in all", before?: Place) => string
  /** A block that was told of, and goes on and on. */
  lasting: (block: Block) => string
  /** The end of a block that was told of before, and what has been learnt of it since. */
  free: (block: Block, told: Block) => string
  /** A loop that was late because the machine was busy elsewhere. */
  starved: (block: Block) => string
  /** All places that blocked, for the end. */
  summary: (places: readonly Place[]) => string
  /** A sentence about the watchdog itself. */
  trouble: (sentence: string) => string
}

/** The formatter of the reports about one thread. */
export const createFormatter = (
  style: ReportStyle,
  thread: ThreadIdentity,
  pid: number = process.pid,
): Formatter =>
  style.form === "json" ? createJsonFormatter(thread, pid) : createPrettyFormatter(style, thread)
