// What becomes of events when it is the broker that fails, or refuses.

import { kindOf } from "@avrolet/events"
import { kafkaSink, kafkaSource } from "@avrolet/kafka"
import { describe, expect, test } from "vitest"
import { batchOf, Counted, counted, upTo } from "../../packages/events/src/fixtures/batches.ts"
import { counts, readAll } from "./recorded.ts"
import { sharedKafka } from "./shared-kafka.ts"

const kafka = sharedKafka()

describe("a broker that fails", () => {
  test("stays away: writing is given up, and goes on when it is back", { timeout: 120_000 }, async () => {
    const where = {
      bootstrapBrokers: [kafka.broker.address],
      registry: kafka.registry,
      topic: (name: string) => `s${name}`,
    }
    const sink = kafkaSink({ ...where, requestMillis: 1000, retryMillis: 10_000 })
    await sink.open(kindOf(Counted))
    await kafka.broker.kill()
    await expect(sink.write(counted("a", 0, 10))).rejects.toMatchObject({ code: "ERR_EVENTS_UNAVAILABLE" })
    await kafka.broker.restart()
    await sink.write(counted("a", 10, 20))
    await sink.close()
    expect(await counts(where)).toEqual(upTo(20).slice(10))
  })

  test("does nothing any more: writing is given up, and so is reading", { timeout: 60_000 }, async () => {
    const where = {
      bootstrapBrokers: [kafka.broker.address],
      registry: kafka.registry,
      topic: (name: string) => `h${name}`,
    }
    const impatient = { ...where, requestMillis: 2000, retryMillis: 3000 }
    const sink = kafkaSink(impatient)
    await sink.open(kindOf(Counted))
    await sink.write(counted("a", 0, 10))
    kafka.broker.pause()
    try {
      const away = { code: "ERR_EVENTS_UNAVAILABLE" }
      await expect(sink.write(counted("a", 10, 20))).rejects.toMatchObject(away)
      await expect(readAll(impatient)).rejects.toMatchObject(away)
      await expect(kafkaSource(impatient).names?.()).rejects.toMatchObject(away)
    } finally {
      kafka.broker.resume()
    }
    await sink.close()
  })

  test("takes no event of that size: nothing of its batch is written, and the next one is", async () => {
    const where = {
      bootstrapBrokers: [kafka.broker.address],
      registry: kafka.registry,
      topic: (name: string) => `large${name}`,
    }
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
      bootstrapBrokers: [kafka.broker.address],
      registry: kafka.registry,
      topicConfig: { "max.message.bytes": "1000" },
    })
    await expect(small.write(counted("a", 0, 100))).rejects.toMatchObject({
      code: "ERR_EVENTS_TOO_LARGE",
      message: expect.stringContaining("requestBytes") as string,
    })
    await small.close()
  })

  test("is none: opening and reading say so", async () => {
    const where = { registry: kafka.registry, bootstrapBrokers: ["127.0.0.1:1"], requestMillis: 500 }
    await expect(kafkaSink(where).open(kindOf(Counted))).rejects.toMatchObject({
      code: "ERR_EVENTS_UNAVAILABLE",
    })
    await expect(readAll(where)).rejects.toMatchObject({ code: "ERR_EVENTS_UNAVAILABLE" })
    await expect(readAll(where, { group: "g" })).rejects.toMatchObject({ code: "ERR_EVENTS_UNAVAILABLE" })
  })
})
