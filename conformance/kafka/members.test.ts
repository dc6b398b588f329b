// What becomes of a member of a group while its partitions are shared out anew, and anew.

import { setTimeout as sleep } from "node:timers/promises"
import { type KafkaSinkOptions, kafkaSource } from "@avrolet/kafka"
import { type Connection, connectionsApiChannel } from "@platformatic/kafka"
import { expect, test } from "vitest"
import { batchOf, Counted, upTo, valuesOf } from "../../packages/events/src/fixtures/batches.ts"
import { until } from "./cluster.ts"
import { leadGroup } from "./group-leader.ts"
import { record } from "./recorded.ts"
import { sharedKafka } from "./shared-kafka.ts"

const kafka = sharedKafka()
const NAMES = ["example.Counted"]
/** Time for some fetches, and for a commit. */
const FETCHES_MILLIS = 2500
const COUNT = 60

test("a member reads the partitions that it is told of late", { timeout: 90_000 }, async () => {
  const where = await recorded("late", 2)
  await using leader = await leadGroup(kafka.broker.address, "late", where.topic)
  const { seen, stop } = follow(where, "late")
  await leader.gather()
  await leader.give([0])
  await until(async () => seen.length > 0, "the first partition to be read")
  await sleep(FETCHES_MILLIS) // until all of it is committed, or that would wait for the next generation
  await leader.gather()
  await sleep(FETCHES_MILLIS) // it is of the next generation, and does not know its partitions
  await leader.give([0, 1])
  await until(async () => new Set(seen).size === COUNT, "both partitions to be read")
  await stop()
})

test("what a member has fetched of a partition that goes, and comes back, is not skipped", {
  timeout: 90_000,
}, async () => {
  const where = await recorded("back", 3)
  await using leader = await leadGroup(kafka.broker.address, "back", where.topic)
  const partitions: number[] = []
  const { seen, stop } = follow(where, "back", async (partition) => {
    partitions.push(partition)
    if (partitions.length > 2) return
    await leader.gather()
    await leader.give(partition === 0 ? [0, 2] : [0, 1, 2])
  })
  await leader.gather()
  await leader.give([0, 1, 2])
  await until(async () => new Set(seen).size === COUNT, "all partitions to be read")
  expect(partitions.slice(0, 2)).toEqual([0, 2]) // or it has not been away in between
  await stop()
})

test.for([
  { name: "JoinGroup", apiKey: 11 },
  { name: "SyncGroup", apiKey: 14 },
])(
  "a member whose $name fails as the group agrees anew begins anew",
  { timeout: 90_000 },
  async ({ name, apiKey }) => {
    const where = await recorded(`lost-${name}`, 2)
    await using leader = await leadGroup(kafka.broker.address, name, where.topic)
    const { seen, stop } = follow(where, name)
    const member = await leader.gather()
    await leader.give([0])
    await until(async () => seen.length > 0, "the first partition to be read")
    breakNext(apiKey, leader.connection)
    await Promise.all([
      leader.gather(member).then(() => leader.give([0, 1])),
      until(async () => new Set(seen).size === COUNT, "another member to read both partitions"),
    ])
    await stop()
  },
)

/** Ends the connection over which a request of a kind is sent next, but for one. */
function breakNext(apiKey: number, spared: Connection): void {
  const onStart = (message: unknown): void => {
    const request = message as { apiKey: number; connection: Connection }
    if (request.apiKey !== apiKey || request.connection === spared) return
    connectionsApiChannel.start.unsubscribe(onStart)
    setImmediate(() => request.connection.socket.destroy())
  }
  connectionsApiChannel.start.subscribe(onStart)
}

/** Events in a topic of its own, some in each of its partitions. */
async function recorded(topic: string, partitions: number) {
  const where = { bootstrapBrokers: [kafka.broker.address], registry: kafka.registry, topic }
  const key: KafkaSinkOptions["key"] = ({ value }) => String((value as { count: number }).count)
  const batch = batchOf(
    Counted,
    upTo(COUNT).map((count) => ({ by: "a", count })),
  )
  await record({ ...where, topic: () => topic }, [batch], { partitions, key })
  return where
}

/** Reads as the member of a group, and tells of the partition of what it reads. */
function follow(
  where: Awaited<ReturnType<typeof recorded>>,
  group: string,
  onRead: (partition: number) => Promise<void> = async () => undefined,
) {
  const stopped = new AbortController()
  const seen: number[] = []
  const source = kafkaSource({ ...where, topic: () => where.topic, group, sessionMillis: 6000 })
  const reading = (async () => {
    for await (const events of source.read({ names: NAMES, follow: true, signal: stopped.signal })) {
      seen.push(...valuesOf(Counted, events).map(({ count }) => count))
      await onRead(events.partition)
    }
  })()
  const stop = (): Promise<void> => {
    stopped.abort()
    return reading
  }
  return { seen, stop }
}
