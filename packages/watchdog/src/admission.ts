// Which blocks are reported in words: each place once a minute, and so many places a minute. All are counted, and
// handed to `onBlock`.

import type { Block } from "./block.ts"
import { nameOf } from "./places.ts"

/**
 * Whether to report this block: `"yes"` once a minute for a place; `"over budget"` for the first one in a minute that
 * finds the budget used up; else `"no"`.
 */
export type Admit = (block: Block) => "yes" | "no" | "over budget"

/** Reports of different places in a minute. */
export const REPORTS_PER_MINUTE = 20
const MINUTE_MILLIS = 60_000

/** Begins with a full budget. */
export function createAdmission(nowMillis: () => number): Admit {
  const reported = new Set<string>()
  let beganMillis = nowMillis()
  let isOverBudget = false
  return (block) => {
    const now = nowMillis()
    if (now - beganMillis >= MINUTE_MILLIS) {
      beganMillis = now
      isOverBudget = false
      reported.clear()
    }
    const name = nameOf(block)
    if (reported.has(name) || isOverBudget) return "no"
    isOverBudget = reported.size >= REPORTS_PER_MINUTE
    if (isOverBudget) return "over budget"
    reported.add(name)
    return "yes"
  }
}
