import { describe, expect, test } from "vitest"
import { AWAKE, SET, UNSET } from "./heartbeat.ts"
import { onsetOf, type Sight } from "./onset.ts"

/** Idle at 1000 ms; the thread had run for 200 ms by then, and waited for a processor for 5. */
const idle = sight({ atMillis: 1000, turnedMillis: 900, tripwire: SET, runMillis: 200, queueMillis: 5 })

describe("a turn began", () => {
  test("so long ago as the thread has run since the loop was idle, if it has not turned", () => {
    const now = sight({ atMillis: 1040, turnedMillis: 900, tripwire: SET, runMillis: 225, queueMillis: 5 })
    expect(onsetOf(idle, now)).toMatchObject({ dueMillis: 1015, before: { runMillis: 200, queueMillis: 5 } })
  })

  test("without what the thread waited for a processor, or sleeps in a call", () => {
    const now = sight({ atMillis: 1040, turnedMillis: 900, tripwire: SET, runMillis: 203, queueMillis: 25 })
    expect(onsetOf(idle, now)?.dueMillis).toBe(1037)
  })

  test("as it was last marked, if the loop has not slept since", () => {
    const now = sight({ atMillis: 1040, turnedMillis: 1010, tripwire: AWAKE, runMillis: 235, queueMillis: 5 })
    expect(onsetOf(idle, now)).toMatchObject({ dueMillis: 1010, before: { runMillis: 205 } })
  })

  test("or later, if the thread slept in a call meanwhile, or was stopped", () => {
    const now = sight({ atMillis: 1040, turnedMillis: 1005, tripwire: AWAKE, runMillis: 205, queueMillis: 6 })
    expect(onsetOf(idle, now)?.dueMillis).toBe(1034)
  })

  test("and none of what it waited for a processor since then is the code's", () => {
    const now = sight({
      atMillis: 1040,
      turnedMillis: 1010,
      tripwire: AWAKE,
      runMillis: 210,
      queueMillis: 25,
    })
    expect(onsetOf(idle, now)?.before).toEqual({ runMillis: 200, queueMillis: 5 })
  })
})

describe("what was waited for a processor before a turn began is no part of it", () => {
  test("where only the time that the thread ran is counted", () => {
    const now = sight({ atMillis: 1040, turnedMillis: 900, tripwire: SET, runMillis: 225, queueMillis: 15 })
    expect(onsetOf(idle, now)).toMatchObject({ dueMillis: 1015, before: { runMillis: 200, queueMillis: 15 } })
  })

  test("nor where the turn is known to have begun after it", () => {
    const now = sight({
      atMillis: 1040,
      turnedMillis: 1010,
      tripwire: AWAKE,
      runMillis: 225,
      queueMillis: 25,
    })
    expect(onsetOf(idle, now)).toMatchObject({ dueMillis: 1010, before: { runMillis: 200, queueMillis: 20 } })
  })
})

describe("nothing is told of a turn", () => {
  test("if the loop has turned, and may have slept after it", () => {
    const now = sight({ atMillis: 1040, turnedMillis: 1010, tripwire: SET, runMillis: 225, queueMillis: 5 })
    expect(onsetOf(idle, now)).toBeUndefined()
  })

  test("if the loop does not mark its turns", () => {
    const now = sight({ atMillis: 1040, turnedMillis: 900, tripwire: UNSET, runMillis: 225, queueMillis: 5 })
    expect(onsetOf(idle, now)).toBeUndefined()
    expect(onsetOf({ ...idle, tripwire: UNSET }, { ...now, tripwire: SET })).toBeUndefined()
  })
})

type Seen = Pick<Sight, "atMillis" | "turnedMillis" | "tripwire"> & Sight["times"]

function sight({ atMillis, turnedMillis, tripwire, runMillis, queueMillis }: Seen): Sight {
  return { beat: 0n, turnedMillis, tripwire, atMillis, times: { runMillis, queueMillis } }
}
