// Avro RPC over HTTP.

export type { Services } from "../net/choose-service.ts"
export type { CloseOptions } from "../net/listen.ts"
export type { HttpHandlerOptions } from "./exchange.ts"
export { fetchHandler } from "./fetch-handler.ts"
export { httpHandler } from "./handler.ts"
export { type HttpServer, type ServeHttpOptions, serveHttp } from "./serve.ts"
export { type HttpTransport, type HttpTransportOptions, httpTransport } from "./transport.ts"
