// What becomes of the order, and of everything else, when a stream refuses some messages and takes others.

import { rename } from "node:fs/promises"
import { type EventBatch, kindOf } from "@avrolet/events"
import { type SetAside, spool } from "@avrolet/events/spool"
import { DiscardPolicy, jetstreamManager } from "@nats-io/jetstream"
import { nanos } from "@nats-io/nats-core"
import { expect, test } from "vitest"
import { batchOf, Counted, counted, upTo, valuesOf } from "../../../events/src/fixtures/batches.ts"
import { newDirectory } from "../../../events/src/testing/directory.ts"
import { type Broker, startBroker } from "../testing/nats-server.ts"
import { jetStreamSink, jetStreamSource } from "./index.ts"

test("one event that is too large for the stream: its batch alone is set aside, and once sent later nothing is there twice", {
  timeout: 60_000,
}, async () => {
  await using broker = await startBroker()
  const jsm = await jetstreamManager(await broker.connect())
  await jsm.streams.add({
    name: "EVENTS",
    subjects: ["events.>"],
    max_msg_size: 5000,
    duplicate_window: nanos(600_000),
  })
  const directory = await newDirectory()
  const setAside: SetAside[] = []
  const first = spool(jetStreamSink(await broker.connect(), { messageBytes: 1000 }), directory, {
    onSetAside: (each) => setAside.push(each),
  })
  const batches = upTo(20).map((index) => counted("a", index * 100, index * 100 + 100))
  const values = upTo(100).map((index) => ({ by: index === 50 ? "x".repeat(8000) : "a", count: 300 + index }))
  batches[3] = batchOf(Counted, values)
  await Promise.all(batches.map((batch) => first.write(batch)))
  await first.close()
  expect(setAside).toMatchObject([{ error: { code: "ERR_EVENTS_TOO_LARGE" } }])
  const isHealthy = (count: number): boolean => count < 300 || count >= 400
  const healthy = upTo(2000).filter(isHealthy)
  const before = await countsIn(broker)
  expect(before.filter(isHealthy)).toEqual(healthy)
  expect(before.length).toBeGreaterThan(healthy.length) // some messages of the batch were taken

  await jsm.streams.update("EVENTS", { max_msg_size: -1 })
  const path = setAside[0]?.path ?? ""
  await rename(path, path.replace(".rejected", ".spool"))
  await spool(jetStreamSink(await broker.connect(), { messageBytes: 1000 }), directory).close()
  expect((await countsIn(broker)).toSorted((a, b) => a - b)).toEqual(upTo(2000))
})

test.for([
  { name: "that it makes", isThere: false },
  { name: "that is there", isThere: true },
])(
  "a stream $name and that refuses when it is full has everything in order, be what it refused larger than what came after",
  { timeout: 60_000 },
  async ({ isThere }) => {
    await using broker = await startBroker()
    const jsm = await jetstreamManager(await broker.connect())
    if (isThere)
      await jsm.streams.add({
        name: "EVENTS",
        subjects: ["events.>"],
        max_bytes: 100_000,
        discard: DiscardPolicy.New,
      })
    const sink = jetStreamSink(
      await broker.connect(),
      isThere ? {} : { maxBytes: 100_000, whenFull: "refuse" },
    )
    const event = (count: number, size: number): EventBatch =>
      batchOf(Counted, [{ by: "x".repeat(size), count }])
    await sink.open(kindOf(Counted))
    await sink.write(event(0, 50_000))
    // There is room for all but the first of them.
    const rest = [event(1, 60_000), event(2, 10), event(3, 10)]
    const refused = await Promise.allSettled(rest.map((batch) => sink.write(batch)))
    for (const outcome of refused)
      expect(outcome).toMatchObject({ status: "rejected", reason: { code: "ERR_EVENTS_FULL" } })
    await jsm.streams.purge("EVENTS")
    await Promise.all(rest.map((batch) => sink.write(batch)))
    await sink.close()
    expect(await countsIn(broker)).toEqual([1, 2, 3])
  },
)

async function countsIn(broker: Broker): Promise<number[]> {
  const counts: number[] = []
  for await (const events of jetStreamSource(await broker.connect()).read({}))
    counts.push(...valuesOf(Counted, events).map(({ count }) => count))
  return counts
}
