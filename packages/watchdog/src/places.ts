// The places that block, and how often: one entry a place, however often it blocks.

import { type Block, isOwn } from "./block.ts"
import { placeOf } from "./format-stack.ts"

/** All blocks at one place. */
export interface Place {
  /** Function and position, as in a stack; or what is known instead. */
  readonly name: string
  readonly times: number
  readonly totalMillis: number
  readonly worstMillis: number
}

/** So many are kept apart; what comes later is counted as one. */
const MAX_PLACES = 500
const ELSEWHERE = "elsewhere"

/** A list of places, empty at first. */
export interface PlaceList {
  add: (block: Block) => void
  /** What was added before at the block's place. */
  find: (block: Block) => Place | undefined
  /** The one that blocked longest in all comes first. */
  all: () => readonly Place[]
}

export function createPlaceList(): PlaceList {
  const places = new Map<string, Place>()
  return {
    add: (block) => {
      const known = nameOf(block)
      const name = places.has(known) || places.size < MAX_PLACES ? known : ELSEWHERE
      const { times = 0, totalMillis = 0, worstMillis = 0 } = places.get(name) ?? {}
      places.set(name, {
        name,
        times: times + 1,
        totalMillis: totalMillis + block.millis,
        worstMillis: Math.max(worstMillis, block.millis),
      })
    },
    find: (block) => places.get(nameOf(block)),
    all: () => [...places.values()].toSorted((a, b) => b.totalMillis - a.totalMillis),
  }
}

/** The place as text: the same for blocks in the same function at the same line. */
export function nameOf({ frames, call, cause }: Block): string {
  const frame = frames.find((each) => isOwn(each) && !each.async)
  if (frame !== undefined) {
    const { column: _, ...line } = frame
    return `${frame.name} (${placeOf(line)})`
  }
  return cause === "starved" ? "no processor for this process" : (call ?? "place unknown")
}
