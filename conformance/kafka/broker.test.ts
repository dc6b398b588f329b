// What becomes of events when it is the broker that fails, or refuses.

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { kindOf } from "@avrolet/events"
import { spool } from "@avrolet/events/spool"
import { createSchemaRegistry, kafkaSink, kafkaSource, type SchemaRegistry } from "@avrolet/kafka"
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest"
import { batchOf, Counted, counted, upTo } from "../../packages/events/src/fixtures/batches.ts"
import { type KafkaBroker, type Registry, startKafka, startRegistry } from "./cluster.ts"
import { counts, readAll } from "./recorded.ts"

let own: KafkaBroker
let registryServer: Registry
let registry: SchemaRegistry
beforeAll(async () => {
  ;[own, registryServer] = await Promise.all([startKafka(), startRegistry()])
  registry = createSchemaRegistry(registryServer.url)
}, 90_000)
afterAll(() => Promise.all([own[Symbol.asyncDispose](), registryServer[Symbol.asyncDispose]()]))

describe("a broker that fails", () => {
  test("stays away: writing is given up, and a spool keeps the events until it is back", {
    timeout: 120_000,
  }, async () => {
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

  test("does nothing any more: writing is given up, and so is reading", { timeout: 60_000 }, async () => {
    const where = { bootstrapBrokers: [own.address], registry, topic: (name: string) => `h${name}` }
    const impatient = { ...where, requestMillis: 300, retryMillis: 1000 }
    const sink = kafkaSink(impatient)
    await sink.open(kindOf(Counted))
    await sink.write(counted("a", 0, 10))
    own.pause()
    try {
      const away = { code: "ERR_EVENTS_UNAVAILABLE" }
      await expect(sink.write(counted("a", 10, 20))).rejects.toMatchObject(away)
      await expect(readAll(impatient)).rejects.toMatchObject(away)
      await expect(kafkaSource(impatient).names?.()).rejects.toMatchObject(away)
    } finally {
      own.resume()
    }
    await sink.close()
  })

  test("takes no event of that size: nothing of its batch is written, and the next one is", async () => {
    const where = { bootstrapBrokers: [own.address], registry, topic: (name: string) => `large${name}` }
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
    const small = kafkaSink({
      bootstrapBrokers: [own.address],
      registry,
      topicConfig: { "max.message.bytes": "1000" },
    })
    await expect(small.write(counted("a", 0, 100))).rejects.toMatchObject({ code: "ERR_EVENTS_TOO_LARGE" })
    await small.close()
  })

  test("is none: opening and reading say so", async () => {
    const where = { registry, bootstrapBrokers: ["127.0.0.1:1"], requestMillis: 500 }
    await expect(kafkaSink(where).open(kindOf(Counted))).rejects.toMatchObject({
      code: "ERR_EVENTS_UNAVAILABLE",
    })
    await expect(readAll(where)).rejects.toMatchObject({ code: "ERR_EVENTS_UNAVAILABLE" })
    await expect(readAll(where, { group: "g" })).rejects.toMatchObject({ code: "ERR_EVENTS_UNAVAILABLE" })
  })
})
