// Avro RPC over TCP, Unix sockets and TLS.

export { type ServeTcpOptions, serveTcp, type TcpServer } from "./serve.ts"
export { type TcpTransport, type TcpTransportOptions, tcpTransport } from "./transport.ts"
