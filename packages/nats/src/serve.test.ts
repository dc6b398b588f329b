// Servers of one subject: how they share calls, refuse them, and end.

import { protocol } from "@avrolet/avro"
import { createClient, createHealth, Health, implement, RpcError } from "@avrolet/rpc"
import { afterAll, beforeAll, expect, test } from "vitest"
import { eventually, failureOf, until } from "../../rpc/src/testing/outcome.ts"
import { createShop, Shop } from "../../rpc/src/testing/shop.ts"
import { serveNats } from "./serve.ts"
import { type Broker, startBroker } from "./testing/nats-server.ts"
import { freshSubject, serveOver } from "./testing/served.ts"
import { natsTransport } from "./transport.ts"

let broker: Broker
beforeAll(async () => {
  broker = await startBroker()
})
afterAll(() => broker[Symbol.asyncDispose]())

test("servers of one queue group share the calls, and each call is served once", async () => {
  const [one, other] = [createShop(), createShop()]
  await using served = await serveOver(broker, one.service)
  await using second = await serveNats(served.back, other.service, { subject: served.subject })
  const client = createClient(Shop, served.transport)
  await Promise.all(Array.from({ length: 400 }, () => client.echo({ query: "" })))
  expect(one.contexts.length + other.contexts.length).toBe(400)
  expect(Math.min(one.contexts.length, other.contexts.length)).toBeGreaterThan(50)
  expect(second.id).not.toBe(served.server.id)
})

test("a server that closes under load costs not one call", async () => {
  const subject = freshSubject()
  const connection = await broker.connect()
  let isOver = false
  let answered = 0
  await using staying = await serveNats(await broker.connect(), createShop().service, { subject })
  await using transport = natsTransport(connection, { subject })
  const client = createClient(Shop, transport)
  const lane = async (): Promise<void> => {
    for (; !isOver; answered++)
      expect(await client.echo({ query: "on" }, { timeoutMillis: 10_000 })).toBe("on")
  }
  const lanes = Promise.all(Array.from({ length: 32 }, lane))
  for (let rounds = 0; rounds < 10; rounds++) {
    const before = answered
    const leaving = await serveNats(await broker.connect(), createShop().service, { subject })
    await Promise.race([lanes, until(() => answered > before + 500)])
    await leaving.close()
  }
  isOver = true
  await lanes
  await staying.close()
})

test("close lets the calls under way be answered, and takes no more", async () => {
  const shop = createShop()
  await using served = await serveOver(broker, shop.service)
  const client = createClient(Shop, served.transport)
  const underWay = client.wait()
  await until(() => shop.contexts.length === 1)
  const closed = served.server.close()
  await served.back.flush()
  expect(await failureOf(client.echo({ query: "" }))).toMatchObject({
    code: "ERR_RPC_CONNECTION",
    mayHaveBeenServed: false,
  })
  shop.release("in time")
  expect(await underWay).toBe("in time")
  await closed
})

test("a call that is given up while its server closes is not waited for", async () => {
  const shop = createShop()
  await using served = await serveOver(broker, shop.service)
  const giveUp = new AbortController()
  const underWay = failureOf(createClient(Shop, served.transport).wait({}, { signal: giveUp.signal }))
  await until(() => shop.contexts.length === 1)
  const closed = served.server.close({ timeoutMillis: 60_000 })
  await served.back.flush()
  giveUp.abort()
  await underWay
  await until(() => shop.contexts[0]?.signal.aborted === true)
  shop.release("nobody waits")
  await closed
})

test("what takes longer than close waits is broken off, on both sides", async () => {
  const shop = createShop()
  await using served = await serveOver(broker, shop.service)
  const underWay = failureOf(createClient(Shop, served.transport).wait())
  await until(() => shop.contexts.length === 1)
  await served.server.close({ timeoutMillis: 10 })
  expect(await underWay).toMatchObject({
    code: "ERR_RPC_CONNECTION",
    message: "The server was closed before the response was sent",
    mayHaveBeenServed: true,
  })
  expect(shop.contexts[0]?.signal.reason).toMatchObject({ code: "ERR_RPC_CONNECTION" })
})

test("a call beyond maxCallsInFlight is refused, and was not served", async () => {
  const shop = createShop()
  await using served = await serveOver(broker, shop.service, { server: { maxCallsInFlight: 2 } })
  const client = createClient(Shop, served.transport)
  const underWay = [client.wait(), client.wait()]
  await until(() => shop.contexts.length === 2)
  const refused = await failureOf(client.echo({ query: "" }))
  expect(refused).toBeInstanceOf(RpcError)
  expect(refused).toMatchObject({
    code: "ERR_RPC_OVERLOADED",
    message: "The server has 2 calls in flight already",
    mayHaveBeenServed: false,
  })
  shop.release("done")
  expect(await Promise.all(underWay)).toEqual(["done", "done"])
  expect(await client.echo({ query: "room again" })).toBe("room again")
})

test("calls are refused while the event loop is late", async () => {
  const Blocker = protocol({ protocol: "Blocker", messages: { block: { request: [], response: "null" } } })
  const blocker = implement(Blocker, {
    block: () => {
      const endsAt = performance.now() + 200
      while (performance.now() < endsAt);
      return null
    },
  })
  await using served = await serveOver(broker, blocker, { server: { maxLatenessMillis: 50 } })
  const client = createClient(Blocker, served.transport)
  const outcomes = await Promise.all(
    Array.from({ length: 20 }, () => client.block().catch((error: unknown) => error)),
  )
  const refused = outcomes.filter((outcome) => outcome instanceof RpcError)
  expect(refused.length).toBeGreaterThan(0)
  for (const error of refused)
    expect(error).toMatchObject({ code: "ERR_RPC_OVERLOADED", mayHaveBeenServed: false })
  expect(await eventually(() => client.block())).toBe(null) // when it is not late
})

test("several services at one subject: the handshake tells which is meant", async () => {
  const Clock = protocol({ protocol: "Clock", messages: { now: { request: [], response: "long" } } })
  const subject = freshSubject()
  const connection = await broker.connect()
  const services = [createShop().service, implement(Clock, { now: () => 7 })]
  await using server = await serveNats(connection, services, { subject })
  const transport = natsTransport(connection, { subject })
  expect(await createClient(Clock, transport).now()).toBe(7)
  expect(await createClient(Shop, transport).echo({ query: "both" })).toBe("both")
  await server.close()
})

test("the health of a service is served beside it, and says while it closes that nobody should come", async () => {
  const subject = freshSubject()
  const [back, front] = await Promise.all([broker.connect(), broker.connect()])
  const shop = createShop()
  const health = createHealth([shop.service])
  await using admin = await serveNats(back, health.service, { subject: `${subject}.health` })
  const server = await serveNats(back, [shop.service, health.service], { subject })
  const beside = createClient(Health, natsTransport(front, { subject }))
  const apart = createClient(Health, natsTransport(front, { subject: `${subject}.health` }))
  expect(await beside.check({ service: "test.Shop" })).toBe("SERVING")
  const underWay = createClient(Shop, natsTransport(front, { subject })).wait()
  await until(() => shop.contexts.length === 1)
  const closed = server.close()
  expect(await apart.check({ service: "test.Shop" })).toBe("NOT_SERVING")
  shop.release("answered")
  expect(await underWay).toBe("answered")
  await closed
  await admin.close()
})

test("versions of a protocol in one queue group: what both have is answered by both, the rest by those that have it", async () => {
  const subject = freshSubject()
  const connection = await broker.connect()
  const count = ({ text }: { text: string }): number => text.split(" ").length
  const Old = protocol({
    protocol: "Words",
    messages: { count: { request: [{ name: "text", type: "string" }], response: "int" } },
  })
  const New = protocol({
    protocol: "Words",
    messages: {
      count: { request: [{ name: "text", type: "string" }], response: "int" },
      longest: { request: [{ name: "text", type: "string" }], response: "string" },
    },
  })
  const longest = ({ text }: { text: string }): string =>
    text.split(" ").reduce((best, word) => (word.length > best.length ? word : best))
  await using old = await serveNats(connection, implement(Old, { count }), { subject })
  await using newer = await serveNats(await broker.connect(), implement(New, { count, longest }), { subject })

  const client = createClient(New, natsTransport(connection, { subject }))
  const counts = await Promise.all(Array.from({ length: 100 }, () => client.count({ text: "a few words" })))
  expect(new Set(counts)).toEqual(new Set([3]))
  const outcomes = await Promise.all(
    Array.from({ length: 100 }, () =>
      client.longest({ text: "a few words" }).catch((error: unknown) => error),
    ),
  )
  const refused = outcomes.filter((outcome) => outcome !== "words")
  expect(refused.length).toBeGreaterThan(0)
  expect(refused.length).toBeLessThan(100)
  for (const error of refused)
    expect(error).toMatchObject({
      code: "ERR_RPC_UNKNOWN_MESSAGE",
      message: 'Words has no message "longest"',
      mayHaveBeenServed: false,
    })
  await Promise.all([old.close(), newer.close()])
})
