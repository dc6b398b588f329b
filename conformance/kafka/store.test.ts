import { createSchemaRegistry, type KafkaEvents, kafkaSink, kafkaSource } from "@avrolet/kafka"
import { afterAll, beforeAll } from "vitest"
import { brokerContract } from "../../packages/events/src/broker.contract.ts"
import { type KafkaBroker, type Registry, startKafka, startRegistry } from "./cluster.ts"

let broker: KafkaBroker
let registry: Registry
beforeAll(async () => {
  ;[broker, registry] = await Promise.all([startKafka(), startRegistry()])
}, 90_000)
afterAll(() => Promise.all([broker[Symbol.asyncDispose](), registry[Symbol.asyncDispose]()]))

let stores = 0
brokerContract(async () => {
  const prefix = `store${stores++}-`
  const where = {
    bootstrapBrokers: [broker.address],
    registry: createSchemaRegistry(registry.url),
    topic: (name: string) => prefix + name,
  }
  return {
    sink: async () => kafkaSink(where),
    impatientSink: async () => kafkaSink({ ...where, requestMillis: 300, retryMillis: 60_000 }),
    source: async () => kafkaSource(where),
    sourceAfter: async (read) => kafkaSource({ ...where, after: [read as KafkaEvents] }),
    member: async (group) => kafkaSource({ ...where, group: prefix + group }),
    pause: () => broker.pause(),
    resume: () => broker.resume(),
  }
})
