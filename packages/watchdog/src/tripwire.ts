// Marks when the loop turns, at no cost while it does not, with two immediates that take turns:
//
//   events → trip → timers → (no sleep) events → settle → timers → SLEEP → events → trip → …
//
// The one that trips keeps the loop neither alive nor awake: it runs in the turn that comes, whenever that is. The one
// that settles keeps the loop from sleeping until it has run: so between the two the loop is awake for sure.
//
// A busy loop turns too often for it. So it is set for some turns only, by the monitor, when the loop is quiet. And when
// the loop has slept long, the first turn rouses the monitor, which then looks but rarely.
//
// A mark is no beat: what else the turn runs, other immediates and timers, runs after it, and belongs to the same block.

import { clearImmediate, setImmediate } from "node:timers"
import {
  AWAKE,
  type Heartbeat,
  lastTurnMillis,
  markTripwire,
  markTurn,
  nowMillis,
  rouse,
  SET,
  UNSET,
} from "./heartbeat.ts"

export interface Tripwire {
  /** Sets it for the next turns. */
  set: () => void
  remove: () => void
}

/** Each costs some 5 µs. When they are used up the monitor sets it anew, which wakes the loop once. */
const TURNS = 50
/** To rouse the monitor costs it a look; when the loop has slept for less it looks often anyway. */
const LONG_SLEEP_MILLIS = 100

// As they are now: tests replace them, or have no global ones.
const [soon, forget] = [setImmediate, clearImmediate]

/** Makes a tripwire, not set yet. */
export function createTripwire(heartbeat: Heartbeat): Tripwire {
  let pending: NodeJS.Immediate | undefined
  let turns = 0
  // in this order: whoever sees the turn is to see how far the tripwire is, too
  const trip = (): void => {
    const sleptMillis = nowMillis() - lastTurnMillis(heartbeat)
    markTripwire(heartbeat, AWAKE)
    markTurn(heartbeat)
    if (sleptMillis > LONG_SLEEP_MILLIS) rouse(heartbeat)
    pending = soon(settle)
  }
  const settle = (): void => {
    turns--
    markTripwire(heartbeat, turns > 0 ? SET : UNSET)
    markTurn(heartbeat)
    pending = turns > 0 ? soon(trip).unref() : undefined
  }
  return {
    set: () => {
      turns = TURNS
      pending ??= soon(settle)
    },
    remove: () => {
      forget(pending)
      pending = undefined
      markTripwire(heartbeat, UNSET)
    },
  }
}
