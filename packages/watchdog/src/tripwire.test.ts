// Real turns of this process's own loop.

import { once } from "node:events"
import { setImmediate as turn } from "node:timers/promises"
import { MessageChannel } from "node:worker_threads"
import { afterEach, expect, test } from "vitest"
import { AWAKE, createHeartbeat, lastBeat, lastTurnMillis, tripwire as tripping, UNSET } from "./heartbeat.ts"
import { createTripwire } from "./tripwire.ts"

const heartbeat = createHeartbeat()
const tripwire = createTripwire(heartbeat)

afterEach(tripwire.remove)

test("the loop marks its turns, and says that it does", async () => {
  tripwire.set()
  await turn()
  const before = lastTurnMillis(heartbeat)
  await event()
  await turn()
  expect(lastTurnMillis(heartbeat)).toBeGreaterThan(before)
  expect(tripping(heartbeat)).not.toBe(UNSET)
})

test("a turn that is marked has not ended: there is no beat", async () => {
  const beat = lastBeat(heartbeat)
  tripwire.set()
  await turn()
  await event()
  await turn()
  expect(lastBeat(heartbeat)).toBe(beat)
})

test("it marks some turns only, until it is set again", async () => {
  tripwire.set()
  for (let i = 0; i < 200; i++) await turn()
  expect(tripping(heartbeat)).toBe(UNSET)
  const before = lastTurnMillis(heartbeat)
  for (let i = 0; i < 5; i++) await turn()
  expect(lastTurnMillis(heartbeat)).toBe(before)

  tripwire.set()
  await turn()
  expect(lastTurnMillis(heartbeat)).toBeGreaterThan(before)
})

test("a loop that waits is not kept from it, and is known to be awake when a timer wakes it", async () => {
  tripwire.set()
  await turn()
  const before = performance.nodeTiming.uvMetricsInfo.loopCount
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect(performance.nodeTiming.uvMetricsInfo.loopCount - before).toBeLessThan(20)
  expect(tripping(heartbeat)).toBe(AWAKE)
})

test("removed, it leaves nothing behind", async () => {
  tripwire.set()
  tripwire.remove()
  const before = lastTurnMillis(heartbeat)
  await turn()
  await event()
  expect(lastTurnMillis(heartbeat)).toBe(before)
  expect(process.getActiveResourcesInfo()).not.toContain("Immediate")
})

async function event(): Promise<void> {
  const { port1, port2 } = new MessageChannel()
  port1.postMessage(null)
  await once(port2, "message")
  port1.close()
}
