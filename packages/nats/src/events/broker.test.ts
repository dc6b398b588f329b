// What becomes of events when it is the broker that fails, or refuses.

import { schema } from "@avrolet/avro"
import { type EventSink, kindOf, readEvents } from "@avrolet/events"
import { jetstreamManager } from "@nats-io/jetstream"
import { expect, test } from "vitest"
import { batchOf, Counted, counted, upTo, valuesOf } from "../../../events/src/fixtures/batches.ts"
import { all } from "../../../events/src/testing/all.ts"
import { type Broker, brokenConnection, startBroker } from "../testing/nats-server.ts"
import { type JetStreamSourceOptions, jetStreamSink, jetStreamSource } from "./index.ts"

const FOR_EVER = { maxReconnectAttempts: -1 }

test("a broker that is killed and comes back: what was given meanwhile is there, once and in order", {
  timeout: 60_000,
}, async () => {
  await using broker = await startBroker()
  const sink = jetStreamSink(await broker.connect(FOR_EVER), { ackMillis: 1000, messageBytes: 500 })
  await sink.open(kindOf(Counted))
  const writes: Promise<void>[] = []
  let from = 0
  const write = (): void => void writes.push(sink.write(counted("a", from, (from += 50))))
  for (let kills = 0; kills < 3; kills++) {
    for (let batches = 0; batches < 40; batches++) write()
    await writes.at(-35) // some are acknowledged, and the others under way
    await broker.kill()
    for (let batches = 0; batches < 5; batches++) write()
    await broker.restart()
  }
  await Promise.all(writes)
  await sink.close()
  expect(await countsIn(broker)).toEqual(upTo(from))
})

test("a broker that stays away: writing is given up, and everything that was given is rejected", {
  timeout: 30_000,
}, async () => {
  await using broker = await startBroker()
  const sink = jetStreamSink(await broker.connect(FOR_EVER), { retryMillis: 200 })
  await sink.open(kindOf(Counted))
  await broker.kill()
  const outcomes = await Promise.allSettled([0, 10].map((from) => sink.write(counted("a", from, from + 10))))
  for (const outcome of outcomes)
    expect(outcome).toMatchObject({ status: "rejected", reason: { code: "ERR_EVENTS_UNAVAILABLE" } })
  await expect(sink.open(kindOf(schema({ type: "record", name: "New", fields: [] })))).rejects.toMatchObject({
    code: "ERR_EVENTS_UNAVAILABLE",
  })
  await sink.close()
  await expect(sink.write(counted("a", 0, 1))).rejects.toMatchObject({ code: "ERR_EVENTS_CLOSED" })
})

test("a sink on a connection that had broken before is not opened", async () => {
  await using broker = await startBroker()
  const connection = await brokenConnection(broker)
  const sink = jetStreamSink(connection, { ackMillis: 60_000 })
  await expect(sink.open(kindOf(Counted))).rejects.toMatchObject({ code: "ERR_EVENTS_UNAVAILABLE" })
  await sink.close()
})

test.for([
  { name: "both streams", gone: ["EVENTS", "EVENTS_SCHEMAS"] },
  { name: "the stream of the events", gone: ["EVENTS"] },
])(
  "$name deleted under a sink: what is recorded from then on is there, with its schemas",
  async ({ gone }) => {
    await using broker = await startBroker()
    const { streams } = await jetstreamManager(await broker.connect())
    const sink = jetStreamSink(await broker.connect())
    const Other = schema({ type: "record", name: "Other", fields: [] })
    await sink.open(kindOf(Counted))
    await sink.open(kindOf(Other))
    await Promise.all([sink.write(counted("a", 0, 10)), sink.write(batchOf(Other, [{}]))])
    for (const name of gone) await streams.delete(name)
    const later = [10, 20, 30].map((from) => sink.write(counted("a", from, from + 10)))
    await Promise.all([...later, sink.write(batchOf(Other, [{}, {}]))])
    const source = jetStreamSource(await broker.connect())
    const counts = (await all(readEvents(source, Counted))).map(({ value }) => value.count)
    expect(counts).toEqual(upTo(40).slice(10))
    expect(await all(readEvents(source, Other))).toHaveLength(2)
    await sink.close()
  },
)

test("a kind of events that is opened after the streams were deleted is recorded", async () => {
  await using broker = await startBroker()
  const { streams } = await jetstreamManager(await broker.connect())
  const sink = jetStreamSink(await broker.connect())
  await sink.open(kindOf(schema({ type: "record", name: "MakesTheStreams", fields: [] })))
  for (const name of ["EVENTS", "EVENTS_SCHEMAS"]) await streams.delete(name)
  await sink.open(kindOf(Counted))
  await sink.write(counted("a", 0, 10))
  await sink.close()
  expect(await countsIn(broker)).toEqual(upTo(10))
})

test("a stream that is full and refuses: nothing is lost that was there, and it goes on when there is room", {
  timeout: 30_000,
}, async () => {
  await using broker = await startBroker()
  const sink = jetStreamSink(await broker.connect(), {
    maxBytes: 20_000,
    whenFull: "refuse",
    messageBytes: 1000,
  })
  await sink.open(kindOf(Counted))
  let written = 0
  const failure = await (async () => {
    for (; ; written++) await sink.write(counted("a", written, written + 1))
  })().catch((error: unknown) => error)
  expect(failure).toMatchObject({
    code: "ERR_EVENTS_FULL",
    message: expect.stringContaining("maximum bytes"),
  })
  expect(await countsIn(broker)).toEqual(upTo(written))
  await (await jetstreamManager(await broker.connect())).streams.purge("EVENTS", { keep: 1 })
  await sink.write(counted("a", 9999, 10_000))
  await sink.close()
  expect(await countsIn(broker)).toEqual([written - 1, 9999])
})

test("a stream that drops the oldest keeps what it has room for", async () => {
  await using broker = await startBroker()
  const sink = jetStreamSink(await broker.connect(), { maxBytes: 5000 })
  await sink.open(kindOf(Counted))
  for (let from = 0; from < 100; from++) await sink.write(counted("a", from, from + 1))
  await sink.close()
  const counts = await countsIn(broker)
  expect(counts.length).toBeLessThan(100)
  expect(counts).toEqual(upTo(100).slice(-counts.length))
})

test("a broker whose disk is full says so", { timeout: 30_000 }, async () => {
  await using broker = await startBroker("max_payload: 1MB", "max_file_store: 1MB")
  const sink = jetStreamSink(await broker.connect())
  await sink.open(kindOf(Counted))
  const large = batchOf(Counted, [{ by: "x".repeat(60_000), count: 0 }])
  const failure = await (async () => {
    for (let tries = 0; tries < 100; tries++) await sink.write(large)
  })().catch((error: unknown) => error)
  expect(failure).toMatchObject({ code: "ERR_EVENTS_FULL" })
  await sink.close()
})

test("an event that is larger than the broker takes: nothing of its batch is written, and the next one is", async () => {
  await using broker = await startBroker("max_payload: 64KB")
  const sink = jetStreamSink(await broker.connect())
  await sink.open(kindOf(Counted))
  const batch = batchOf(Counted, [
    { by: "a", count: 0 },
    { by: "x".repeat(70_000), count: 1 },
  ])
  await expect(sink.write(batch)).rejects.toMatchObject({ code: "ERR_EVENTS_TOO_LARGE" })
  await sink.write(counted("a", 5, 6))
  await sink.close()
  expect(await countsIn(broker)).toEqual([5])
})

test("what the broker forbids is told at once, and what it allows is not held up by it", {
  timeout: 30_000,
}, async () => {
  await using broker = await startBroker(`
    authorization: { users: [
      { user: all, password: all }
      { user: some, password: some, permissions: { publish: { deny: ["events.example.Counted"] } } }
    ] }
  `)
  const connection = await broker.connect({ user: "some", pass: "some" })
  const sink = jetStreamSink(connection)
  const Allowed = schema({ type: "record", name: "Allowed", fields: [] })
  await sink.open(kindOf(Counted))
  await sink.open(kindOf(Allowed))
  const outcomes = await Promise.allSettled([
    sink.write(counted("a", 0, 1)),
    sink.write(batchOf(Allowed, [{}])),
  ])
  expect(outcomes).toMatchObject([
    { status: "rejected", reason: { code: "ERR_EVENTS_FORBIDDEN" } },
    { status: "fulfilled" },
  ])
  await sink.close()
})

test("a stream that is for something else is refused", async () => {
  await using broker = await startBroker()
  const connection = await broker.connect()
  const jsm = await jetstreamManager(connection)
  await jsm.streams.add({ name: "EVENTS", subjects: ["orders.>"] })
  await expect(jetStreamSink(connection).open(kindOf(Counted))).rejects.toMatchObject({
    code: "ERR_EVENTS_STORE",
    message: expect.stringContaining("orders.>"),
  })
  await jsm.streams.add({ name: "SILENT", subjects: ["silent.>"], no_ack: true })
  await expect(
    jetStreamSink(connection, { stream: "SILENT", subject: "silent" }).open(kindOf(Counted)),
  ).rejects.toMatchObject({
    code: "ERR_EVENTS_STORE",
    message: expect.stringContaining("acknowledges nothing"),
  })
})

test("where there is no stream there is nothing to read, and that is told", async () => {
  await using broker = await startBroker()
  await expect(countsIn(broker)).rejects.toMatchObject({ code: "ERR_EVENTS_STORE" })
  await expect(countsIn(broker, { group: "g" })).rejects.toMatchObject({ code: "ERR_EVENTS_STORE" })
})

test("a broker that is killed under a reader that follows: it goes on where it was", {
  timeout: 60_000,
}, async () => {
  for (const group of [undefined, "g"]) {
    await using broker = await startBroker()
    const sink: EventSink = jetStreamSink(await broker.connect(FOR_EVER))
    await sink.open(kindOf(Counted))
    await sink.write(counted("a", 0, 10))
    const stopped = new AbortController()
    const options = group === undefined ? {} : { group, ackMillis: 2000 }
    const source = jetStreamSource(await broker.connect(FOR_EVER), options)
    const seen = new Set<number>()
    for await (const events of source.read({ follow: true, signal: stopped.signal })) {
      for (const { count } of valuesOf(Counted, events)) seen.add(count)
      if (seen.size === 10) {
        await broker.kill()
        const written = sink.write(counted("a", 10, 20))
        await broker.restart()
        await written
      }
      if (seen.size === 20) stopped.abort()
    }
    expect([...seen]).toEqual(upTo(20))
    await sink.close()
  }
})

async function countsIn(broker: Broker, options: JetStreamSourceOptions = {}): Promise<number[]> {
  const counts: number[] = []
  // A broker without users takes any.
  const connection = await broker.connect({ ...FOR_EVER, user: "all", pass: "all" })
  for await (const events of jetStreamSource(connection, options).read({}))
    counts.push(...valuesOf(Counted, events).map(({ count }) => count))
  return counts
}
