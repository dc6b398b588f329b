// Real turns of this process's own loop.

import { once } from "node:events"
import { setImmediate as turn } from "node:timers/promises"
import { MessageChannel } from "node:worker_threads"
import { afterEach, expect, test, vi } from "vitest"
import { AWAKE, createHeartbeat, lastBeat, tripwire as tripping, UNSET } from "./heartbeat.ts"
import { createTripwire } from "./tripwire.ts"

const heartbeat = createHeartbeat()
const onTurn = vi.fn<() => void>()
const tripwire = createTripwire(heartbeat, onTurn)

afterEach(tripwire.remove)

test("the loop beats as it turns, and says that it does", async () => {
  tripwire.set()
  await turn()
  const beat = lastBeat(heartbeat)
  await event()
  await turn()
  expect(lastBeat(heartbeat)).toBeGreaterThan(beat)
  expect(onTurn).toHaveBeenCalled()
  expect(tripping(heartbeat)).not.toBe(UNSET)
})

test("it beats for some turns only, until it is set again", async () => {
  tripwire.set()
  for (let i = 0; i < 200; i++) await turn()
  expect(tripping(heartbeat)).toBe(UNSET)
  const beat = lastBeat(heartbeat)
  for (let i = 0; i < 5; i++) await turn()
  expect(lastBeat(heartbeat)).toBe(beat)

  tripwire.set()
  await turn()
  expect(lastBeat(heartbeat)).toBeGreaterThan(beat)
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
  const beat = lastBeat(heartbeat)
  await turn()
  await event()
  expect(lastBeat(heartbeat)).toBe(beat)
  expect(process.getActiveResourcesInfo()).not.toContain("Immediate")
})

async function event(): Promise<void> {
  const { port1, port2 } = new MessageChannel()
  port1.postMessage(null)
  await once(port2, "message")
  port1.close()
}
