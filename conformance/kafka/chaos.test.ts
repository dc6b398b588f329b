// A broker of Kafka is killed under a process that records, and started again: the only one, or of three the one that
// has the events. A member of a group reads meanwhile. Once; AVROLET_CHAOS_KILLS=20 kills more often.

import { setTimeout as sleep } from "node:timers/promises"
import { createRecorder, readEvents } from "@avrolet/events"
import { createSchemaRegistry, kafkaSink, kafkaSource } from "@avrolet/kafka"
import { Admin } from "@platformatic/kafka"
import { expect, test } from "vitest"
import { Counted, valuesOf } from "../../packages/events/src/fixtures/batches.ts"
import { type KafkaBroker, startCluster, startRegistry, until } from "./cluster.ts"

const KILLS = Number(process.env["AVROLET_CHAOS_KILLS"] ?? 1)
const RECORDING_MILLIS = 2000

test.for([
  { name: "one broker", size: 1 },
  { name: "three brokers", size: 3 },
])(
  "$name, of which one is killed: all that was acknowledged is there, once and in order",
  {
    timeout: KILLS * 60_000 + 120_000,
  },
  async ({ name, size }) => {
    await using registryServer = await startRegistry()
    await using brokers = await startCluster(size)
    const where = {
      bootstrapBrokers: brokers.map(({ address }) => address),
      registry: createSchemaRegistry(registryServer.url),
    }
    const sink = kafkaSink({ ...where, requestMillis: 2000, retryMillis: 120_000, closeMillis: 60_000 })
    const recorder = createRecorder(sink, { batchMillis: 5 })

    let isOver = false
    let count = 0
    const recording = (async () => {
      while (!isOver) {
        for (const end = count + 100; count < end; count++) recorder.record(Counted, { by: "chaos", count })
        await sleep(2)
        await recorder.room()
      }
    })()
    const stopped = new AbortController()
    const seen = new Set<number>()
    const following = (async () => {
      const wanted = { names: ["example.Counted"], follow: true, signal: stopped.signal }
      for await (const events of kafkaSource({ ...where, group: "chaos", sessionMillis: 6000 }).read(wanted))
        for (const event of valuesOf(Counted, events)) seen.add(event.count)
    })()
    for (let kills = 0; kills < KILLS; kills++) {
      await sleep(RECORDING_MILLIS * (0.5 + Math.random()))
      const { leader, replicas } = await partitionOf("example.Counted", brokers)
      expect(replicas).toHaveLength(size)
      const broker = brokers[leader - 1]
      await broker?.kill()
      if (size > 1) {
        await until(async () => {
          const next = (await partitionOf("example.Counted", brokers)).leader
          return next > 0 && next !== leader
        }, "another broker to have it")
        await sleep(RECORDING_MILLIS)
      }
      await broker?.restart()
    }
    await sleep(RECORDING_MILLIS)
    isOver = true
    await recording
    await recorder.close()
    const { acknowledged, failed } = recorder.stats()
    expect({ acknowledged, failed }).toEqual({ acknowledged: count, failed: 0 })

    const found: number[] = []
    for await (const { value } of readEvents(kafkaSource(where), Counted)) found.push(value.count)
    expect(found.findIndex((at, index) => at !== index)).toBe(-1) // in order, none missing, none twice
    expect(found.length).toBe(count)
    await until(async () => seen.size === count, "the group to have read everything")
    stopped.abort()
    await following
    expect([...seen].findIndex((at, index) => at !== index)).toBe(-1)
    process.stdout.write(
      `Kafka, ${name}: ${KILLS} times one was killed; of ${count} events acknowledged ` +
        "0 are lost, 0 twice, 0 out of order\n",
    )
  },
)

/** Which brokers have its events, and whom the others follow. */
async function partitionOf(
  topic: string,
  brokers: readonly KafkaBroker[],
): Promise<{ leader: number; replicas: readonly number[] }> {
  const admin = new Admin({ clientId: "test", bootstrapBrokers: brokers.map(({ address }) => address) })
  const { topics } = await admin.metadata({ topics: [topic] })
  await new Promise<void>((resolve) => admin.close(() => resolve()))
  const partition = topics.get(topic)?.partitions[0]
  if (partition === undefined) throw new Error(`No partition of ${topic}`)
  return partition
}
