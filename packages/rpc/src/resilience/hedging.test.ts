import { protocol } from "@avrolet/avro"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { createClient } from "../client.ts"
import { type CallContext, implement } from "../implement.ts"
import { localTransport } from "../local.ts"
import type { Metadata } from "../metadata.ts"
import { refusal } from "../refusal.ts"
import { failureOf, until } from "../testing/outcome.ts"
import { balancedTransport } from "./balanced-transport.ts"
import { type HedgingOptions, hedging } from "./hedging.ts"
import { Latencies } from "./latencies.ts"
import { retryBudget } from "./retry-budget.ts"

const Who = protocol({
  protocol: "Who",
  messages: { name: { request: [], response: "string" }, rename: { request: [], response: "string" } },
})
type Messages = NonNullable<(typeof Who)["~types"]>["messages"]

/** A server that answers when it is told to, or as soon as it is given up. */
function createServer(name: string) {
  const calls: { context: CallContext; settle: (error?: unknown) => void }[] = []
  const state = { isQuick: false, calls }
  const serve = (_parameters: unknown, context: CallContext): Promise<string> =>
    new Promise((resolve, reject) => {
      context.responseMetadata["from"] = Buffer.from(name)
      const settle = (error?: unknown): void => (error === undefined ? resolve(name) : reject(error))
      calls.push({ context, settle })
      context.signal.addEventListener("abort", () => resolve("nobody waits"), { once: true })
      if (state.isQuick) settle()
    })
  return Object.assign(state, { service: implement(Who, { name: serve, rename: serve }) })
}

/** Two servers, which get the calls in turn, from an unknown one of them on; and a client that hedges. */
function createPair(options: Partial<HedgingOptions<Messages>> = {}) {
  const servers = [createServer("a"), createServer("b")]
  const transport = balancedTransport(
    servers.map(({ service }) => localTransport(service)),
    { policy: "round-robin" },
  )
  const interceptors = [hedging(Who, { safe: ["name"], afterMillis: 20, ...options })]
  const callsOf = () => servers.flatMap(({ calls }) => calls)
  return { servers, callsOf, client: createClient(Who, transport, { interceptors }) }
}

describe("hedging", () => {
  test("makes a second try, at another server, of a call that takes long; the answer is the first, the other is told", async () => {
    const { servers, client } = createPair()
    const call = client.name()
    await until(() => servers.every(({ calls }) => calls.length === 1))
    const [a, b] = servers
    b?.calls[0]?.settle()
    expect(await call).toBe("b")
    await until(() => a?.calls[0]?.context.signal.aborted === true)
    expect(b?.calls[0]?.context.signal.aborted).toBe(false)
  })

  test("has a server ejected whose answers are overtaken again and again, and no other", async () => {
    const servers = ["a", "b", "c"].map(createServer)
    const transport = balancedTransport(
      servers.map(({ service }) => localTransport(service)),
      { policy: "round-robin", failuresInARow: 3, minEjectMillis: 60_000, maxEjectMillis: 60_000 },
    )
    for (const server of servers.slice(1)) server.isQuick = true
    const client = createClient(Who, transport, {
      interceptors: [hedging(Who, { safe: ["name"], afterMillis: 20 })],
    })
    while (transport.servers()[0]?.isEjected === false) expect(["b", "c"]).toContain(await client.name())
    expect(servers[0]?.calls).toHaveLength(3)
    expect(transport.servers().map(({ isEjected }) => isEjected)).toEqual([true, false, false])
  })

  test("is of no effect on a call that is answered in time", async () => {
    const { servers, callsOf, client } = createPair({ afterMillis: 60_000 })
    for (const server of servers) server.isQuick = true
    for (let call = 0; call < 10; call++) await client.name()
    expect(callsOf()).toHaveLength(10)
  })

  test("makes no second try of messages that are not safe", async () => {
    const { callsOf, client } = createPair({ afterMillis: 1 })
    const call = client.rename()
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(callsOf()).toHaveLength(1)
    callsOf()[0]?.settle()
    await call
  })

  test("hands on the metadata of the answer that it takes", async () => {
    const { servers, client } = createPair()
    let received: Readonly<Metadata> = {}
    const call = client.name({}, { onMetadata: (metadata) => (received = metadata) })
    await until(() => servers.every(({ calls }) => calls.length === 1))
    servers[0]?.calls[0]?.settle()
    expect(await call).toBe("a")
    expect(Buffer.from(received["from"] ?? []).toString()).toBe("a")
  })

  test("fails with the error where the first try has failed before there was another", async () => {
    const { callsOf, client } = createPair({ afterMillis: 60_000 })
    const call = failureOf(client.name())
    await until(() => callsOf().length === 1)
    callsOf()[0]?.settle(refusal("ERR_RPC_UNAVAILABLE", "Not well"))
    expect(await call).toMatchObject({ code: "ERR_RPC_UNAVAILABLE" })
    expect(callsOf()).toHaveLength(1)
  })

  test("takes the other's answer where one try fails, and fails where both do", async () => {
    const sick = refusal("ERR_RPC_UNAVAILABLE", "Not well")
    const { servers, client } = createPair()
    const saved = client.name()
    await until(() => servers.every(({ calls }) => calls.length === 1))
    servers[0]?.calls[0]?.settle(sick)
    await new Promise((resolve) => setTimeout(resolve, 10))
    servers[1]?.calls[0]?.settle()
    expect(await saved).toBe("b")

    const lost = failureOf(client.name())
    await until(() => servers.every(({ calls }) => calls.length === 2))
    for (const { calls } of servers) calls[1]?.settle(sick)
    expect(await lost).toMatchObject({ code: "ERR_RPC_UNAVAILABLE", message: "Not well" })
  })

  test("says that a call may have been served where one of its tries may, though the last was refused", async () => {
    const { servers, client } = createPair()
    const lost = failureOf(client.name())
    await until(() => servers.every(({ calls }) => calls.length === 1))
    servers[0]?.calls[0]?.settle(new Error("after it was served"))
    await new Promise((resolve) => setTimeout(resolve, 10))
    servers[1]?.calls[0]?.settle(refusal("ERR_RPC_UNAVAILABLE", "Not well"))
    expect(await lost).toMatchObject({ code: "ERR_RPC_UNAVAILABLE", mayHaveBeenServed: true })
  })

  test("ends both tries when the call is given up", async () => {
    const { servers, client } = createPair()
    const controller = new AbortController()
    const call = failureOf(client.name({}, { signal: controller.signal }))
    await until(() => servers.every(({ calls }) => calls.length === 1))
    controller.abort(new Error("changed my mind"))
    expect(await call).toMatchObject({ message: "changed my mind" })
    await until(() => servers.every(({ calls }) => calls[0]?.context.signal.aborted === true))
  })

  test("has no more second tries than its budget gives", async () => {
    const { servers, callsOf, client } = createPair({
      afterMillis: 1,
      budget: retryBudget({ share: 0, burst: 3 }),
    })
    const calls = Array.from({ length: 10 }, () => client.name())
    await until(() => callsOf().length === 13)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(callsOf()).toHaveLength(13)
    for (const server of servers) for (const { settle } of server.calls) settle()
    await Promise.all(calls)
  })

  test("by p95 begins when it knows how long calls take", async () => {
    const { servers, callsOf, client } = createPair({ afterMillis: "p95" })
    for (const server of servers) server.isQuick = true
    for (let call = 0; call < 20; call++) await client.name()
    const before = callsOf().length
    for (const server of servers) server.isQuick = false
    const call = client.name()
    await until(() => callsOf().length === before + 2)
    for (const { settle } of callsOf()) settle()
    await call
  })

  test("refuses a name that is no message, and a time that is none", () => {
    // @ts-expect-error There is no such message.
    expect(() => hedging(Who, { safe: ["nam"] })).toThrow(TypeError)
    expect(() => hedging(Who, { safe: ["name"], afterMillis: 0 })).toThrow(TypeError)
  })
})

describe("latencies", () => {
  test("are unknown while there are fewer than 20", () => {
    const latencies = new Latencies()
    for (let call = 0; call < 19; call++) latencies.note(1)
    expect(latencies.p95).toBeUndefined()
    latencies.note(1)
    expect(latencies.p95).toBe(1)
  })

  test("at most one in twenty of those looked at is above the 95th percentile", () => {
    const samples = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 20, maxLength: 600 })
    fc.assert(
      fc.property(samples, (millis) => {
        const latencies = new Latencies()
        for (const each of millis) latencies.note(each)
        const seen = millis.slice(0, millis.length - (millis.length % 20)).slice(-200)
        const p95 = latencies.p95 as number
        expect(seen).toContain(p95)
        expect(seen.filter((each) => each > p95).length).toBeLessThanOrEqual(seen.length / 20)
        expect(seen.filter((each) => each < p95).length).toBeLessThan(seen.length * 0.95)
      }),
    )
  })

  test("forget what was long ago", () => {
    const latencies = new Latencies()
    for (let call = 0; call < 200; call++) latencies.note(1000)
    for (let call = 0; call < 200; call++) latencies.note(1)
    expect(latencies.p95).toBe(1)
  })
})
