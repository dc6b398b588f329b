// The service of the tests: a success, a declared error, an undeclared one, a slow one, a one-way.

import { protocol } from "@avrolet/avro"
import { type CallContext, declaredError, implement, type Service } from "../index.ts"

export const Shop = protocol({
  protocol: "Shop",
  namespace: "test",
  types: [
    { type: "error", name: "SoldOut", fields: [{ name: "item", type: "string" }] },
    { type: "error", name: "Closed", fields: [{ name: "until", type: "long" }] },
  ],
  messages: {
    echo: { request: [{ name: "query", type: "string" }], response: "string" },
    split: { request: [{ name: "query", type: "string" }], response: "string" },
    buy: {
      request: [
        { name: "item", type: "string" },
        { name: "count", type: "int", default: 1 },
      ],
      response: "int",
      errors: ["SoldOut", "Closed"],
    },
    crash: { request: [], response: "string" },
    wait: { request: [], response: "string" },
    log: { request: [{ name: "line", type: "string" }], response: "null", "one-way": true },
  },
})

/** A service, and what its handlers were told. */
export interface TestShop {
  readonly service: Service
  readonly lines: string[]
  readonly contexts: CallContext[]
  /** Has the calls of `wait` that are under way answered. */
  release(answer: string): void
}

export function createShop(options?: Parameters<typeof implement>[2]): TestShop {
  const lines: string[] = []
  const contexts: CallContext[] = []
  let waiting: ((answer: string) => void)[] = []
  const service = implement(
    Shop,
    {
      echo: ({ query }, context) => {
        contexts.push(context)
        return query
      },
      split: async ({ query }) => query.split(/\s+/).join("\n"),
      buy: ({ item, count }) => {
        if (item === "unicorn") throw declaredError(Shop, "SoldOut", { item })
        return count
      },
      crash: () => {
        throw new Error("password=hunter2")
      },
      wait: (_parameters, context) => {
        contexts.push(context)
        const { promise, resolve } = deferred()
        waiting.push(resolve)
        context.signal.addEventListener("abort", () => resolve("nobody waits"), { once: true })
        return promise
      },
      log: ({ line }) => {
        lines.push(line)
        return null
      },
    },
    options,
  )
  const release = (answer: string): void => {
    for (const resolve of waiting) resolve(answer)
    waiting = []
  }
  return { service, lines, contexts, release }
}

function deferred(): { promise: Promise<string>; resolve: (value: string) => void } {
  let resolve: (value: string) => void = () => {}
  const promise = new Promise<string>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
