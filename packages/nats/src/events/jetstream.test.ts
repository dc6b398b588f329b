import { decodeSingleObject, parseSchema, schema } from "@avrolet/avro"
import { type EventBatch, EventsError, kindOf, type WantedEvents } from "@avrolet/events"
import { jetstream, jetstreamManager } from "@nats-io/jetstream"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { batchOf, Counted, counted, upTo, valuesOf } from "../../../events/src/fixtures/batches.ts"
import { type Broker, startBroker } from "../testing/nats-server.ts"
import {
  type JetStreamEvents,
  type JetStreamSinkOptions,
  type JetStreamSourceOptions,
  jetStreamSink,
  jetStreamSource,
} from "./index.ts"

let broker: Broker
beforeAll(async () => {
  broker = await startBroker("max_payload: 1MB")
})
afterAll(() => broker[Symbol.asyncDispose]())

let streams = 0
/** A stream that no other test uses. */
const fresh = (): { stream: string; subject: string } => ({ stream: `S${streams}`, subject: `s${streams++}` })

describe("events in JetStream", () => {
  test("are in messages that whatever reads single objects can read, at the subject of their event", async () => {
    const names = fresh()
    await record(names, [counted("a", 0, 3)])
    const jsm = await jetstreamManager(await broker.connect())
    const message = await jsm.streams.getMessage(names.stream, { seq: 1 })
    expect(message?.subject).toBe(`${names.subject}.example.Counted`)
    const data = message?.data ?? new Uint8Array()
    const fingerprint = Buffer.from(data.subarray(2, 10)).toString("hex")
    const registered = await jsm.streams.getMessage(`${names.stream}_SCHEMAS`, {
      last_by_subj: `${names.subject}_schemas.id.${fingerprint}`,
    })
    const values = decodeSingleObject(parseSchema(registered?.json()), data) as { value: unknown }[]
    expect(values.map(({ value }) => value)).toEqual(upTo(3).map((count) => ({ by: "a", count })))
  })

  test("are divided into messages of `messageBytes`, and an event that is larger has one of its own", async () => {
    const names = fresh()
    const long = "x".repeat(5000)
    const batch = batchOf(Counted, [
      ...upTo(100).map((count) => ({ by: "a", count })),
      { by: long, count: 100 },
      { by: "a", count: 101 },
    ])
    await record(names, [batch], { messageBytes: 1000 })
    const stored = await readAll(names)
    expect(stored.flatMap((events) => valuesOf(Counted, events)).map(({ count }) => count)).toEqual(upTo(102))
    expect(stored.length).toBeGreaterThan(4)
    expect(stored.filter(({ bytes }) => bytes.length > 1000).map(({ count }) => count)).toEqual([1])
  })

  test("that are tried again under the same id are there once", async () => {
    const names = fresh()
    const batch: EventBatch = { ...counted("a", 0, 10), id: "spooled-1" }
    await record(names, [batch, batch])
    await record(names, [batch]) // by another process
    await record(names, [counted("b", 0, 1), counted("b", 0, 1)]) // two that look alike are two
    expect(await counts(names)).toEqual([...upTo(10), 0, 0])
  })
})

describe("a group", () => {
  test("is refused other events than it reads", async () => {
    const names = fresh()
    await record(names, [counted("a", 0, 1)])
    await readAll(names, { group: "g" })
    await expect(readAll(names, { group: "g" }, { names: ["Other"] })).rejects.toMatchObject({
      code: "ERR_EVENTS_STORE",
      message: expect.stringContaining(`${names.subject}.Other`),
    })
  })
})

test("of two schemas that come at the same time not both get in where they do not fit", {
  timeout: 30_000,
}, async () => {
  const string = parseSchema({
    type: "record",
    name: "Counted",
    namespace: "example",
    fields: [
      { name: "by", type: "string" },
      { name: "count", type: "string" },
    ],
  })
  for (let round = 0; round < 5; round++) {
    const names = fresh()
    const sinks = [jetStreamSink(await broker.connect(), names), jetStreamSink(await broker.connect(), names)]
    await sinks[0]?.open(kindOf(schema({ type: "record", name: "MakesTheStreams", fields: [] })))
    const outcomes = await Promise.allSettled([
      sinks[0]?.open(kindOf(Counted)),
      sinks[1]?.open(kindOf(string)),
    ])
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"])
    await Promise.all(sinks.map((sink) => sink.close()))
  }
})

describe("what is no event", () => {
  test.for([
    { name: "nothing", data: "" },
    { name: "no single object", data: "00 01 02 03" },
    { name: "a schema that nobody has", data: "c3 01 00 11 22 33 44 55 66 77 02 00" },
  ])("$name: it is told, and left out", async ({ data }) => {
    const names = fresh()
    await record(names, [counted("a", 0, 1)])
    const subject = `${names.subject}.example.Counted`
    await jetstream(await broker.connect()).publish(subject, Buffer.from(data.replaceAll(" ", ""), "hex"))
    await record(names, [counted("a", 1, 2)])
    const damage: EventsError[] = []
    expect(await counts(names, {}, { onDamage: (error) => damage.push(error) })).toEqual([0, 1])
    expect(damage).toMatchObject([
      { code: "ERR_EVENTS_FOREIGN", message: expect.stringContaining(`message 2 of ${names.stream}`) },
    ])
    // In a group it is read: it would come again and again.
    expect(await counts(names, { group: "g" }, { onDamage: () => undefined })).toEqual([0, 1])
    expect(await counts(names, { group: "g" }, { onDamage: () => undefined })).toEqual([])
  })

  test.for([
    {
      name: "a count that is not there",
      change: (data: Buffer) => data.set([0xfe, 0xff, 0xff, 0xff, 0x0f], 10),
    },
    { name: "a negative count", change: (data: Buffer) => data.set([0x05], 10) },
    { name: "no end", change: (data: Buffer) => data.set([0x01], data.length - 1) },
  ])("$name", async ({ change }) => {
    const names = fresh()
    await record(names, [counted("a", 0, 100)])
    const jsm = await jetstreamManager(await broker.connect())
    const data = Buffer.from((await jsm.streams.getMessage(names.stream, { seq: 1 }))?.data ?? [])
    change(data)
    await jsm.jetstream().publish(`${names.subject}.example.Counted`, data)
    expect(await damageOf(names)).toMatchObject([{ code: "ERR_EVENTS_FOREIGN" }])
  })

  test("at the subject of another event, or with a schema that lies about its fingerprint", async () => {
    const names = fresh()
    await record(names, [counted("a", 0, 1)])
    const jsm = await jetstreamManager(await broker.connect())
    const data = (await jsm.streams.getMessage(names.stream, { seq: 1 }))?.data
    await jsm.jetstream().publish(`${names.subject}.example.Another`, data)
    expect((await damageOf(names))[0]?.message).toContain("example.Counted, which have another subject")
    const lie = `${names.subject}_schemas.id.${Buffer.from(data?.subarray(2, 10) ?? []).toString("hex")}`
    const other = {
      type: "array",
      items: kindOf(schema({ type: "record", name: "Lie", fields: [] })).stored.definition,
    }
    await jsm.jetstream().publish(lie, JSON.stringify(other))
    expect((await damageOf(names))[0]?.message).toContain("has another fingerprint")
  })
})

test("limits and names that are none are refused", async () => {
  const connection = await broker.connect()
  expect(() => jetStreamSink(connection, { stream: "a.b" })).toThrow(TypeError)
  expect(() => jetStreamSink(connection, { subject: "a.*" })).toThrow(TypeError)
  expect(() => jetStreamSink(connection, { maxInFlight: 0 })).toThrow(TypeError)
  expect(() => jetStreamSource(connection, { maxSchemas: 0 })).toThrow(TypeError)
})

test("an option that is undefined has its default", async () => {
  const names = fresh()
  const limits = [
    "messageBytes",
    "maxInFlight",
    "ackMillis",
    "retryMillis",
    "closeMillis",
    "whenFull",
    "maxBytes",
  ]
  const options: object = Object.fromEntries(limits.map((name) => [name, undefined]))
  await record(names, [counted("a", 0, 100), counted("a", 100, 200)], options)
  expect(await counts(names)).toEqual(upTo(200))
})

async function record(
  names: JetStreamSinkOptions,
  batches: readonly EventBatch[],
  options: JetStreamSinkOptions = {},
): Promise<void> {
  const sink = jetStreamSink(await broker.connect(), { ...names, ...options })
  for (const { kind } of batches) await sink.open(kind)
  await Promise.all(batches.map((batch) => sink.write(batch)))
  await sink.close()
}

async function readAll(
  names: JetStreamSourceOptions,
  options: JetStreamSourceOptions = {},
  wanted: WantedEvents = {},
): Promise<JetStreamEvents[]> {
  const all: JetStreamEvents[] = []
  for await (const events of jetStreamSource(await broker.connect(), { ...names, ...options }).read(wanted))
    all.push(events)
  return all
}

async function damageOf(names: JetStreamSourceOptions): Promise<EventsError[]> {
  const damage: EventsError[] = []
  await readAll(names, {}, { onDamage: (error) => damage.push(error) })
  return damage
}

const counts = async (...asked: Parameters<typeof readAll>): Promise<number[]> =>
  (await readAll(...asked)).flatMap((events) => valuesOf(Counted, events)).map(({ count }) => count)
