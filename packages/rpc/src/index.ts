// Clients and servers, in the order one meets them.

export type { Metadata } from "./call.ts"
export { type Cancellation, type CancellationSource, createCancellation } from "./cancellation.ts"
export { type CallOptions, type Client, createClient } from "./client.ts"
export { DeclaredError, declaredError, isDeclaredError } from "./declared-error.ts"
export type { CallEvent, RefusedEvent, ServedEvent, ServeEvent } from "./diagnostics.ts"
export { discover } from "./discover.ts"
export { RpcError, type RpcErrorCode } from "./errors.ts"
export { type CallContext, type Handlers, implement, type Service } from "./implement.ts"
export { localTransport } from "./local.ts"
export type { ProtocolsSeenOptions } from "./protocols-seen.ts"
export { respond } from "./respond.ts"
export type { Transport } from "./transport.ts"
