// What becomes of calls when it is the broker that fails, or forbids.

import {
  createClient,
  createHealth,
  Health,
  localTransport,
  type RefusedEvent,
  type RpcError,
} from "@avrolet/rpc"
import { expect, test, vi } from "vitest"
import { bytesInUse } from "../../rpc/src/testing/memory.ts"
import { eventually, failureOf, published, until } from "../../rpc/src/testing/outcome.ts"
import { nextTurns } from "../../rpc/src/testing/proxy.ts"
import { createShop, Shop } from "../../rpc/src/testing/shop.ts"
import { serveNats } from "./serve.ts"
import { crawlingLineTo } from "./testing/crawling-line.ts"
import { brokenConnection, startBroker } from "./testing/nats-server.ts"
import { serveOver } from "./testing/served.ts"
import { natsTransport } from "./transport.ts"

test("calls fail while the broker is gone, and go on by themselves when it is back", async () => {
  await using broker = await startBroker()
  const shop = createShop()
  await using served = await serveOver(broker, shop.service)
  const client = createClient(Shop, served.transport)
  const underWay = failureOf(client.wait())
  await until(() => shop.contexts.length === 1)

  await broker.kill()
  expect(await underWay).toMatchObject({ code: "ERR_RPC_CONNECTION", mayHaveBeenServed: true })
  expect(await failureOf(client.echo({ query: "while it is gone" }))).toMatchObject({
    code: "ERR_RPC_CONNECTION",
    mayHaveBeenServed: false,
  })

  await broker.restart()
  const failures: unknown[] = []
  const answer = await eventually(async () => {
    await nextTurns(1)
    return client.echo({ query: "back" }).catch((error: unknown) => {
      failures.push(error)
      throw error
    })
  })
  expect(answer).toBe("back")
  for (const failure of failures)
    expect(failure).toMatchObject({ code: "ERR_RPC_CONNECTION", mayHaveBeenServed: false })
  expect(shop.contexts).toHaveLength(2) // none of those was served after all
})

test("calls on a connection that had broken before its transport was made fail at once", async () => {
  await using broker = await startBroker()
  const connection = await brokenConnection(broker)
  const client = createClient(Shop, natsTransport(connection, { subject: "shop" }))
  for (const query of ["first", "second"])
    expect(await failureOf(client.echo({ query }))).toMatchObject({ code: "ERR_RPC_CONNECTION" })
})

test("a connection that is closed takes no calls and no servers", async () => {
  await using broker = await startBroker()
  const shop = createShop()
  await using served = await serveOver(broker, shop.service)
  const client = createClient(Shop, served.transport)
  const underWay = failureOf(client.wait())
  await until(() => shop.contexts.length === 1)
  await served.front.close()
  expect(await underWay).toMatchObject({ code: "ERR_RPC_CONNECTION", mayHaveBeenServed: true })
  expect(await failureOf(client.echo({ query: "" }))).toMatchObject({
    code: "ERR_RPC_CONNECTION",
    mayHaveBeenServed: false,
  })
  const refused = serveNats(served.front, shop.service, { subject: "closed" })
  expect(await failureOf(refused)).toMatchObject({ code: "ERR_RPC_LISTEN" })
})

test("a server whose connection is closed tells its handlers, its health, and who watches", async () => {
  await using broker = await startBroker()
  const shop = createShop()
  const health = createClient(Health, localTransport(createHealth([shop.service]).service))
  await using served = await serveOver(broker, shop.service)
  void failureOf(createClient(Shop, served.transport).wait())
  await until(() => shop.contexts.length === 1)
  expect(await health.check()).toBe("SERVING")
  const told = await published<RefusedEvent>("avrolet:rpc.refused", async () => {
    await served.back.close()
    await until(() => shop.contexts[0]?.signal.aborted === true)
  })
  expect(shop.contexts[0]?.signal.reason).toMatchObject({ code: "ERR_RPC_CONNECTION" })
  expect(told).toMatchObject([
    { code: "ERR_RPC_LISTEN", error: { message: /the connection is closed for good$/ } },
  ])
  expect(await health.check()).toBe("NOT_SERVING")
  await served.server.close()
})

test("a broker that does not come back: when NATS's client gives up, calls and servers end by code", async () => {
  await using broker = await startBroker()
  const shop = createShop()
  const connection = await broker.connect({ maxReconnectAttempts: 2 })
  await using server = await serveNats(connection, shop.service, { subject: "shop" })
  const client = createClient(Shop, natsTransport(connection, { subject: "shop" }))
  const underWay = failureOf(client.wait())
  await until(() => shop.contexts.length === 1)
  await broker.kill()
  expect(await underWay).toMatchObject({ code: "ERR_RPC_CONNECTION", mayHaveBeenServed: true })
  await connection.closed()
  await until(() => shop.contexts[0]?.signal.aborted === true)
  expect(await failureOf(client.echo({ query: "" }))).toMatchObject({
    code: "ERR_RPC_CONNECTION",
    mayHaveBeenServed: false,
  })
  await server.close()
})

test("a broker that comes back with other credentials: calls end by code, at once", async () => {
  const users = (password: string): string =>
    `authorization { users: [{ user: shop, password: ${password} }] }`
  await using broker = await startBroker(users("before"))
  const shop = createShop()
  const connection = await broker.connect({ user: "shop", pass: "before", maxReconnectAttempts: -1 })
  await using server = await serveNats(connection, shop.service, { subject: "shop" })
  const client = createClient(Shop, natsTransport(connection, { subject: "shop" }))
  expect(await client.echo({ query: "let in" })).toBe("let in")
  const told = await published<RefusedEvent>("avrolet:rpc.refused", async (events) => {
    await broker.kill()
    await broker.restart(users("after"))
    const error = await connection.closed() // NATS's client gives up when it is refused twice
    expect(error).toMatchObject({ message: /authorization/i })
    await until(() => events.length > 0)
  })
  expect(told).toMatchObject([{ protocol: "test.Shop", code: "ERR_RPC_LISTEN" }])
  expect(await failureOf(client.echo({ query: "" }))).toMatchObject({
    code: "ERR_RPC_CONNECTION",
    mayHaveBeenServed: false,
  })
  await server.close()
})

test("a line that crawls: what is too large for it ends in time, and what is small is answered after", {
  timeout: 90_000,
}, async () => {
  await using broker = await startBroker()
  await using served = await serveOver(broker, createShop().service)
  await using line = await crawlingLineTo(broker.port, { bytesPerTick: 2000, tickMillis: 10 })
  const connection = await broker.connect({ servers: `127.0.0.1:${line.port}` })
  const client = createClient(Shop, natsTransport(connection, { subject: served.subject }))
  expect(await client.echo({ query: "slowly" })).toBe("slowly")
  const before = line.carriedBytes
  const large = client.echo({ query: "x".repeat(400_000) }, { timeoutMillis: 200 })
  expect(await failureOf(large)).toMatchObject({ code: "ERR_RPC_TIMEOUT" })
  expect(line.carriedBytes - before).toBeLessThan(300_000) // the request is still on its way
  expect(await client.echo({ query: "after it" }, { timeoutMillis: 60_000 })).toBe("after it")
  await connection.close()
})

test("a broker that takes nothing: calls end in time, what waits for it is bounded, and calls go on after", async () => {
  await using broker = await startBroker()
  const shop = createShop()
  await using served = await serveOver(broker, shop.service, { transport: { maxCallsInFlight: 50 } })
  const client = createClient(Shop, served.transport)
  const query = "x".repeat(100_000)
  await client.echo({ query })
  const before = await bytesInUse()
  broker.pause()
  const codes = new Set<unknown>()
  for (let waves = 0; waves < 20; waves++) {
    const calls = Array.from({ length: 50 }, () => failureOf(client.echo({ query }, { timeoutMillis: 50 })))
    for (const error of await Promise.all(calls)) codes.add((error as RpcError).code)
  }
  expect([...codes]).toEqual(["ERR_RPC_TIMEOUT"])
  expect((await bytesInUse()) - before).toBeLessThan(35_000_000) // of 100 MB
  broker.resume()
  expect(await client.echo({ query: "again" }, { timeoutMillis: 10_000 })).toBe("again")
})

test("a broker that takes nothing: a call without a limit ends after responseMillis", async () => {
  await using broker = await startBroker()
  const options = { transport: { maxCallsInFlight: 1, responseMillis: 200 } }
  await using served = await serveOver(broker, createShop().service, options)
  const client = createClient(Shop, served.transport)
  await eventually(() => client.echo({ query: "" })) // within responseMillis, too
  broker.pause()
  const clock = vi.spyOn(performance, "now").mockReturnValue(performance.now()) // both are made at one time
  const failures = Promise.all([failureOf(client.wait()), failureOf(client.wait())])
  clock.mockRestore()
  const [sent, queued] = await failures
  broker.resume()
  expect(sent).toMatchObject({ code: "ERR_RPC_CONNECTION", mayHaveBeenServed: true })
  expect(queued).toMatchObject({ code: "ERR_RPC_CONNECTION", mayHaveBeenServed: false })
})

test("a broker that takes nothing: both ends close in time", async () => {
  await using broker = await startBroker()
  const shop = createShop()
  await using served = await serveOver(broker, shop.service)
  const underWay = failureOf(createClient(Shop, served.transport).wait())
  await until(() => shop.contexts.length === 1)
  broker.pause()
  await Promise.all([
    served.transport.close({ timeoutMillis: 50 }),
    served.server.close({ timeoutMillis: 50 }),
  ])
  broker.resume()
  expect(await underWay).toMatchObject({ code: "ERR_RPC_CONNECTION", mayHaveBeenServed: true })
  expect(shop.contexts[0]?.signal.aborted).toBe(true)
})

test("what is larger than the broker takes is refused on either side, by name", async () => {
  await using broker = await startBroker("max_payload: 10000")
  const shop = createShop()
  await using served = await serveOver(broker, shop.service)
  const client = createClient(Shop, served.transport)
  const request = await failureOf(client.echo({ query: "x".repeat(10_000) }))
  expect(request).toMatchObject({
    code: "ERR_RPC_MESSAGE_SIZE",
    message: /^The request is of \d+ bytes, more than the 10000 of NATS's max_payload$/,
    mayHaveBeenServed: false,
  })
  const response = failureOf(client.wait())
  await until(() => shop.contexts.length === 1)
  shop.release("x".repeat(10_000))
  expect(await response).toMatchObject({
    code: "ERR_RPC_MESSAGE_SIZE",
    message: /^The response is of \d+ bytes, more than the 10000 of NATS's max_payload$/,
    mayHaveBeenServed: true,
  })
  expect(await client.echo({ query: "goes on" })).toBe("goes on")
})

const USERS = `
authorization {
  users: [
    { user: all, password: x }
    { user: mute, password: x, permissions: { publish: { deny: ["shop"] } } }
    { user: deaf, password: x, permissions: { subscribe: { deny: ["_INBOX.>", "shop"] } } }
  ]
}`

test("what the broker forbids is said, on both sides", async () => {
  await using broker = await startBroker(USERS)
  const as = (user: string) => broker.connect({ user, pass: "x" })
  const { service } = createShop()
  await using server = await serveNats(await as("all"), service, { subject: "shop" })
  const mute = createClient(Shop, natsTransport(await as("mute"), { subject: "shop" }))
  expect(await failureOf(mute.echo({ query: "" }))).toMatchObject({
    code: "ERR_RPC_FORBIDDEN",
    message: "NATS does not let this connection publish to shop",
  })
  const deaf = await as("deaf")
  expect(
    await failureOf(createClient(Shop, natsTransport(deaf, { subject: "shop" })).echo({ query: "" })),
  ).toMatchObject({ code: "ERR_RPC_FORBIDDEN", message: /listen to its answers/ })
  const told = await published<RefusedEvent>("avrolet:rpc.refused", async () => {
    expect(await failureOf(serveNats(deaf, service, { subject: "shop" }))).toMatchObject({
      code: "ERR_RPC_LISTEN",
      message: /^Cannot serve shop: .*Permissions Violation/i,
    })
  })
  expect(told).toMatchObject([{ protocol: "test.Shop", code: "ERR_RPC_LISTEN" }])
  const inbox = natsTransport(deaf, { subject: "shop", inboxPrefix: "mine" })
  expect(await createClient(Shop, inbox).echo({ query: "allowed there" })).toBe("allowed there")
  expect(server.id).toMatch(/^\w{22}$/)
})
