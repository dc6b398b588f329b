// Avro RPC as a plugin of Fastify.

export { type AvroPluginOptions, avroPlugin } from "./plugin.ts"
