// The report for programs: one line of JSON for each thing there is to tell. The names are the block's own.

import type { Block, ThreadIdentity } from "./block.ts"
import type { Formatter } from "./formatter.ts"
import { nameOf, type Place } from "./places.ts"

/**
 * One line of the report in JSON. A thread has one block at a time: lines of the same `pid` and `threadId` belong
 * together until one says `over`. Later versions may add members, and do not change these.
 */
export type ReportLine = BlockLine | SummaryLine | TroubleLine

/** Who tells, and when. */
interface LineHead extends ThreadIdentity {
  /** As `Date` writes it in JSON. */
  readonly time: string
  readonly pid: number
}

/** What is known of a block: soon after it has begun, when it lasts, and when it is over. */
export interface BlockLine extends LineHead, Omit<Block, "startedAt" | "frames" | "stacks"> {
  readonly event: "block"
  readonly over: boolean
  readonly startedAt: string
  /** Function and line, or what is known instead: the same for blocks that are counted as one. */
  readonly place: string
  /** How often the place has blocked before, and how long in all; only where it has, in the first line of a block. */
  readonly timesBefore?: number
  readonly totalMillisBefore?: number
}

/** What has blocked since the start, when the process ends. */
export interface SummaryLine extends LineHead {
  readonly event: "summary"
  readonly places: readonly Place[]
}

/** Something about the watchdog itself. */
export interface TroubleLine extends LineHead {
  readonly event: "trouble"
  readonly message: string
}

export function createJsonFormatter(thread: ThreadIdentity, pid: number): Formatter {
  const head = (): LineHead => ({ time: new Date().toJSON(), pid, ...thread })
  const block = (told: Block, over: boolean, before?: Place): string => {
    const { startedAt, frames: _, stacks: __, ...rest } = told
    return write({
      event: "block",
      over,
      ...head(),
      startedAt: startedAt.toJSON(),
      place: nameOf(told),
      ...rest,
      ...(before !== undefined && { timesBefore: before.times, totalMillisBefore: before.totalMillis }),
    })
  }
  return {
    blocked: (told, extent, before) => block(told, extent === "in all", before),
    lasting: (told) => block(told, false),
    free: (told) => block(told, true),
    starved: (told) => block(told, true),
    summary: (places) => write({ event: "summary", ...head(), places }),
    trouble: (message) => write({ event: "trouble", ...head(), message }),
  }
}

// JSON has no raw control characters: nothing in a line can end it, or drive a terminal.
const write = (line: ReportLine): string => `${JSON.stringify(line)}\n`
