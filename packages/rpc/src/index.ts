// Clients and servers, in the order one meets them.

export type { Amount, Latency, MadeStats, ServedStats } from "./call-stats.ts"
export {
  type CancelListener,
  type Cancellation,
  type CancellationSource,
  createCancellation,
} from "./cancellation.ts"
export { type CallOptions, type Client, type ClientOptions, createClient } from "./client.ts"
export type { CallLimits, TryLimits } from "./deadline.ts"
export { DeclaredError, declaredError, isDeclaredError } from "./declared-error.ts"
export type { CallEvent, RefusedEvent, ServedEvent, ServeEvent, ServerEvent } from "./diagnostics.ts"
export { discover } from "./discover.ts"
export { RpcError, type RpcErrorCode } from "./errors.ts"
export {
  createHealth,
  Health,
  type HealthCheck,
  type HealthOptions,
  type HealthService,
} from "./health.ts"
export {
  type CallContext,
  type Handlers,
  type ImplementOptions,
  implement,
  type Service,
} from "./implement.ts"
export type { InterceptedCall, Interceptor } from "./interceptor.ts"
export { localTransport } from "./local.ts"
export type { Metadata } from "./metadata.ts"
export type { Outcome } from "./outcome.ts"
export type { ProtocolsSeenOptions } from "./protocols-seen.ts"
export { type RefusalCode, type RefusalOptions, refusal } from "./refusal.ts"
export { respond } from "./respond.ts"
export type { Transport } from "./transport.ts"
export { type CallStats, type CallWatch, type WatchCallsOptions, watchCalls } from "./watch-calls.ts"
