// The stacks taken during one block, and which of them speaks for it.

import { type Frame, isOwn } from "./block.ts"
import type { Served } from "./served.ts"

/** One stack, and how much of the block it stands for. */
export interface Sample {
  readonly frames: readonly Frame[]
  readonly served?: Served
  /** The time since the sample before: how long the thread was, as far as is known, in this place. */
  readonly millis: number
  readonly taken: "during" | "after"
}

/** Whether a stack says where in the application the thread was. */
export const isTelling = ({ frames }: Sample): boolean => frames.some((frame) => isOwn(frame) && !frame.async)

/** The sample that speaks for the block: the first at the commonest line of the function most time went to. */
export function foremost(samples: readonly Sample[]): Sample | undefined {
  const telling = samples.filter(isTelling)
  // by function first: the samples of one loop are spread over its lines
  const inFunction = heaviest(telling.length > 0 ? telling : samples, functionOf)
  return heaviest(inFunction, lineOf)[0]
}

// The samples of the group that stands for most of the time.
function heaviest(samples: readonly Sample[], keyOf: (sample: Sample) => string): readonly Sample[] {
  const groups = new Map<string, { samples: Sample[]; millis: number }>()
  for (const sample of samples) {
    const key = keyOf(sample)
    const group = groups.get(key) ?? { samples: [], millis: 0 }
    group.samples.push(sample)
    group.millis += sample.millis
    groups.set(key, group)
  }
  return [...groups.values()].toSorted((a, b) => b.millis - a.millis)[0]?.samples ?? []
}

function functionOf({ frames }: Sample): string {
  const frame = frames.find(isOwn) ?? frames[0]
  return `${frame?.name} ${frame?.file}`
}

function lineOf({ frames }: Sample): string {
  const index = Math.max(0, frames.findIndex(isOwn))
  return `${frames[index]?.line} ${frames[index - 1]?.name}`
}
