import { setTimeout as sleep } from "node:timers/promises"
import { protocol } from "@avrolet/avro"
import { describe, expect, test } from "vitest"
import { createClient } from "../client.ts"
import { declaredError } from "../declared-error.ts"
import { RpcError, type RpcErrorCode } from "../errors.ts"
import { type CallContext, implement } from "../implement.ts"
import type { Interceptor } from "../interceptor.ts"
import { localTransport } from "../local.ts"
import { refusal } from "../refusal.ts"
import { failureOf } from "../testing/outcome.ts"
import type { Transport } from "../transport.ts"
import { balancedTransport } from "./balanced-transport.ts"
import { hedging } from "./hedging.ts"
import { type RetryOptions, retries } from "./retries.ts"
import { retryBudget } from "./retry-budget.ts"

const Till = protocol({
  protocol: "Till",
  types: [{ type: "error", name: "Empty", fields: [] }],
  messages: {
    look: { request: [], response: "int", errors: ["Empty"] },
    add: { request: [], response: "int" },
  },
})
type Messages = NonNullable<(typeof Till)["~types"]>["messages"]

/** A till whose handlers do something first, and a client that tries again. Says how often they ran, and when. */
function createTill(
  before: (run: number, context: CallContext) => void | Promise<void>,
  options: RetryOptions<Messages> = { safe: ["look"], minBackoffMillis: 1 },
  inner: Interceptor[] = [],
) {
  const runs: CallContext[] = []
  const serve = async (_parameters: unknown, context: CallContext): Promise<number> => {
    runs.push(context)
    await before(runs.length, context)
    return runs.length
  }
  const service = implement(Till, { look: serve, add: serve })
  const interceptors = [retries(Till, options), ...inner]
  return { runs, client: createClient(Till, localTransport(service), { interceptors }) }
}

/** Fails as a transport does, instead of a call or after it was served. */
function failing(times: number, code: RpcErrorCode, { served }: { served: boolean }): Interceptor {
  let left = times
  return async (_call, next) => {
    if (left-- <= 0) return next()
    if (served) await next()
    throw new RpcError(code, "passing", { mayHaveBeenServed: served })
  }
}

describe("retries", () => {
  test("try a call again that a server refused because it cannot serve now, whatever the message", async () => {
    const refuseOnce = (run: number): void => {
      if (run === 1) throw refusal("ERR_RPC_UNAVAILABLE", "Not yet")
    }
    for (const message of ["look", "add"] as const) {
      const till = createTill(refuseOnce)
      expect(await till.client[message]()).toBe(2)
    }
  })

  test.for<RpcErrorCode>(["ERR_RPC_CONNECTION", "ERR_RPC_TIMEOUT", "ERR_RPC_TRUNCATED"])(
    "try a call again that may have been served only if its message is safe: %s",
    async (code) => {
      const lost = () => failing(1, code, { served: true })
      const safe = createTill(() => {}, undefined, [lost()])
      expect(await safe.client.look()).toBe(2)
      const other = createTill(() => {}, undefined, [lost()])
      expect(await failureOf(other.client.add())).toMatchObject({ code, message: "passing" })
      expect(other.runs).toHaveLength(1)
    },
  )

  test("say that a call may have been served where any of its tries was, though the last was not", async () => {
    const inner = [
      failing(1, "ERR_RPC_OVERLOADED", { served: true }),
      failing(2, "ERR_RPC_CONNECTION", { served: false }),
    ]
    const till = createTill(() => {}, undefined, inner.toReversed())
    expect(await failureOf(till.client.look())).toMatchObject({ mayHaveBeenServed: true })
  })

  test("try a call again that was never sent, whatever the message", async () => {
    const till = createTill(() => {}, undefined, [failing(1, "ERR_RPC_CONNECTION", { served: false })])
    expect(await till.client.add()).toBe(1)
  })

  test.for<[string, unknown, Partial<RpcError>]>([
    ["a declared error", declaredError(Till, "Empty", {}), { code: "ERR_RPC_DECLARED" }],
    ["an error of the application", new Error("password=hunter2"), { code: "ERR_RPC_REMOTE" }],
    ["a refusal that will not change", refusal("ERR_RPC_FORBIDDEN", "No"), { code: "ERR_RPC_FORBIDDEN" }],
    [
      "a caller who is unknown",
      refusal("ERR_RPC_UNAUTHENTICATED", "Who?"),
      { code: "ERR_RPC_UNAUTHENTICATED" },
    ],
  ])("do not try again after %s", async ([, error, expected]) => {
    const till = createTill(() => {
      throw error
    })
    expect(await failureOf(till.client.look())).toMatchObject(expected)
    expect(till.runs).toHaveLength(1)
  })

  test.for<[number, number]>([
    [429, 2],
    [502, 2],
    [503, 2],
    [504, 2],
    [404, 1],
    [500, 1],
  ])("after the HTTP status %i there are %i tries", async ([httpStatus, tries]) => {
    let made = 0
    const proxy: Interceptor = async (_call, next) => {
      if (++made > 1) return next()
      throw new RpcError("ERR_RPC_HTTP_STATUS", "a page", { httpStatus })
    }
    const till = createTill(() => {}, undefined, [proxy])
    await till.client.look().catch(() => {})
    expect(made).toBe(tries)
  })

  test("end with the last error, after as many tries as they may", async () => {
    const options = { safe: ["look"], maxTries: 4, minBackoffMillis: 1 } as const
    const till = createTill((run) => {
      throw refusal("ERR_RPC_OVERLOADED", `Full, ${run}`)
    }, options)
    expect(await failureOf(till.client.look())).toMatchObject({ message: "Full, 4" })
  })

  test("have the time of the call for all tries together, and tell the server what is left", async () => {
    const left: number[] = []
    const till = createTill(
      async (_run, { remainingMillis }) => {
        left.push(remainingMillis)
        await sleep(20)
        throw refusal("ERR_RPC_UNAVAILABLE", "Not yet")
      },
      { maxTries: 3, minBackoffMillis: 1 },
    )
    await failureOf(till.client.look({}, { timeoutMillis: 60_000 }))
    const [first = 0, second = 0, third = 0] = left
    expect(first).toBeLessThanOrEqual(60_000)
    expect(second).toBeLessThan(first - 15)
    expect(third).toBeLessThan(second - 15)
  })

  test("do not wait for longer than the call has time: they reject with the error at once", async () => {
    const till = createTill(
      () => {
        throw refusal("ERR_RPC_UNAVAILABLE", "Not yet")
      },
      { minBackoffMillis: 60_000, maxBackoffMillis: 60_000 },
    )
    const startedAt = performance.now()
    expect(await failureOf(till.client.look({}, { timeoutMillis: 20_000 }))).toMatchObject({
      message: "Not yet",
    })
    expect(performance.now() - startedAt).toBeLessThan(10_000)
    expect(till.runs).toHaveLength(1)
  })

  test("wait as long as the server asks them to, or not at all where that is too long", async () => {
    const askToWait = (retryAfterMillis: number): Interceptor => {
      let made = 0
      return async (_call, next) => {
        if (++made > 1) return next()
        throw new RpcError("ERR_RPC_OVERLOADED", "Full", { retryAfterMillis })
      }
    }
    const startedAt = performance.now()
    expect(await createTill(() => {}, undefined, [askToWait(200)]).client.look()).toBe(1)
    expect(performance.now() - startedAt).toBeGreaterThan(190)
    const hasty = createTill(() => {}, undefined, [askToWait(60_000)])
    expect(await failureOf(hasty.client.look({}, { timeoutMillis: 5000 }))).toMatchObject({ message: "Full" })
    expect(hasty.runs).toHaveLength(0)
  })

  test("do not wait for one of several servers: another may have room", async () => {
    const till = (look: () => number): Transport => localTransport(implement(Till, { look, add: () => 0 }))
    const isFull = (): never => {
      throw refusal("ERR_RPC_OVERLOADED", "Full", { retryAfterMillis: 60_000 })
    }
    await using transport = balancedTransport([till(isFull), till(() => 7)])
    const client = createClient(Till, transport, {
      timeoutMillis: 5000,
      interceptors: [retries(Till, { safe: ["look"] })],
    })
    for (let call = 0; call < 10; call++) expect(await client.look()).toBe(7)
    expect(transport.servers().map(({ calls }) => calls > 0)).toEqual([true, true])
  })

  test("stop waiting when the call is given up", async () => {
    const controller = new AbortController()
    const options = { minBackoffMillis: 60_000, maxBackoffMillis: 60_000 }
    const till = createTill(() => {
      setImmediate(() => controller.abort(new Error("changed my mind")))
      throw refusal("ERR_RPC_UNAVAILABLE", "Not yet")
    }, options)
    expect(await failureOf(till.client.look({}, { signal: controller.signal }))).toMatchObject({
      message: "changed my mind",
    })
    expect(till.runs).toHaveLength(1)
  })

  test("give up a try that takes longer than its part of the time, and its handler is told", async () => {
    const options = { safe: ["look"], tryMillis: 50, minBackoffMillis: 1 } as const
    const till = createTill(async (run, { signal }) => {
      if (run === 1) await new Promise((resolve) => signal.addEventListener("abort", resolve))
    }, options)
    expect(await till.client.look({}, { timeoutMillis: 60_000 })).toBe(2)
    expect(till.runs[0]?.signal.aborted).toBe(true)
    expect(till.runs[0]?.remainingMillis).toBeLessThanOrEqual(50)
  })

  test("let the last try, and those of messages that are not safe, take the time of the call", async () => {
    const left: number[] = []
    const options = { safe: ["look"], tryMillis: 20, maxTries: 2, minBackoffMillis: 1 } as const
    const till = createTill(async (run, { signal, remainingMillis }) => {
      left.push(remainingMillis)
      if (run === 1) await new Promise((resolve) => signal.addEventListener("abort", resolve))
    }, options)
    expect(await till.client.look({}, { timeoutMillis: 60_000 })).toBe(2)
    expect(await till.client.add({}, { timeoutMillis: 60_000 })).toBe(3)
    const [first = 0, last = 0, other = 0] = left
    expect(first).toBeLessThanOrEqual(20)
    expect(last).toBeGreaterThan(30_000)
    expect(other).toBeGreaterThan(30_000)
  })

  test("are a share of the calls while a server fails them all", async () => {
    const budget = retryBudget({ share: 0.1, burst: 10 })
    const till = createTill(
      () => {
        throw refusal("ERR_RPC_OVERLOADED", "Full")
      },
      { maxTries: 5, minBackoffMillis: 1, maxBackoffMillis: 1, budget },
    )
    const CALLS = 1000
    for (let call = 0; call < CALLS; call++) await failureOf(till.client.look())
    expect(till.runs.length).toBeGreaterThanOrEqual(CALLS + 10)
    expect(till.runs.length).toBeLessThanOrEqual(CALLS * 1.1 + 10)
  })

  test("and hedging of one budget count a call once, whatever it is tried", async () => {
    const budget = retryBudget({ share: 1, burst: 5 })
    while (budget.take());
    const refuse = (): never => {
      throw refusal("ERR_RPC_UNAVAILABLE", "Not now")
    }
    const hedge = hedging(Till, { safe: ["look"], afterMillis: 1000, budget })
    const options = { safe: ["look"], tryMillis: 5000, maxTries: 5, minBackoffMillis: 1, budget } as const
    const { runs, client } = createTill(refuse, options, [hedge])
    expect(await failureOf(client.look())).toMatchObject({ code: "ERR_RPC_UNAVAILABLE" })
    expect(runs).toHaveLength(2)
  })

  test("leave calls of another protocol as they are, but those that were not served", async () => {
    const Other = protocol({ protocol: "Other", messages: { look: { request: [], response: "int" } } })
    let runs = 0
    const service = implement(Other, { look: () => ++runs })
    const interceptors = [
      retries(Till, { safe: ["look"], minBackoffMillis: 1 }),
      failing(1, "ERR_RPC_CONNECTION", { served: true }),
    ]
    const client = createClient(Other, localTransport(service), { interceptors })
    expect(await failureOf(client.look())).toMatchObject({ code: "ERR_RPC_CONNECTION" })
    expect(runs).toBe(1)
  })

  test("refuse a name that is no message, for the type checker too, and numbers that none can be", () => {
    // @ts-expect-error There is no such message.
    expect(() => retries(Till, { safe: ["lok"] })).toThrow(new TypeError('"lok" is no message of Till'))
    // @ts-expect-error Nor this.
    expect(() => retries(Till, { safe: ["toString"] })).toThrow(TypeError)
    expect(() => retries(Till, { maxTries: 0 })).toThrow(TypeError)
    expect(() => retries(Till, { tryMillis: -1 })).toThrow(/^tryMillis must be more than 0/)
    expect(() => retries(Till, { minBackoffMillis: Number.NaN })).toThrow(TypeError)
  })
})
