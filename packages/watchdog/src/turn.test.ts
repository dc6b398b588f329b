import { expect, test } from "vitest"
import { beat, createHeartbeat } from "./heartbeat.ts"
import { createKernelView } from "./thread-times.ts"
import { beginTurn, lateMillis } from "./turn.ts"

const STOP_MILLIS = 300
const kernel = createKernelView(process.pid)

test("a stop of the whole process is nobody's, also when the next beat came before the monitor looked", () => {
  const heartbeat = createHeartbeat()
  const turn = beginTurn(heartbeat, kernel)
  standStill()
  beat(heartbeat)
  expect(lateMillis(turn) - turn.lostMillis).toBeLessThan(STOP_MILLIS / 2)
})

test("a stop of the whole process is nobody's while the next beat is still to come", () => {
  const turn = beginTurn(createHeartbeat(), kernel)
  standStill()
  expect(lateMillis(turn) - turn.lostMillis).toBeLessThan(STOP_MILLIS / 2)
})

/** Neither the loop nor its monitor runs. */
function standStill(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, STOP_MILLIS)
}
