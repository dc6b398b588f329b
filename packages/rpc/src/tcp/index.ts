// Avro RPC over TCP, Unix sockets and TLS.

export type { Services } from "../net/choose-service.ts"
export type { CloseOptions } from "../net/listen.ts"
export { type ServeTcpOptions, serveTcp, type TcpServer } from "./serve.ts"
export { type TcpTransport, type TcpTransportOptions, tcpTransport } from "./transport.ts"
