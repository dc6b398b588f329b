// A broker of Kafka is killed under a process that records, and started again. Once;
// AVROLET_CHAOS_KILLS=20 kills it more often.

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { createRecorder, readEvents } from "@avrolet/events"
import { spool } from "@avrolet/events/spool"
import { createSchemaRegistry, kafkaSink, kafkaSource } from "@avrolet/kafka"
import { expect, onTestFinished, test } from "vitest"
import { Counted } from "../../packages/events/src/fixtures/batches.ts"
import { startKafka, startRegistry } from "./cluster.ts"

const KILLS = Number(process.env["AVROLET_CHAOS_KILLS"] ?? 1)
const RECORDING_MILLIS = 2000

test.for([
  { name: "in order", spooled: false },
  { name: "in order, by way of a spool", spooled: true },
])(
  "a broker that is killed: all that was acknowledged is there, once and $name",
  {
    timeout: KILLS * 60_000 + 120_000,
  },
  async ({ spooled }) => {
    await using registryServer = await startRegistry()
    await using broker = await startKafka()
    const where = { bootstrapBrokers: [broker.address], registry: createSchemaRegistry(registryServer.url) }
    const folder = mkdtempSync(join(tmpdir(), "avrolet-spool-"))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const sink = kafkaSink({ ...where, requestMillis: 2000, retryMillis: 120_000, closeMillis: 60_000 })
    const recorder = createRecorder(spooled ? spool(sink, folder, { closeMillis: 60_000 }) : sink, {
      batchMillis: 5,
    })

    let isOver = false
    let count = 0
    const recording = (async () => {
      while (!isOver) {
        for (const end = count + 100; count < end; count++) recorder.record(Counted, { by: "chaos", count })
        await sleep(2)
        await recorder.room()
      }
    })()
    for (let kills = 0; kills < KILLS; kills++) {
      await sleep(RECORDING_MILLIS * (0.5 + Math.random()))
      await broker.kill()
      await broker.restart()
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
    process.stdout.write(
      `Kafka${spooled ? " with a spool" : ""}: ${KILLS} times the broker was killed; of ${count} events acknowledged ` +
        "0 are lost, 0 twice, 0 out of order\n",
    )
  },
)
