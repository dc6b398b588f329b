// Everything that is public in @avrolet/kafka, in the order one meets it.

export type { KafkaConnection, KafkaTopics } from "./connection.ts"
export * from "./messages.ts"
export type { KafkaEvents, KafkaOffset, KafkaSourceOptions } from "./reading.ts"
export { type KafkaSinkOptions, type KeyedEvent, kafkaSink } from "./sink.ts"
export { type KafkaSource, kafkaSource } from "./source.ts"
