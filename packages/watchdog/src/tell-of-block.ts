// Tells of what a monitor has found: in words while it goes on, as a value once it is over.

import type { Block } from "./block.ts"
import { followBlock } from "./follow-block.ts"
import { formatBlocked, formatFree, formatLasting, formatStarved, type ReportStyle } from "./format-report.ts"
import type { CallMarks } from "./guard/call-marks.ts"
import type { MainThread } from "./main-thread.ts"
import type { FrameMapper } from "./source-maps.ts"
import { activity, hasTurned, lateMillis, type Turn } from "./turn.ts"

/** Where a monitor tells. */
export interface Outlet {
  readonly mapFrames: FrameMapper
  /** Where synchronous calls are guarded. */
  readonly marks?: CallMarks | undefined
  readonly style: ReportStyle
  /** Gets the words. */
  write: (text: string) => void
  /** Gets each block once it is over, or is watched no more. */
  publish: (block: Block) => void
}

/** Tells of the block that `turn` is late with, until it is over. `thread` is undefined where nothing can be asked. */
export async function tellOfBlock(turn: Turn, thread: MainThread | undefined, outlet: Outlet): Promise<void> {
  const { mapFrames, marks, style, write, publish } = outlet
  let known: Block | undefined
  const block = await followBlock(turn, thread, marks, mapFrames, {
    onKnown: (soFar) => {
      known = soFar
      write(formatBlocked(soFar, "so far", style))
    },
    onLasting: (soFar) => write(formatLasting(soFar, style)),
  })
  if (!hasTurned(turn)) write(formatLasting(block, style))
  else if (known === undefined) write(formatBlocked(block, "in all", style))
  else write(formatFree(block, known, style))
  publish(block)
}

/**
 * Tells of a turn that was late because the machine was busy elsewhere. Only where the kernel's figures prove it,
 * and only once the turn is over: a wait for a processor is counted when it ends.
 */
export function tellOfStarvation(
  turn: Turn,
  thresholdMillis: number,
  { style, write, publish }: Outlet,
): void {
  const millis = lateMillis(turn) - turn.lostMillis
  const { runMillis, queuedMillis } = activity(turn) ?? { runMillis: 0, queuedMillis: 0 }
  if (millis < thresholdMillis || queuedMillis < millis / 2) return
  const block: Block = {
    millis: Math.round(millis),
    startedAt: new Date(Date.now() - millis),
    cause: "starved",
    stack: "",
    frames: [],
    stackTaken: "after",
    samples: 0,
    figures: {
      answeredMillis: 0,
      silentMillis: 0,
      suspendedMillis: Math.round(turn.lostMillis),
      gcMillis: 0,
      callbacks: 0,
      runMillis: Math.round(runMillis),
      queuedMillis: Math.round(queuedMillis),
    },
  }
  write(formatStarved(block, style))
  publish(block)
}
