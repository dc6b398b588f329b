// A clock that a test moves.

import type { Clock } from "../clock.ts"

export interface TestClock {
  readonly now: Clock
  readonly advance: (millis: number) => void
}

export function createClock(): TestClock {
  let time = 1000
  return {
    now: () => time,
    advance: (millis) => {
      time += millis
    },
  }
}
