import { createSchemaRegistry, type KafkaEvents, kafkaSink, kafkaSource } from "@avrolet/kafka"
import { brokerContract } from "../../packages/events/src/broker.contract.ts"
import { sharedKafka } from "./shared-kafka.ts"

const kafka = sharedKafka()

let stores = 0
brokerContract(async () => {
  const prefix = `store${stores++}-`
  const where = {
    bootstrapBrokers: [kafka.broker.address],
    registry: createSchemaRegistry(kafka.registryUrl),
    topic: (name: string) => prefix + name,
  }
  return {
    sink: async () => kafkaSink(where),
    impatientSink: async () => kafkaSink({ ...where, requestMillis: 300, retryMillis: 60_000 }),
    source: async () => kafkaSource(where),
    sourceAfter: async (read) => kafkaSource({ ...where, after: [read as KafkaEvents] }),
    member: async (group) => kafkaSource({ ...where, group: prefix + group }),
    knowsBatches: false,
    pause: () => kafka.broker.pause(),
    resume: () => kafka.broker.resume(),
    kill: () => kafka.broker.kill(),
    restart: () => kafka.broker.restart(),
  }
})
