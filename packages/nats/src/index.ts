// Avro RPC over NATS.

export type { CloseOptions, Services } from "@avrolet/rpc/for-transports"
export { type NatsServer, type ServeNatsOptions, serveNats } from "./serve.ts"
export { type NatsTransport, type NatsTransportOptions, natsTransport } from "./transport.ts"
