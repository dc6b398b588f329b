// Avro RPC over HTTP.

export type { HttpHandlerOptions } from "./exchange.ts"
export { fetchHandler } from "./fetch-handler.ts"
export { httpHandler } from "./handler.ts"
export { type HttpTransportOptions, httpTransport } from "./transport.ts"
