import { decodeSingleObject, parseSchema, schema } from "@avrolet/avro"
import { type EventBatch, EventsError, kindOf, type WantedEvents } from "@avrolet/events"
import { jetstream, jetstreamManager } from "@nats-io/jetstream"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { batchOf, Counted, counted, valuesOf } from "../../../events/src/fixtures/batches.ts"
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
  test("come back as they were recorded, in their order, with the schema they were recorded with", async () => {
    const names = fresh()
    await record(names, [counted("a", 0, 1000), counted("a", 1000, 2000)])
    const stored = await readAll(names)
    expect(stored.flatMap((events) => valuesOf(Counted, events)).map(({ count }) => count)).toEqual(
      upTo(2000),
    )
    expect(stored[0]?.name).toBe("example.Counted")
    expect(stored[0]?.writer.name).toBe("avrolet.events.Recorded")
  })

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

  test("are read from a sequence on, by time, and by name", async () => {
    const names = fresh()
    const Other = schema({ type: "record", name: "Other", fields: [] })
    await record(names, [counted("a", 0, 1), batchOf(Other, [{}]), counted("a", 1, 2)])
    const [first] = await readAll(names)
    expect(await counts(names, { after: first?.sequence ?? 0 }, { names: ["example.Counted"] })).toEqual([1])
    expect((await readAll(names, {}, { names: ["Other"] })).map(({ name }) => name)).toEqual(["Other"])
    expect(await readAll(names, {}, { names: ["Other", "example.Counted"] })).toHaveLength(3)
    expect(await readAll(names, {}, { names: ["Nobody"] })).toEqual([])
    const now = BigInt(Date.now()) * 1_000_000n
    expect(await readAll(names, {}, { since: now })).toHaveLength(3) // clocks differ, so a minute more is read
    expect(await readAll(names, {}, { since: now + 3_600_000_000_000n })).toEqual([])
  })

  test("that are yet to come are waited for, until the reader is told to stop", {
    timeout: 30_000,
  }, async () => {
    const names = fresh()
    await record(names, [counted("a", 0, 1)])
    const stopped = new AbortController()
    const seen: number[] = []
    const source = jetStreamSource(await broker.connect(), names)
    for await (const events of source.read({ follow: true, signal: stopped.signal })) {
      seen.push(...valuesOf(Counted, events).map(({ count }) => count))
      if (seen.length === 1) await record(names, [counted("a", 1, 3)])
      else stopped.abort()
    }
    expect(seen).toEqual([0, 1, 2])
  })
})

describe("a group", () => {
  test("reads everything once, shared among its members, and goes on where it was", {
    timeout: 30_000,
  }, async () => {
    const names = fresh()
    await record(
      names,
      upTo(40).map((index) => counted("a", index * 5, index * 5 + 5)),
    )
    const member = async (): Promise<number[]> => counts(names, { group: "g" })
    const shares = await Promise.all([member(), member()])
    expect(shares.flat().toSorted((a, b) => a - b)).toEqual(upTo(200))
    expect(await member()).toEqual([])
    await record(names, [counted("a", 200, 201)])
    expect(await member()).toEqual([200])
  })

  test("gives what a member did not come to the end of to another", { timeout: 30_000 }, async () => {
    const names = fresh()
    await record(names, [counted("a", 0, 5), counted("a", 5, 10)])
    const source = jetStreamSource(await broker.connect(), { ...names, group: "g" })
    for await (const events of source.read({})) {
      expect(valuesOf(Counted, events)[0]?.count).toBe(0)
      break
    }
    expect((await counts(names, { group: "g" })).toSorted((a, b) => a - b)).toEqual(upTo(10))
  })

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

describe("schemas", () => {
  const fieldsOf = (...fields: readonly object[]) =>
    parseSchema({
      type: "record",
      name: "Counted",
      namespace: "example",
      fields: [{ name: "by", type: "string" }, ...fields],
    })
  const withDefault = fieldsOf(
    { name: "count", type: "long" },
    { name: "where", type: "string", default: "?" },
  )

  test("evolve: the old reads the new, and the new reads the old", async () => {
    const names = fresh()
    await record(names, [counted("a", 0, 1)])
    await record(names, [batchOf(withDefault, [{ by: "b", count: 1, where: "there" }])])
    const stored = await readAll(names)
    expect(stored.flatMap((events) => valuesOf(withDefault, events))).toEqual([
      { by: "a", count: 0, where: "?" },
      { by: "b", count: 1, where: "there" },
    ])
    expect(await counts(names)).toEqual([0, 1])
  })

  test("that cannot read what is recorded are refused, with the reason", async () => {
    const names = fresh()
    await record(names, [counted("a", 0, 1)])
    const sink = jetStreamSink(await broker.connect(), names)
    const incompatible = fieldsOf({ name: "count", type: "string" })
    await expect(sink.open(kindOf(incompatible))).rejects.toMatchObject({
      code: "ERR_EVENTS_SCHEMA",
      message: expect.stringContaining("count"),
    })
    await sink.open(kindOf(withDefault))
    await sink.open(kindOf(Counted)) // the last one is another now, and can be read as well
    await sink.close()
  })

  test("of which two come at the same time do not both get in where they do not fit", {
    timeout: 30_000,
  }, async () => {
    const string = fieldsOf({ name: "count", type: "string" })
    for (let round = 0; round < 5; round++) {
      const names = fresh()
      const sinks = [
        jetStreamSink(await broker.connect(), names),
        jetStreamSink(await broker.connect(), names),
      ]
      await sinks[0]?.open(kindOf(schema({ type: "record", name: "MakesTheStreams", fields: [] })))
      const outcomes = await Promise.allSettled([
        sinks[0]?.open(kindOf(Counted)),
        sinks[1]?.open(kindOf(string)),
      ])
      expect(outcomes.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"])
      await Promise.all(sinks.map((sink) => sink.close()))
    }
  })
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

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index)
