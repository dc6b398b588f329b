import { protocol } from "@avrolet/avro"
import { describe, expect, test } from "vitest"
import { createCancellation } from "./cancellation.ts"
import { createClient } from "./client.ts"
import { declaredError } from "./declared-error.ts"
import type { ServedEvent } from "./diagnostics.ts"
import { RpcError } from "./errors.ts"
import { implement } from "./implement.ts"
import type { InterceptedCall, Interceptor } from "./interceptor.ts"
import { localTransport } from "./local.ts"
import { refusal } from "./refusal.ts"
import { nextTurns } from "./testing/proxy.ts"
import { failureOf, published } from "./transport.contract.ts"

const Till = protocol({
  protocol: "Till",
  types: [{ type: "error", name: "Empty", fields: [] }],
  messages: {
    add: { request: [{ name: "amount", type: "int" }], response: "int", errors: ["Empty"] },
    ring: { request: [], response: "null", "one-way": true },
  },
})

/** A till with interceptors around it, a client with others, and how often the handlers ran. */
function createTill({
  server = [],
  client = [],
  fail = () => {},
}: {
  server?: Interceptor[]
  client?: Interceptor[]
  fail?: (run: number) => void
}) {
  const state = { runs: 0 }
  const service = implement(
    Till,
    {
      add: ({ amount }) => {
        fail(++state.runs)
        return amount + 1
      },
      ring: () => {
        fail(++state.runs)
        return null
      },
    },
    { interceptors: server },
  )
  return { state, client: createClient(Till, localTransport(service), { interceptors: client }) }
}

const sides = [
  { side: "client", around: (interceptors: Interceptor[]) => ({ client: interceptors }) },
  { side: "server", around: (interceptors: Interceptor[]) => ({ server: interceptors }) },
] as const

describe.for(sides)("interceptors of a $side", ({ side, around }) => {
  test("are called in their order, the first outermost", async () => {
    const order: string[] = []
    const named =
      (name: string): Interceptor =>
      async (_call, next) => {
        order.push(`${name} begins`)
        const result = await next()
        order.push(`${name} ends`)
        return result
      }
    const till = createTill(around([named("first"), named("second")]))
    expect(await till.client.add({ amount: 1 })).toBe(2)
    expect(order).toEqual(["first begins", "second begins", "second ends", "first ends"])
  })

  test("see the protocol, the message, the parameters, the time and the signal", async () => {
    const seen: InterceptedCall[] = []
    const look: Interceptor = (call, next) => {
      seen.push(call)
      return next()
    }
    const till = createTill(around([look]))
    await till.client.add({ amount: 1 }, { timeoutMillis: 60_000, metadata: { trace: new Uint8Array([7]) } })
    expect(seen[0]).toMatchObject({
      protocol: { name: "Till" },
      message: "add",
      parameters: { amount: 1 },
      metadata: { trace: new Uint8Array([7]) },
      signal: { aborted: false },
    })
    expect(seen[0]?.remainingMillis).toBeGreaterThan(0)
    expect(seen[0]?.remainingMillis).toBeLessThanOrEqual(60_000)
  })

  test("may measure, whatever the outcome", async () => {
    const measured: string[] = []
    const measure: Interceptor = async ({ message }, next) => {
      const startedAt = performance.now()
      try {
        return await next()
      } finally {
        measured.push(`${message} ${performance.now() >= startedAt}`)
      }
    }
    const till = createTill({
      ...around([measure]),
      fail: (run) => {
        if (run === 2) throw new Error("broken")
      },
    })
    await till.client.add({ amount: 1 })
    await failureOf(till.client.add({ amount: 1 }))
    await till.client.ring().catch(() => {})
    expect(measured).toEqual(["add true", "add true", "ring true"])
  })

  test("may answer themselves: the handler does not run", async () => {
    const till = createTill(around([async () => 42]))
    expect(await till.client.add({ amount: 1 })).toBe(42)
    expect(till.state.runs).toBe(0)
  })

  test("may change the result", async () => {
    const till = createTill(around([async (_call, next) => Number(await next()) * 10]))
    expect(await till.client.add({ amount: 1 })).toBe(20)
  })

  test("are around one-way calls too", async () => {
    const messages: string[] = []
    const listen: Interceptor = (call, next) => {
      messages.push(call.message)
      return next()
    }
    const till = createTill(around([listen]))
    expect(await till.client.ring()).toBeNull()
    expect(messages).toEqual(["ring"])
    expect(till.state.runs).toBe(1)
  })

  test("fail the call with a declared error that they throw", async () => {
    const refuse: Interceptor = async () => {
      throw declaredError(Till, "Empty", {})
    }
    const till = createTill(around([refuse]))
    expect(await failureOf(till.client.add({ amount: 1 }))).toMatchObject({
      code: "ERR_RPC_DECLARED",
      errorName: "Empty",
    })
    expect(till.state.runs).toBe(0)
  })

  test(`add metadata: a ${side} adds to what it sends`, async () => {
    const add: Interceptor = (call, next) => {
      const sent = side === "client" ? call.metadata : call.responseMetadata
      sent["by"] = new Uint8Array([1])
      return next()
    }
    const came: unknown[] = []
    const look: Interceptor = async (call, next) => {
      const result = await next()
      came.push(side === "client" ? { ...call.metadata } : { ...call.responseMetadata })
      return result
    }
    const till = createTill(
      side === "client" ? { client: [add], server: [look] } : { client: [look], server: [add] },
    )
    await till.client.add({ amount: 1 })
    expect(came).toEqual([{ by: new Uint8Array([1]) }])
  })
})

describe("an interceptor of a client", () => {
  const retry: Interceptor = async (call, next) => {
    const isSafe = call.message === "add"
    for (let attempt = 1; ; attempt++) {
      try {
        return await next()
      } catch (error) {
        const mayTry = error instanceof RpcError && error.code === "ERR_RPC_UNAVAILABLE"
        if (!isSafe || !mayTry || attempt === 3) throw error
      }
    }
  }
  const unavailableTwice = (run: number): void => {
    if (run < 3) throw refusal("ERR_RPC_UNAVAILABLE", `Not yet, ${run}`)
  }

  test("may try again the messages that are safe, and no others", async () => {
    const safe = createTill({ client: [retry], fail: unavailableTwice })
    expect(await safe.client.add({ amount: 1 })).toBe(2)
    expect(safe.state.runs).toBe(3)
    const other = createTill({ client: [retry], fail: unavailableTwice })
    expect(await failureOf(other.client.ring())).toMatchObject({ message: "Not yet, 1" })
    expect(other.state.runs).toBe(1)
  })

  test("has the time and the signal of the call for all its tries together", async () => {
    const forever: Interceptor = async (_call, next) => {
      for (;;) {
        await next().catch(() => {})
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    const measured: number[] = []
    const look: Interceptor = (call, next) => {
      measured.push(call.remainingMillis)
      return next()
    }
    const fail = (): never => {
      throw new Error("again")
    }
    const till = createTill({ client: [forever], server: [look], fail })
    const outcome = failureOf(till.client.add({ amount: 1 }, { timeoutMillis: 100 }))
    expect(await outcome).toMatchObject({ code: "ERR_RPC_TIMEOUT", message: "No response within 100 ms" })
    const { runs } = till.state
    await nextTurns()
    expect(till.state.runs).toBe(runs) // what is tried after that is not sent
    expect(measured.at(-1)).toBeLessThan(measured[0] as number)
  }, 20_000)

  test("may give a try less time than the call has: its handler is told so, and the call goes on", async () => {
    const told: number[] = []
    const look: Interceptor = (call, next) => {
      told.push(call.remainingMillis)
      return next()
    }
    const twice: Interceptor = async (_call, next) => {
      const first = await failureOf(next({ timeoutMillis: 30 }))
      expect(first).toMatchObject({ code: "ERR_RPC_TIMEOUT", message: "No response within 30 ms" })
      return next()
    }
    let runs = 0
    const wait: Interceptor = async (call, next) => {
      if (++runs === 1) await new Promise((resolve) => call.signal.addEventListener("abort", resolve))
      return next()
    }
    const till = createTill({ client: [twice], server: [look, wait] })
    expect(await till.client.add({ amount: 1 }, { timeoutMillis: 60_000 })).toBe(2)
    expect(told[0]).toBeLessThanOrEqual(30)
    expect(told[1]).toBeGreaterThan(30)
  })

  test("may give a try a signal of its own, or a cancellation, which ends that try and no other", async () => {
    const reason = new Error("not this one")
    const bySignal = () => {
      const controller = new AbortController()
      return { limits: { signal: controller.signal }, cancel: () => controller.abort(reason) }
    }
    const byCancellation = () => {
      const cancellation = createCancellation()
      return { limits: { cancellation }, cancel: () => cancellation.cancel(reason) }
    }
    for (const create of [bySignal, byCancellation]) {
      const both: Interceptor = async (_call, next) => {
        const { limits, cancel } = create()
        const first = failureOf(next(limits))
        const second = next()
        cancel()
        expect(await first).toBe(reason)
        expect(await failureOf(next(limits))).toBe(reason)
        return second
      }
      const till = createTill({ client: [both] })
      expect(await till.client.add({ amount: 1 })).toBe(2)
      expect(till.state.runs).toBeLessThanOrEqual(2)
    }
  })

  test("has the limits of tries hold within each other, and within those of the call", async () => {
    const within =
      (timeoutMillis: number): Interceptor =>
      (_call, next) =>
        next({ timeoutMillis })
    const told: number[] = []
    const look: Interceptor = (call, next) => {
      told.push(call.remainingMillis)
      return next()
    }
    for (const limits of [
      [30_000, 60_000],
      [60_000, 30_000],
    ]) {
      const till = createTill({ client: limits.map(within), server: [look] })
      await till.client.add({ amount: 1 })
      await till.client.add({ amount: 1 }, { timeoutMillis: 10_000 })
    }
    const [first = 0, second = 0, third = 0, fourth = 0] = told
    for (const millis of [first, third]) expect(millis).toBeGreaterThan(10_000)
    for (const millis of [first, third]) expect(millis).toBeLessThanOrEqual(30_000)
    for (const millis of [second, fourth]) expect(millis).toBeLessThanOrEqual(10_000)
  })

  test("gets the metadata of the try that was answered first, where two overlap", async () => {
    let run = 0
    const answer: Interceptor = async (call, next) => {
      call.responseMetadata["run"] = Uint8Array.of(++run)
      return next()
    }
    const overlapping: Interceptor = async (_call, next) => {
      const { signal } = new AbortController()
      const tries = [next({ signal }), next({ signal })]
      const first = await Promise.race(tries)
      await Promise.all(tries)
      return first
    }
    const till = createTill({ client: [overlapping], server: [answer] })
    let received: unknown
    await till.client.add({ amount: 1 }, { onMetadata: (metadata) => (received = { ...metadata }) })
    expect(till.state.runs).toBe(2)
    expect(received).toEqual({ run: Uint8Array.of(1) })
  })

  test("leaves the metadata that the caller gave as it was", async () => {
    const add: Interceptor = (call, next) => {
      call.metadata["more"] = new Uint8Array()
      return next()
    }
    const metadata = { trace: new Uint8Array() }
    await createTill({ client: [add] }).client.add({ amount: 1 }, { metadata })
    expect(metadata).toEqual({ trace: new Uint8Array() })
  })

  test("fails the call with what it throws, as it is", async () => {
    const error = new Error("not today")
    const till = createTill({ client: [() => Promise.reject(error)] })
    expect(await failureOf(till.client.add({ amount: 1 }))).toBe(error)
    const sync = createTill({
      client: [
        () => {
          throw error
        },
      ],
    })
    expect(await failureOf(sync.client.add({ amount: 1 }))).toBe(error)
  })
})

describe("an interceptor of a server", () => {
  test("that throws is an internal error that tells nothing, and is published as it was thrown", async () => {
    const fail: Interceptor = async () => {
      throw new Error("password=hunter2")
    }
    const till = createTill({ server: [fail] })
    const served = await published<ServedEvent>("avrolet:rpc.served", async () => {
      expect(await failureOf(till.client.add({ amount: 1 }))).toMatchObject({
        code: "ERR_RPC_REMOTE",
        message: "Internal error",
      })
    })
    expect(served).toMatchObject([{ error: { message: "password=hunter2" } }])
  })

  test("runs the handler once: a second next() is refused, and fails the call if it is let through", async () => {
    let second: unknown
    const twice: Interceptor = async (_call, next) => {
      const result = await next()
      second = await failureOf(next())
      return result
    }
    const till = createTill({ server: [twice] })
    expect(await till.client.add({ amount: 1 })).toBe(2)
    expect(second).toEqual(
      new TypeError("An interceptor called next() again for add: at a server, a handler runs once"),
    )
    const through = createTill({ server: [async (_call, next) => (await next(), next())] })
    expect(await failureOf(through.client.add({ amount: 1 }))).toMatchObject({ message: "Internal error" })
    expect([till.state.runs, through.state.runs]).toEqual([1, 1])
  })

  test("gives a handler no other limits than its client does", async () => {
    const served = await published<ServedEvent>("avrolet:rpc.served", async () => {
      const till = createTill({ server: [(_call, next) => next({ timeoutMillis: 100 })] })
      expect(await failureOf(till.client.add({ amount: 1 }))).toMatchObject({ message: "Internal error" })
      expect(till.state.runs).toBe(0)
    })
    expect(served).toMatchObject([
      { error: { message: expect.stringContaining("with limits for add: at a server") } },
    ])
  })

  test("whose result does not fit the response is an internal error", async () => {
    const till = createTill({ server: [async () => "forty-two"] })
    expect(await failureOf(till.client.add({ amount: 1 }))).toMatchObject({ code: "ERR_RPC_REMOTE" })
  })

  test("that took all the client's time keeps the handler from starting", async () => {
    const slow: Interceptor = async (call, next) => {
      await new Promise((resolve) => call.signal.addEventListener("abort", resolve, { once: true }))
      return next()
    }
    const till = createTill({ server: [slow] })
    const served = await published<ServedEvent>("avrolet:rpc.served", async (events) => {
      await failureOf(till.client.add({ amount: 1 }, { timeoutMillis: 20 }))
      while (events.length === 0) await new Promise((resolve) => setImmediate(resolve))
    })
    expect(served).toMatchObject([{ error: { code: "ERR_RPC_TIMEOUT" } }])
    expect(till.state.runs).toBe(0)
  })
})
