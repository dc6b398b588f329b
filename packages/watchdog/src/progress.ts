// What a blocked thread does between two looks at it: collects garbage, or runs one callback after the other.
//
// The thread's side reads, on top of whatever runs there: so it only reads, and adds one microtask of V8's own.
// Whether that was run by the next look tells whether the queue of microtasks moves. Ticks and timers have ids.

import { executionAsyncId } from "node:async_hooks"
import { GCProfiler } from "node:v8"

/** One reading, on the watched thread. */
export interface Progress {
  /** Milliseconds of garbage collection since the first reading of this block. */
  readonly gcMillis: number
  /** How many of the microtasks have run that the readings left behind. */
  readonly microtasks: number
  /** The id of the tick, timer or other callback that runs. */
  readonly callback: number
}

/** What several readings of one block show. */
export interface Findings {
  /** Garbage collection between the first reading and the last, and the time between these. */
  readonly gcMillis: number
  readonly readMillis: number
  /** In how many of the steps from one reading to the next another callback, or a microtask, was begun. */
  readonly moves: number
  /** In how many of them it was another tick, timer or event: not only microtasks. */
  readonly newCallbacks: number
  readonly steps: number
}

// The program may have replaced these.
const settled = Promise.resolve()
const then: Promise<void>["then"] = Reflect.get(Promise.prototype, "then")

/** Reads until `end()`, which has to come once the loop turns, and begins anew after it. */
export function createProgress(): { read: () => Progress; end: () => void } {
  let profiler: GCProfiler | undefined
  let gcMillis = 0
  let microtasks = 0
  const count = (): void => {
    microtasks++
  }
  return {
    read: () => {
      gcMillis += profiler === undefined ? 0 : millisOf(profiler)
      profiler = new GCProfiler()
      profiler.start()
      void Reflect.apply(then, settled, [count])
      return { gcMillis, microtasks, callback: executionAsyncId() }
    },
    end: () => {
      profiler?.stop()
      profiler = undefined
      gcMillis = 0
    },
  }
}

/** A reading, and when it arrived, in milliseconds. */
export interface Reading extends Progress {
  readonly atMillis: number
}

/** Compares the readings of one block. */
export function findingsOf(readings: readonly Reading[]): Findings {
  const [first] = readings
  const last = readings.at(-1)
  if (first === undefined || last === undefined) {
    return { gcMillis: 0, readMillis: 0, moves: 0, newCallbacks: 0, steps: 0 }
  }
  const steps = readings.slice(1).map((reading, i) => ({ before: readings[i] ?? reading, reading }))
  const changed = steps.filter(({ before, reading }) => before.callback !== reading.callback)
  const moved = steps.filter(
    ({ before, reading }) => before.callback !== reading.callback || before.microtasks < reading.microtasks,
  )
  return {
    gcMillis: last.gcMillis - first.gcMillis,
    readMillis: last.atMillis - first.atMillis,
    moves: moved.length,
    newCallbacks: changed.length,
    steps: steps.length,
  }
}

const millisOf = (profiler: GCProfiler): number =>
  profiler.stop().statistics.reduce((sum, { cost }) => sum + cost / 1000, 0)
