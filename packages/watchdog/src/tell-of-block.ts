// Tells of what a monitor has found: in words while it goes on, as a value once it is over.

import { type Admit, REPORTS_PER_MINUTE } from "./admission.ts"
import type { Block, ThreadIdentity } from "./block.ts"
import { followBlock, type Listener } from "./follow-block.ts"
import type { Formatter } from "./formatter.ts"
import type { CallMarks } from "./guard/call-marks.ts"
import type { StackReader } from "./native-stack/stack-reader.ts"
import type { PlaceList } from "./places.ts"
import type { FrameMapper } from "./source-maps.ts"
import { activity, hasTurned, lateMillis, type Turn } from "./turn.ts"
import type { WatchedThread } from "./watched-thread.ts"

/** Where a monitor tells. */
export interface Outlet {
  readonly mapFrames: FrameMapper
  /** Where synchronous calls are guarded. */
  readonly marks?: CallMarks | undefined
  /** Where stacks are read out of memory. */
  readonly readStack?: StackReader | undefined
  readonly format: Formatter
  /** The thread that is told of. */
  watched: () => ThreadIdentity
  /** Which blocks are told of in words. */
  readonly admit: Admit
  /** What has been told of before. */
  readonly places: PlaceList
  /** Gets the words. */
  write: (text: string) => void
  /** Gets each block once it is over, or is watched no more. */
  publish: (block: Block) => void
}

/** Tells of the block that `turn` is late with, until it is over. `thread` is undefined where nothing can be asked. */
export async function tellOfBlock(
  turn: Turn,
  thread: WatchedThread | undefined,
  outlet: Outlet,
): Promise<void> {
  const { mapFrames, marks, readStack, watched, format, write } = outlet
  let told: Block | undefined
  const listener: Listener = {
    onKnown: (known) => {
      const soFar = { ...watched(), ...known }
      if (tellIfAdmitted(soFar, "so far", outlet)) told = soFar
    },
    onLasting: (soFar) => write(format.lasting({ ...watched(), ...soFar })),
  }
  const found = await followBlock(turn, thread, marks, mapFrames, listener, readStack)
  const block = { ...watched(), ...found }
  if (told === undefined) tellIfAdmitted(block, "in all", outlet)
  else if (hasTurned(turn)) write(format.free(block, told))
  else write(format.lasting(block))
  outlet.places.add(block)
  outlet.publish(block)
}

function tellIfAdmitted(block: Block, extent: "so far" | "in all", outlet: Outlet): boolean {
  const { admit, places, format, write } = outlet
  const admission = admit(block)
  if (admission === "yes") write(format.blocked(block, extent, places.find(block)))
  if (admission === "over budget") write(format.trouble(OVER_BUDGET))
  return admission === "yes"
}

const OVER_BUDGET = `more than ${REPORTS_PER_MINUTE} places have blocked the event loop within a minute; for the rest of it no more are reported`

/**
 * Tells of a turn that was late because the machine was busy elsewhere. Only where the kernel's figures prove it,
 * and only once the turn is over: a wait for a processor is counted when it ends.
 */
export function tellOfStarvation(
  turn: Turn,
  thresholdMillis: number,
  { format, watched, admit, places, write, publish }: Outlet,
): void {
  const millis = lateMillis(turn) - turn.lostMillis
  const { runMillis, queuedMillis } = activity(turn) ?? { runMillis: 0, queuedMillis: 0 }
  if (millis < thresholdMillis || queuedMillis < millis / 2) return
  const block: Block = {
    ...watched(),
    millis: Math.round(millis),
    startedAt: new Date(Date.now() - millis),
    cause: "starved",
    stack: "",
    frames: [],
    stackTaken: "after",
    samples: 0,
    stacks: [],
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
  if (admit(block) === "yes") write(format.starved(block))
  places.add(block)
  publish(block)
}
