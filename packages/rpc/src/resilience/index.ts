// What a client does about servers that fail: interceptors and a transport, each useful alone.

export { type RetryOptions, retries } from "./retries.ts"
export { type RetryBudget, type RetryBudgetOptions, retryBudget } from "./retry-budget.ts"
