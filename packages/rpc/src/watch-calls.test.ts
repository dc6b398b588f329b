import { channel } from "node:diagnostics_channel"
import { type ProtocolDefinition, parseProtocol, protocol } from "@avrolet/avro"
import fc from "fast-check"
import { expect, test } from "vitest"
import { type CallStats, createClient, implement, localTransport, watchCalls } from "./index.ts"
import { serveTcp, tcpTransport } from "./tcp/index.ts"
import { failureOf } from "./testing/outcome.ts"
import { createShop, Shop } from "./testing/shop.ts"

test("calls are counted by message, on both sides, with outcomes and codes", async () => {
  await using server = await serveTcp(createShop().service, { port: 0 })
  await using transport = tcpTransport({ port: server.port })
  const client = createClient(Shop, transport)
  using watch = watchCalls()
  await Promise.all(Array.from({ length: 10 }, (_, length) => client.echo({ query: "x".repeat(length) })))
  await failureOf(client.buy({ item: "unicorn" }))
  await client.buy({ item: "apple" })
  await failureOf(client.crash())
  const { served, made, refused } = watch.stats()
  for (const side of [served, made]) {
    expect(side.map(({ message, calls }) => [message, calls])).toEqual([
      ["echo", 10],
      ["buy", 2],
      ["crash", 1],
    ])
    expect(side[0]).toMatchObject({ protocol: "test.Shop", codes: {} })
    expect(side[1]).toMatchObject({
      outcomes: { ok: 1, declared: 1, refused: 0, "given-up": 0, failed: 0 },
      codes: { ERR_RPC_DECLARED: 1 },
    })
    expect(side[2]).toMatchObject({ outcomes: { ok: 0, failed: 1 }, codes: { ERR_RPC_REMOTE: 1 } })
    const [{ millis, requestBytes, responseBytes }] = side as [(typeof side)[0]]
    expect(millis.p50).toBeGreaterThan(0)
    expect(millis.p99).toBeGreaterThanOrEqual(millis.p50)
    expect(millis.max).toBeGreaterThanOrEqual(millis.p99)
    expect(requestBytes.max - requestBytes.mean).toBeCloseTo(4.5) // lengths 0 to 9
    expect(responseBytes.max - responseBytes.mean).toBeCloseTo(4.5)
  }
  expect(made[0]?.tries).toEqual({ mean: 1, max: 1 })
  expect(refused).toEqual({})
})

test("a request that never became a call is counted by its code", async () => {
  const newer = protocol({
    protocol: "Shop",
    namespace: "test",
    messages: { refund: { request: [], response: "int" } },
  })
  const client = createClient(newer, localTransport(createShop().service))
  using watch = watchCalls()
  await failureOf(client.refund())
  expect(watch.stats()).toMatchObject({
    served: [],
    made: [{ message: "refund", outcomes: { refused: 1 }, codes: { ERR_RPC_UNKNOWN_MESSAGE: 1 } }],
    refused: { ERR_RPC_UNKNOWN_MESSAGE: 1 },
  })
})

test("how many calls a handler makes is counted: three more on every request are seen", async () => {
  const Page = protocol({
    protocol: "Page",
    messages: { show: { request: [{ name: "items", type: "int" }], response: "int" } },
  })
  const shop = createClient(Shop, localTransport(createShop().service))
  const page = implement(Page, {
    show: async ({ items }) => {
      await shop.echo({ query: "title" })
      for (let item = 0; item < items; item++) await shop.buy({ item: String(item) })
      return items
    },
  })
  const client = createClient(Page, localTransport(page))
  using watch = watchCalls()
  for (const items of [0, 3, 6]) await client.show({ items })
  expect(watch.stats().served.find(({ protocol: name }) => name === "Page")).toMatchObject({
    fanOut: { mean: 4, max: 7 },
    fanOutByMessage: { "test.Shop.echo": { mean: 1, max: 1 }, "test.Shop.buy": { mean: 3, max: 6 } },
  })
})

test.for([0, -1, Number.NaN])("a watch of %s messages is refused", (maxMessages) => {
  expect(() => watchCalls({ maxMessages })).toThrow(/^maxMessages must be more than 0/)
})

test("what peers and programs name is bounded: beyond maxMessages it is one", async () => {
  using watch = watchCalls({ maxMessages: 3 })
  const shop = createClient(Shop, localTransport(createShop().service))
  for (let number = 0; number < 10; number++) {
    const numbered = parseProtocol({
      protocol: `Numbered${number}`,
      messages: { ask: { request: [], response: "string" } },
    } satisfies ProtocolDefinition)
    const service = implement(numbered, { ask: () => shop.echo({ query: "" }) })
    const client = createClient(numbered, localTransport(service))
    await client["ask"]?.()
  }
  const { served, made } = watch.stats()
  expect(served.map(({ protocol: name, message, calls }) => [name, message, calls])).toEqual([
    ["test.Shop", "echo", 10],
    ["*", "*", 8],
    ["Numbered0", "ask", 1],
    ["Numbered1", "ask", 1],
  ])
  expect(made).toHaveLength(4)
})

test("it counts from when it is made until it is closed, and others go on", async () => {
  const client = createClient(Shop, localTransport(createShop().service))
  const callsOf = ({ made }: CallStats): number => made[0]?.calls ?? 0
  await client.echo({ query: "before" })
  const first = watchCalls()
  await client.echo({ query: "" })
  const second = watchCalls()
  await client.echo({ query: "" })
  first.close()
  first.close()
  await client.echo({ query: "" })
  expect([callsOf(first.stats()), callsOf(second.stats())]).toEqual([2, 2])
  second.close()
  for (const name of ["served", "call", "refused"])
    expect(channel(`avrolet:rpc.${name}`).hasSubscribers, name).toBe(false)
})

test("times are right within a hundredth", () => {
  const calls = channel("avrolet:rpc.call")
  const times = fc.array(fc.double({ min: 0.001, max: 4e6, noNaN: true }), { minLength: 1, maxLength: 200 })
  fc.assert(
    fc.property(times, (millis) => {
      using watch = watchCalls()
      for (const time of millis) {
        calls.publish({
          protocol: "P",
          message: "m",
          millis: time,
          requestBytes: 0,
          responseBytes: 0,
          outcome: "ok",
          tries: 1,
        })
      }
      const sorted = millis.map((time) => Math.min(time, 3_600_000)).toSorted((a, b) => a - b)
      const at = (share: number): number => sorted[Math.ceil(sorted.length * share) - 1] as number
      const got = watch.stats().made[0]?.millis
      const close = (value: number | undefined, exact: number): boolean =>
        Math.abs((value ?? Number.NaN) - exact) <= exact * 0.01 + 0.001
      return close(got?.p50, at(0.5)) && close(got?.p99, at(0.99)) && close(got?.max, at(1))
    }),
  )
})
