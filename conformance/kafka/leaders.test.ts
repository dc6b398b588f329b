// Topics that different brokers lead, while one of these fails: what the others have is read all the same.

import { schema } from "@avrolet/avro"
import type { EventsError, StoredEvents } from "@avrolet/events"
import { createSchemaRegistry, type KafkaSourceOptions, kafkaSource } from "@avrolet/kafka"
import { afterAll, beforeAll, expect, test } from "vitest"
import { batchOf, Counted, counted, upTo, valuesOf } from "../../packages/events/src/fixtures/batches.ts"
import { type KafkaBroker, type Registry, startCluster, startRegistry } from "./cluster.ts"
import { record } from "./recorded.ts"
import { createTopicAt, dropRecords } from "./topics.ts"

/** What broker 3 has; broker 2 has `Counted`. */
const Other = schema({ type: "record", name: "Other", namespace: "example", fields: [] })
const NAMES = ["example.Counted", "example.Other"]

let brokers: readonly KafkaBroker[] & Partial<AsyncDisposable> = []
let registry: Registry | undefined
beforeAll(async () => {
  const starting = [
    startCluster(3).then((it) => (brokers = it)),
    startRegistry().then((it) => (registry = it)),
  ]
  await Promise.allSettled(starting)
  await Promise.all(starting)
}, 90_000)
afterAll(() => Promise.all([brokers[Symbol.asyncDispose]?.(), registry?.[Symbol.asyncDispose]()]))

test("what one broker has a group reads, where retention was faster than it at another one", {
  timeout: 60_000,
}, async () => {
  const where = await topicsOfTwoBrokers("dropped")
  await record(where, [counted("a", 0, 5), batchOf(Other, [{}])])
  expect(await readAs("slow", where)).toHaveLength(6)
  await record(where, [counted("a", 5, 10), batchOf(Other, [{}, {}, {}])])
  await dropRecords(addressOf(2), where.topic("example.Other"), 3n)
  const told: EventsError[] = []
  const read = await readAs("slow", where, (error) => told.push(error))
  expect(read.toSorted()).toEqual(["5", "6", "7", "8", "9", "other"])
  expect(told).toMatchObject([{ code: "ERR_EVENTS_DAMAGED" }])
})

test("what one broker has is read while another one is away, and that one's when it is back", {
  timeout: 90_000,
}, async () => {
  const where = await topicsOfTwoBrokers("away")
  await record(where, [counted("a", 0, 5), batchOf(Other, [{}])])
  const stopped = new AbortController()
  const seen: string[] = []
  const wanted = { names: NAMES, follow: true, signal: stopped.signal }
  for await (const events of kafkaSource(where).read(wanted)) {
    seen.push(...labelsOf(events))
    if (seen.length === 6) {
      await brokers[2]?.kill()
      void record(where, [counted("a", 5, 10)])
    }
    if (seen.length === 11) {
      await brokers[2]?.restart()
      void record(where, [batchOf(Other, [{}])])
    }
    if (seen.length === 12) stopped.abort()
  }
  expect(seen.filter((label) => label !== "other")).toEqual(upTo(10).map(String))
})

/** Topics of one partition each: that of `Counted` has broker 2 alone, and that of `Other` broker 3. */
async function topicsOfTwoBrokers(prefix: string) {
  const where = {
    bootstrapBrokers: [addressOf(0), addressOf(1)],
    registry: createSchemaRegistry(registry?.url ?? ""),
    topic: (name: string) => `${prefix}-${name}`,
  }
  await createTopicAt(addressOf(0), where.topic("example.Counted"), 2)
  await createTopicAt(addressOf(0), where.topic("example.Other"), 3)
  return where
}

const addressOf = (index: number): string => brokers[index]?.address ?? ""

async function readAs(
  group: string,
  where: KafkaSourceOptions,
  onDamage: (error: EventsError) => void = () => undefined,
): Promise<string[]> {
  const labels: string[] = []
  for await (const events of kafkaSource({ ...where, group }).read({ names: NAMES, onDamage }))
    labels.push(...labelsOf(events))
  return labels
}

/** The numbers of `Counted`, and `other` for each of the others. */
const labelsOf = (events: StoredEvents): string[] =>
  events.name === "example.Counted"
    ? valuesOf(Counted, events).map(({ count }) => String(count))
    : valuesOf(Other, events).map(() => "other")
