// Events in a real Kafka with a real Schema Registry: ours read by Java's clients and Java's Avro, and the reverse.

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { encodeJson, parseSchema, type Schema, schema } from "@avrolet/avro"
import {
  createRecorder,
  type EventBatch,
  type EventsError,
  kindOf,
  readEvents,
  type WantedEvents,
} from "@avrolet/events"
import { spool } from "@avrolet/events/spool"
import {
  createSchemaRegistry,
  type KafkaEvents,
  type KafkaSinkOptions,
  type KafkaSourceOptions,
  kafkaSink,
  kafkaSource,
  type SchemaRegistry,
} from "@avrolet/kafka"
import { Admin, Producer } from "@platformatic/kafka"
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest"
import { batchOf, Counted, counted, valuesOf } from "../../packages/events/src/fixtures/batches.ts"
import {
  type KafkaBroker,
  type Registry,
  runJava,
  runKafkaPeer,
  startKafka,
  startRegistry,
} from "./cluster.ts"

let broker: KafkaBroker
let registryServer: Registry
let registry: SchemaRegistry
beforeAll(async () => {
  ;[broker, registryServer] = await Promise.all([startKafka(), startRegistry()])
  registry = createSchemaRegistry(registryServer.url)
}, 90_000)
afterAll(() => Promise.all([broker[Symbol.asyncDispose](), registryServer[Symbol.asyncDispose]()]))

let topics = 0
/** Topics that no other test uses. */
function fresh() {
  const prefix = `t${topics++}-`
  return { bootstrapBrokers: [broker.address], registry, topic: (name: string) => prefix + name }
}

describe("events in Kafka", () => {
  test("come back as they were recorded, in their order", async () => {
    const where = fresh()
    const recorder = createRecorder(kafkaSink(where))
    for (const count of upTo(2000)) recorder.record(Counted, { by: "a", count })
    await recorder.close()
    const found: number[] = []
    for await (const { value } of readEvents(kafkaSource(where), Counted)) found.push(value.count)
    expect(found).toEqual(upTo(2000))
  })

  test("have the time when they were recorded as their timestamp, and are read since one", async () => {
    const where = fresh()
    const hour = 3_600_000_000_000n
    const start = BigInt(Date.now()) * 1_000_000n - 10n * hour
    const batches = upTo(5).map((index) =>
      batchOf(Counted, [{ by: "a", count: index }], start + BigInt(index) * hour),
    )
    await record(where, batches)
    expect(await counts(where, {}, { since: start + 2n * hour - 1_000_000n })).toEqual([2, 3, 4])
    expect(await counts(where, {}, { since: start + 9n * hour })).toEqual([])
  })

  test("go on behind an offset, and are in the partition of their key", async () => {
    const where = fresh()
    const values = upTo(300).map((count) => ({ by: `host-${count % 10}`, count }))
    const key: KafkaSinkOptions["key"] = ({ value }) => (value as { by: string }).by
    await record(where, [batchOf(Counted, values)], { partitions: 4, key })
    const stored = await readAll(where)
    const partitions = new Map<string, Set<number>>()
    for (const events of stored)
      for (const { by } of valuesOf(Counted, events))
        partitions.set(by, (partitions.get(by) ?? new Set()).add(events.partition))
    expect(partitions.size).toBe(10)
    expect([...partitions.values()].every((of) => of.size === 1)).toBe(true)
    expect(new Set(stored.map(({ partition }) => partition)).size).toBeGreaterThan(1)
    expect(await readAll(where, { after: stored })).toEqual([])
  })

  test("that are yet to come are waited for, also in topics that are not there yet", async () => {
    const where = fresh()
    const stopped = new AbortController()
    const seen: number[] = []
    setTimeout(() => void record(where, [counted("a", 0, 3)]), 500)
    const wanted = { names: ["example.Counted"], follow: true, signal: stopped.signal }
    for await (const events of kafkaSource(where).read(wanted)) {
      seen.push(...valuesOf(Counted, events).map(({ count }) => count))
      if (seen.length === 3) void record(where, [counted("a", 3, 5)])
      if (seen.length === 5) stopped.abort()
    }
    expect(seen).toEqual(upTo(5))
  })

  test("without names are all there are in topics that are named after them", async () => {
    const All = schema({ type: "record", name: "OfAll", namespace: `n${Date.now()}`, fields: [] })
    const where = { bootstrapBrokers: [broker.address], registry }
    await record(where, [batchOf(All, [{}])])
    const names = (await readAll(where, {}, {})).map(({ name }) => name)
    expect(names).toContain(kindOf(All).name)
  })
})

describe("a group", () => {
  test("reads everything once, and goes on where it was", { timeout: 60_000 }, async () => {
    const where = fresh()
    await record(where, [counted("a", 0, 500)])
    expect(await counts(where, { group: "g" })).toEqual(upTo(500))
    expect(await counts(where, { group: "g" })).toEqual([])
    await record(where, [counted("a", 500, 510)])
    expect(await counts(where, { group: "g" })).toEqual(upTo(510).slice(500))
    expect(await counts(where, { group: "another" })).toHaveLength(510)
  })

  test("shares the partitions among its members", { timeout: 60_000 }, async () => {
    const where = fresh()
    const key: KafkaSinkOptions["key"] = ({ value }) => String((value as { count: number }).count)
    await record(where, [counted("a", 0, 400)], { partitions: 4, key })
    const stopped = new AbortController()
    const seen: number[][] = [[], []]
    const member = async (index: number): Promise<void> => {
      const source = kafkaSource({ ...where, group: "shared" })
      const wanted = { names: ["example.Counted"], follow: true, signal: stopped.signal }
      for await (const events of source.read(wanted)) {
        seen[index]?.push(...valuesOf(Counted, events).map(({ count }) => count))
        if (new Set(seen.flat()).size === 400) stopped.abort()
      }
    }
    await Promise.all([member(0), member(1)])
    expect([...new Set(seen.flat())].toSorted((a, b) => a - b)).toEqual(upTo(400))
  })

  test("of events that nobody has recorded reads nothing, and waits for them where it follows", {
    timeout: 60_000,
  }, async () => {
    const where = fresh()
    expect(await counts(where, { group: "g" })).toEqual([])
    const stopped = new AbortController()
    setTimeout(() => void record(where, [counted("a", 0, 3)]), 300)
    const wanted = { names: ["example.Counted"], follow: true, signal: stopped.signal }
    const seen: number[] = []
    for await (const events of kafkaSource({ ...where, group: "g" }).read(wanted)) {
      seen.push(...valuesOf(Counted, events).map(({ count }) => count))
      if (seen.length === 3) stopped.abort()
    }
    expect(seen).toEqual(upTo(3))
  })

  test("reads again what was not read to its end", { timeout: 60_000 }, async () => {
    const where = fresh()
    await record(where, [counted("a", 0, 10)])
    for await (const events of kafkaSource({ ...where, group: "g" }).read({ names: ["example.Counted"] })) {
      expect(events.count).toBeGreaterThan(0)
      break
    }
    expect(await counts(where, { group: "g" })).toEqual(upTo(10))
  })
})

describe("schemas", () => {
  const fieldsOf = (...fields: readonly object[]): Schema<unknown, unknown> =>
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
    const where = fresh()
    await record(where, [counted("a", 0, 1)])
    await record(where, [batchOf(withDefault, [{ by: "b", count: 1, where: "there" }])])
    const stored = await readAll(where)
    expect(stored.flatMap((events) => valuesOf(withDefault, events))).toEqual([
      { by: "a", count: 0, where: "?" },
      { by: "b", count: 1, where: "there" },
    ])
    expect(await counts(where)).toEqual([0, 1])
  })

  test("that cannot read what is recorded are refused, with the reason", async () => {
    const where = fresh()
    await record(where, [counted("a", 0, 1)])
    const sink = kafkaSink(where)
    await expect(sink.open(kindOf(fieldsOf({ name: "count", type: "string" })))).rejects.toMatchObject({
      code: "ERR_EVENTS_SCHEMA",
      message: expect.stringContaining("count"),
    })
    await sink.close()
  })

  test("are what the registry says they are", async () => {
    const subject = `subject-${Date.now()}`
    expect(await registry.latest(subject)).toBeUndefined()
    expect(await registry.isCompatible(subject, Counted)).toBe(true)
    const id = await registry.register(subject, Counted)
    expect(await registry.register(subject, Counted)).toBe(id)
    expect(await registry.latest(subject)).toMatchObject({ id, version: 1 })
    expect((await registry.find(id)).definition).toEqual(Counted.definition)
    await fetch(`${registryServer.url}/config/${subject}`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: '{"compatibility":"BACKWARD"}',
    })
    const incompatible = fieldsOf({ name: "count", type: "string" })
    expect(await registry.isCompatible(subject, withDefault)).toBe(true)
    expect(await registry.isCompatible(subject, incompatible)).toBe(false)
    await expect(registry.register(subject, incompatible)).rejects.toMatchObject({
      code: "ERR_EVENTS_SCHEMA",
    })
    await expect(registry.find(987_654)).rejects.toMatchObject({ code: "ERR_EVENTS_FOREIGN" })
  })
})

describe("Java's clients, with Java's Avro", () => {
  test("read what we record, also with an older schema", { timeout: 60_000 }, async () => {
    const where = fresh()
    await record(where, [counted("ä", 0, 3)])
    const topic = where.topic("example.Counted")
    const lines = await runKafkaPeer("", "read", broker.address, registryServer.url, topic, "3")
    expect(lines.map((line) => JSON.parse(line).value)).toEqual(upTo(3).map((count) => ({ by: "ä", count })))
    const Older = kindOf(
      schema({
        type: "record",
        name: "Counted",
        namespace: "example",
        fields: [{ name: "count", type: "long" }],
      }),
    ).stored
    const old = JSON.stringify(Older.definition)
    const again = await runKafkaPeer("", "read", broker.address, registryServer.url, topic, "3", old)
    expect(again.map((line) => JSON.parse(line).value)).toEqual(upTo(3).map((count) => ({ count })))
  })

  test("count what we record as it comes, with Kafka Streams", { timeout: 120_000 }, async () => {
    const where = fresh()
    const values = upTo(300).map((count) => ({ by: `host-${count % 3}`, count }))
    await record(where, [batchOf(Counted, values)], { partitions: 2, key: ({ pid }) => String(pid) })
    const topic = where.topic("example.Counted")
    const lines = await runJava("CountByField", "", broker.address, registryServer.url, topic, "by", "300")
    expect(JSON.parse(lines.at(-1) ?? "")).toEqual({ "host-0": 100, "host-1": 100, "host-2": 100 })
  })

  test("write what we read", { timeout: 60_000 }, async () => {
    const where = fresh()
    const { stored } = kindOf(Counted)
    const topic = where.topic("example.Counted")
    await withAdmin((admin) => admin.createTopics({ topics: [topic], partitions: 1, replicas: 1 }))
    const lines = upTo(3).map((count) =>
      encodeJson(stored, {
        at: 5n,
        host: "java",
        pid: 1,
        service: "",
        traceId: null,
        value: { by: "java", count },
      }),
    )
    const definition = JSON.stringify(stored.definition)
    await runKafkaPeer(
      `${lines.join("\n")}\n`,
      "write",
      broker.address,
      registryServer.url,
      topic,
      definition,
    )
    expect(await counts(where)).toEqual(upTo(3))
  })
})

describe("what is no event", () => {
  test.for([
    { name: "nothing", value: undefined },
    { name: "text", value: Buffer.from("hello, world") },
    { name: "a schema that the registry does not have", value: Buffer.from("0000fffffe02", "hex") },
  ])("$name is told, and left out", async ({ value }) => {
    const where = fresh()
    await record(where, [counted("a", 0, 1)])
    const producer = new Producer({ clientId: "foreign", bootstrapBrokers: [broker.address] })
    const topic = where.topic("example.Counted")
    await producer.send({ messages: [value === undefined ? { topic } : { topic, value }], acks: -1 })
    await new Promise<void>((resolve) => producer.close(() => resolve()))
    await record(where, [counted("a", 1, 2)])
    const damage: EventsError[] = []
    expect(await counts(where, {}, { onDamage: (error) => damage.push(error) })).toEqual([0, 1])
    expect(damage).toMatchObject([
      { code: "ERR_EVENTS_FOREIGN", message: expect.stringContaining("message 1 of") },
    ])
  })
})

describe("a broker that fails", () => {
  test("does nothing for a while: what is sent again for that is there once", {
    timeout: 120_000,
  }, async () => {
    await using own = await startKafka()
    const where = { bootstrapBrokers: [own.address], registry, topic: (name: string) => `p${name}` }
    const sink = kafkaSink({ ...where, requestMillis: 300, retryMillis: 60_000 })
    await sink.open(kindOf(Counted))
    await sink.write(counted("a", 0, 10))
    own.pause()
    const writes = [10, 20, 30].map((from) => sink.write(counted("a", from, from + 10)))
    await new Promise((resolve) => setTimeout(resolve, 2500)) // some tries
    own.resume()
    await Promise.all(writes)
    await sink.close()
    expect(await counts(where)).toEqual(upTo(40))
  })

  test("stays away: writing is given up, and a spool keeps the events until it is back", {
    timeout: 120_000,
  }, async () => {
    await using own = await startKafka()
    const where = { bootstrapBrokers: [own.address], registry, topic: (name: string) => `s${name}` }
    const folder = mkdtempSync(join(tmpdir(), "avrolet-spool-"))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const options = { ...where, requestMillis: 1000, retryMillis: 500 }
    const direct = kafkaSink(options)
    await direct.open(kindOf(Counted))
    const spooled = spool(kafkaSink(options), folder, { closeMillis: 60_000 })
    await spooled.open(kindOf(Counted))
    await spooled.write(counted("a", 0, 10))
    await own.kill()
    await expect(direct.write(counted("b", 0, 10))).rejects.toMatchObject({ code: "ERR_EVENTS_UNAVAILABLE" })
    await direct.close()
    for (let from = 10; from < 500; from += 10) await spooled.write(counted("a", from, from + 10))
    await own.restart()
    await spooled.close()
    expect([...new Set(await counts(where))]).toEqual(upTo(500))
  })

  test("takes no event of that size: nothing of its batch is written, and the next one is", async () => {
    const where = fresh()
    const sink = kafkaSink({ ...where, maxEventBytes: 5000 })
    await sink.open(kindOf(Counted))
    const batch = batchOf(Counted, [
      { by: "a", count: 0 },
      { by: "x".repeat(6000), count: 1 },
    ])
    await expect(sink.write(batch)).rejects.toMatchObject({ code: "ERR_EVENTS_TOO_LARGE" })
    await sink.write(counted("a", 5, 6))
    await sink.close()
    expect(await counts(where)).toEqual([5])
    const small = kafkaSink({ ...fresh(), topicConfig: { "max.message.bytes": "1000" } })
    await expect(small.write(counted("a", 0, 100))).rejects.toMatchObject({ code: "ERR_EVENTS_TOO_LARGE" })
    await small.close()
  })

  test("is none: opening and reading say so", async () => {
    const where = { ...fresh(), bootstrapBrokers: ["127.0.0.1:1"], requestMillis: 500 }
    await expect(kafkaSink(where).open(kindOf(Counted))).rejects.toMatchObject({
      code: "ERR_EVENTS_UNAVAILABLE",
    })
    await expect(readAll(where)).rejects.toMatchObject({ code: "ERR_EVENTS_UNAVAILABLE" })
    await expect(readAll(where, { group: "g" })).rejects.toMatchObject({ code: "ERR_EVENTS_UNAVAILABLE" })
  })
})

async function record(
  where: KafkaSinkOptions,
  batches: readonly EventBatch[],
  options: Partial<KafkaSinkOptions> = {},
): Promise<void> {
  const sink = kafkaSink({ ...where, ...options })
  for (const { kind } of batches) await sink.open(kind)
  await Promise.all(batches.map((batch) => sink.write(batch)))
  await sink.close()
}

async function readAll(
  where: KafkaSourceOptions,
  options: Partial<KafkaSourceOptions> = {},
  wanted: WantedEvents = { names: ["example.Counted"] },
): Promise<KafkaEvents[]> {
  const all: KafkaEvents[] = []
  for await (const events of kafkaSource({ ...where, ...options }).read(wanted)) all.push(events)
  return all
}

async function counts(...[where, options, wanted]: Parameters<typeof readAll>): Promise<number[]> {
  const stored = await readAll(where, options, { names: ["example.Counted"], ...wanted })
  return stored.flatMap((events) => valuesOf(Counted, events)).map(({ count }) => count)
}

async function withAdmin(action: (admin: Admin) => Promise<unknown>): Promise<void> {
  const admin = new Admin({ clientId: "test", bootstrapBrokers: [broker.address] })
  await action(admin)
  await new Promise<void>((resolve) => admin.close(() => resolve()))
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index)
