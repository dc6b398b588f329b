// Beats whenever the loop turns, at no cost while it does not, with two immediates that take turns:
//
//   events → trip → timers → (no sleep) events → settle → timers → SLEEP → events → trip → …
//
// The one that trips keeps the loop neither alive nor awake: it runs in the turn that comes, whenever that is. The one
// that settles keeps the loop from sleeping until it has run: so between the two the loop is awake for sure.
//
// A busy loop turns too often for it. So it is set for some turns only, by the monitor, when the loop is quiet. And when
// the loop has slept long, the first turn rouses the monitor, which then looks but rarely.

import {
  AWAKE,
  beat,
  type Heartbeat,
  lastBeat,
  markTripwire,
  nowMillis,
  rouse,
  SET,
  toMillis,
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

// The program may replace the global ones, in tests for instance.
const { setImmediate: soon, clearImmediate: forget } = globalThis

/** Makes a tripwire, not set yet. `onTurn` is called on each turn that it notices. */
export function createTripwire(heartbeat: Heartbeat, onTurn: () => void): Tripwire {
  let pending: NodeJS.Immediate | undefined
  let turns = 0
  // marked before the beat: whoever sees the beat is to see the mark, too
  const trip = (): void => {
    const sleptMillis = nowMillis() - toMillis(lastBeat(heartbeat))
    markTripwire(heartbeat, AWAKE)
    beat(heartbeat)
    if (sleptMillis > LONG_SLEEP_MILLIS) rouse(heartbeat)
    onTurn()
    pending = soon(settle)
  }
  const settle = (): void => {
    turns--
    markTripwire(heartbeat, turns > 0 ? SET : UNSET)
    beat(heartbeat)
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
