// What a client does about servers that fail: interceptors and a transport, each useful alone.

export type { ServerStatus } from "./balanced-server.ts"
export {
  type BalancedTransport,
  type BalancedTransportOptions,
  balancedTransport,
} from "./balanced-transport.ts"
export { type CircuitBreakerOptions, circuitBreaker } from "./circuit-breaker.ts"
export { type HedgingOptions, hedging } from "./hedging.ts"
export type { NamedServers } from "./named-servers.ts"
export type { Policy } from "./policies.ts"
export { type RetryOptions, retries } from "./retries.ts"
export { type RetryBudget, type RetryBudgetOptions, retryBudget } from "./retry-budget.ts"
