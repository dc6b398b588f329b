// A service that is not for everybody.

import { protocol } from "@avrolet/avro"
import { type Interceptor, implement, type Service } from "@avrolet/rpc"

export const Accounts = protocol({
  protocol: "Accounts",
  namespace: "example",
  messages: {
    balance: { request: [{ name: "account", type: "string" }], response: "long" },
    pay: {
      request: [
        { name: "account", type: "string" },
        { name: "amount", type: "long" },
      ],
      response: "long",
    },
  },
})

export function createAccounts(interceptors: readonly Interceptor[] = []): Service {
  const balances = new Map([["ada", 100]])
  return implement(
    Accounts,
    {
      balance: ({ account }) => balances.get(account) ?? 0,
      pay: ({ account, amount }) => {
        const balance = (balances.get(account) ?? 0) + amount
        balances.set(account, balance)
        return balance
      },
    },
    { interceptors },
  )
}
