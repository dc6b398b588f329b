// Avro RPC by `fetch`: in browsers and workers as in Node, with no import of Node's.

export type { HttpHandlerOptions } from "../http/exchange.ts"
export { fetchHandler } from "../http/fetch-handler.ts"
export { type FetchTransport, type FetchTransportOptions, fetchTransport } from "./transport.ts"
