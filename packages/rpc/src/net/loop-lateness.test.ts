import { afterEach, describe, expect, test } from "vitest"
import { block } from "../testing/block.ts"
import { until } from "../transport.contract.ts"
import { LoopLateness } from "./loop-lateness.ts"

const MAX_MILLIS = 400
const LONG_MILLIS = 700

let lateness: LoopLateness
afterEach(() => lateness.stop())

describe("the event loop", () => {
  test("is late in the turn that takes long", () => {
    lateness = new LoopLateness(MAX_MILLIS)
    expect(lateness.isLate).toBe(false)
    block(LONG_MILLIS)
    expect(lateness.isLate).toBe(true)
  })

  test("is not late any more after one long turn, and is after two in succession, until one is short", async () => {
    lateness = new LoopLateness(MAX_MILLIS)
    block(LONG_MILLIS)
    await timersOfNextTurn()
    expect(lateness.isLate).toBe(false)
    block(LONG_MILLIS)
    await timersOfNextTurn()
    expect(lateness.isLate).toBe(true)
    await until(() => !lateness.isLate)
  })

  test("is not watched any more when nobody asks", () => {
    lateness = new LoopLateness(MAX_MILLIS)
    lateness.stop()
    block(LONG_MILLIS)
    expect(lateness.isLate).toBe(false)
  })
})

/** A timer that is due later than the one that watches: in order of time, both come in one turn. */
async function timersOfNextTurn(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0))
}
