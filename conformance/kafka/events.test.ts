// Events in a real Kafka with a real Schema Registry: ours read by Java's clients and Java's Avro, and the reverse.

import { encodeJson, parseSchema, type Schema, schema } from "@avrolet/avro"
import { type EventsError, kindOf } from "@avrolet/events"
import { createSchemaRegistry, type KafkaSinkOptions, kafkaSource } from "@avrolet/kafka"
import { Admin, Producer } from "@platformatic/kafka"
import { describe, expect, test } from "vitest"
import { batchOf, Counted, counted, upTo, valuesOf } from "../../packages/events/src/fixtures/batches.ts"
import { runJava, runKafkaPeer } from "./cluster.ts"
import { counts, readAll, record } from "./recorded.ts"
import { sharedKafka } from "./shared-kafka.ts"
import { addPartitions, dropRecords } from "./topics.ts"

const kafka = sharedKafka()

let topics = 0
/** Topics that no other test uses. */
function fresh() {
  const prefix = `t${topics++}-`
  return {
    bootstrapBrokers: [kafka.broker.address],
    registry: kafka.registry,
    topic: (name: string) => prefix + name,
  }
}

describe("events in Kafka", () => {
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

  test("of several names share a topic, where each has a subject of its own", async () => {
    const Other = schema({ type: "record", name: "Other", namespace: "example", fields: [] })
    const topic = `shared-${Date.now()}`
    const where = {
      bootstrapBrokers: [kafka.broker.address],
      registry: kafka.registry,
      topic: () => topic,
      subject: (name: string) => `${topic}-${name}`,
    }
    await record(where, [counted("a", 0, 2), batchOf(Other, [{}]), counted("a", 2, 4)])
    const damage = (error: EventsError): never => {
      throw error
    }
    expect(await counts(where, {}, { onDamage: damage })).toEqual(upTo(4))
    expect((await readAll(where, {}, {})).map(({ name }) => name)).toContain("example.Other")
    expect(
      (await kafka.registry.subjects()).filter((subject) => subject.startsWith(topic)).toSorted(),
    ).toEqual([`${topic}-example.Counted`, `${topic}-example.Other`])
  })

  test("are compressed, and read all the same", async () => {
    const where = fresh()
    await record(where, [counted("a", 0, 1000)], { compression: "gzip" })
    await record(where, [counted("a", 1000, 2000)])
    expect(await counts(where)).toEqual(upTo(2000))
  })

  test("are waited for while the registry is away, by who follows, and by nobody else", async () => {
    const where = fresh()
    await record(where, [counted("a", 0, 3)])
    let tries = 0
    const away = createSchemaRegistry(kafka.registryUrl, {
      fetch: (url, init) => (++tries < 4 ? Promise.reject(new Error("away")) : fetch(url, init)),
    })
    const late = { ...where, registry: away }
    await expect(counts(late)).rejects.toMatchObject({ code: "ERR_EVENTS_UNAVAILABLE" })
    const seen: number[] = []
    for await (const events of kafkaSource(late).read({ names: ["example.Counted"], follow: true })) {
      seen.push(...valuesOf(Counted, events).map(({ count }) => count))
      if (seen.length === 3) break
    }
    expect({ seen, tries }).toEqual({ seen: upTo(3), tries: 4 })
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

  test("in partitions that a topic is given later are read by who follows, from the first", {
    timeout: 90_000,
  }, async () => {
    const where = fresh()
    const key: KafkaSinkOptions["key"] = ({ value }) => String((value as { count: number }).count)
    await record(where, [counted("a", 0, 10)], { key })
    const stopped = new AbortController()
    const seen: number[] = []
    const partitions = new Set<number>()
    const wanted = { names: ["example.Counted"], follow: true, signal: stopped.signal }
    for await (const events of kafkaSource(where).read(wanted)) {
      seen.push(...valuesOf(Counted, events).map(({ count }) => count))
      partitions.add(events.partition)
      if (seen.length === 10) {
        await addPartitions(kafka.broker.address, where.topic("example.Counted"), 3)
        await record(where, [counted("a", 10, 40)], { key })
      }
      if (seen.length === 40) stopped.abort()
    }
    expect(seen.toSorted((a, b) => a - b)).toEqual(upTo(40))
    expect(partitions).toEqual(new Set([0, 1, 2]))
  })
})

describe("a group", () => {
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

  test("reads again what it was not given, since reading ended before, and nothing of what it was", {
    timeout: 60_000,
  }, async () => {
    const where = fresh()
    await record(where, [counted("a", 0, 5)])
    const ended = new AbortController()
    const away = createSchemaRegistry(kafka.registryUrl, {
      fetch: () => {
        ended.abort() // while the schema of what is fetched is asked for
        return Promise.reject(new Error("away"))
      },
    })
    const following = { follow: true, signal: ended.signal }
    expect(await counts({ ...where, registry: away }, { group: "g" }, following)).toEqual([])
    expect(await counts(where, { group: "g" })).toEqual(upTo(5))

    await record(where, [counted("a", 5, 10)])
    const stopped = new AbortController()
    const wanted = { names: ["example.Counted"], follow: true, signal: stopped.signal }
    for await (const events of kafkaSource({ ...where, group: "g" }).read(wanted)) {
      expect(events.count).toBe(5)
      stopped.abort()
    }
    expect(await counts(where, { group: "g" })).toEqual([])
  })

  test("goes on with what is left, where retention was faster, and so does who reads alone", {
    timeout: 60_000,
  }, async () => {
    const where = fresh()
    await record(where, [counted("a", 0, 10)])
    expect(await counts(where, { group: "slow" })).toEqual(upTo(10))
    await record(where, [counted("a", 10, 100)])
    const topic = where.topic("example.Counted")
    await dropRecords(kafka.broker.address, topic, 50n)
    const told: EventsError[] = []
    const onDamage = (error: EventsError): void => void told.push(error)
    expect(await counts(where, { group: "slow" }, { onDamage })).toEqual(upTo(100).slice(50))
    expect(told).toMatchObject([
      { code: "ERR_EVENTS_DAMAGED", message: expect.stringContaining("Messages 10 to 49") as string },
    ])
    expect(await counts(where, { group: "slow" })).toEqual([])
    const after = [{ topic, partition: 0, offset: 9n }]
    expect(await counts(where, { after }, { onDamage })).toEqual(upTo(100).slice(50))
    expect(told).toHaveLength(2)
    const beyond = [{ topic, partition: 0, offset: 1000n }]
    expect(await counts(where, { after: beyond })).toEqual([])
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

  test("are what the registry says they are", async () => {
    const subject = `subject-${Date.now()}`
    expect(await kafka.registry.latest(subject)).toBeUndefined()
    expect(await kafka.registry.isCompatible(subject, Counted)).toBe(true)
    const id = await kafka.registry.register(subject, Counted)
    expect(await kafka.registry.register(subject, Counted)).toBe(id)
    expect(await kafka.registry.latest(subject)).toMatchObject({ id, version: 1 })
    expect((await kafka.registry.find(id)).definition).toEqual(Counted.definition)
    await fetch(`${kafka.registryUrl}/config/${subject}`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: '{"compatibility":"BACKWARD"}',
    })
    const incompatible = fieldsOf({ name: "count", type: "string" })
    expect(await kafka.registry.isCompatible(subject, withDefault)).toBe(true)
    expect(await kafka.registry.isCompatible(subject, incompatible)).toBe(false)
    await expect(kafka.registry.register(subject, incompatible)).rejects.toMatchObject({
      code: "ERR_EVENTS_SCHEMA",
    })
    await expect(kafka.registry.find(987_654)).rejects.toMatchObject({ code: "ERR_EVENTS_FOREIGN" })
  })
})

describe("Java's clients, with Java's Avro", () => {
  test("read what we record, also with an older schema", { timeout: 60_000 }, async () => {
    const where = fresh()
    await record(where, [counted("ä", 0, 3)])
    const topic = where.topic("example.Counted")
    const lines = await runKafkaPeer("", "read", kafka.broker.address, kafka.registryUrl, topic, "3")
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
    const again = await runKafkaPeer("", "read", kafka.broker.address, kafka.registryUrl, topic, "3", old)
    expect(again.map((line) => JSON.parse(line).value)).toEqual(upTo(3).map((count) => ({ count })))
  })

  test("count what we record as it comes, with Kafka Streams", { timeout: 120_000 }, async () => {
    const where = fresh()
    const values = upTo(300).map((count) => ({ by: `host-${count % 3}`, count }))
    await record(where, [batchOf(Counted, values)], { partitions: 2, key: ({ pid }) => String(pid) })
    const topic = where.topic("example.Counted")
    const lines = await runJava(
      "CountByField",
      "",
      kafka.broker.address,
      kafka.registryUrl,
      topic,
      "by",
      "300",
    )
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
      kafka.broker.address,
      kafka.registryUrl,
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
    { name: "a schema's id, and nothing behind it", value: Buffer.from("0000000001", "hex") },
    { name: "a schema that the registry does not have", value: Buffer.from("0000fffffe02", "hex") },
  ])("$name is told, and left out", async ({ value }) => {
    const where = fresh()
    await record(where, [counted("a", 0, 1)])
    const producer = new Producer({ clientId: "foreign", bootstrapBrokers: [kafka.broker.address] })
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

async function withAdmin(action: (admin: Admin) => Promise<unknown>): Promise<void> {
  const admin = new Admin({ clientId: "test", bootstrapBrokers: [kafka.broker.address] })
  await action(admin)
  await new Promise<void>((resolve) => admin.close(() => resolve()))
}
