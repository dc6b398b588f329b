// Everything that is public in @avrolet/kafka/messages: what any client of Kafka can use, and needs no other.

export { createMessageCodec, type MessageCodec, type MessageCodecOptions } from "./message-codec.ts"
export {
  createSchemaRegistry,
  type RegisteredSchema,
  type SchemaRegistry,
  type SchemaRegistryOptions,
} from "./registry/registry.ts"
