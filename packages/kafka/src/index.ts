// Everything that is public in @avrolet/kafka, in the order one meets it.

export type { KafkaConnection, KafkaTopics } from "./connection.ts"
export * from "./messages.ts"
export { type KafkaSinkOptions, type KeyedEvent, kafkaSink } from "./sink.ts"
export {
  type KafkaEvents,
  type KafkaOffset,
  type KafkaSource,
  type KafkaSourceOptions,
  kafkaSource,
} from "./source.ts"
