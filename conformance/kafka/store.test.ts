import { kindOf } from "@avrolet/events"
import { createSchemaRegistry, type KafkaEvents, kafkaSink, kafkaSource } from "@avrolet/kafka"
import { brokerContract } from "../../packages/events/src/broker.contract.ts"
import { Counted } from "../../packages/events/src/fixtures/batches.ts"
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
    async impatientSink() {
      const patient = kafkaSink(where) // to make a topic takes a broker longer
      await patient.open(kindOf(Counted))
      await patient.close()
      return kafkaSink({ ...where, requestMillis: 1000, retryMillis: 60_000 })
    },
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
