// The contract suites are not published: they are tests, taken from where they are. Both packages see the same
// modules of @avrolet/rpc, because tests resolve the workspace's sources.

import { type CallEvent, createClient, type ServedEvent } from "@avrolet/rpc"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { block } from "../../rpc/src/testing/block.ts"
import { published } from "../../rpc/src/testing/outcome.ts"
import { nextTurns } from "../../rpc/src/testing/proxy.ts"
import { createShop, Shop } from "../../rpc/src/testing/shop.ts"
import { failureOf, transportContract, until } from "../../rpc/src/transport.contract.ts"
import { serveNats } from "./serve.ts"
import { type Broker, startBroker } from "./testing/nats-server.ts"
import { freshSubject, serveOver } from "./testing/served.ts"
import { natsTransport } from "./transport.ts"

let broker: Broker
beforeAll(async () => {
  broker = await startBroker()
})
afterAll(() => broker[Symbol.asyncDispose]())

describe("the NATS transport", () => {
  transportContract(async (service) => {
    const { transport, ...served } = await serveOver(broker, service)
    return { transport, stop: async () => served[Symbol.asyncDispose]() }
  })
})

test("a subject that nobody serves is known at once, and the call was not served", async () => {
  const client = createClient(Shop, natsTransport(await broker.connect(), { subject: "nobody.there" }))
  expect(await failureOf(client.echo({ query: "" }))).toMatchObject({
    code: "ERR_RPC_CONNECTION",
    message: /^Nobody serves nobody.there/,
    mayHaveBeenServed: false,
  })
})

test("who watches calls learns the subject from the client, and the client's inbox from the server", async () => {
  await using served = await serveOver(broker, createShop().service, { transport: { inboxPrefix: "INBOX" } })
  const client = createClient(Shop, served.transport)
  const atServer = await published<ServedEvent>("avrolet:rpc.served", async () => {
    const called = await published<CallEvent>("avrolet:rpc.call", () => client.echo({ query: "" }))
    expect(called).toMatchObject([{ peer: `nats:${served.subject}` }])
    await client.echo({ query: "" })
  })
  expect(atServer).toHaveLength(2)
  expect(atServer[0]?.peer).toMatch(/^INBOX\.\w+$/) // without what is secret of each call
  expect(atServer[1]?.peer).toBe(atServer[0]?.peer)
})

test("a call that is given up frees its place, and the next is sent", async () => {
  const shop = createShop()
  await using served = await serveOver(broker, shop.service, { transport: { maxCallsInFlight: 1 } })
  const client = createClient(Shop, served.transport)
  const controller = new AbortController()
  const first = failureOf(client.wait({}, { signal: controller.signal }))
  await until(() => shop.contexts.length === 1)
  const queued = failureOf(client.echo({ query: "too late" }, { timeoutMillis: 20 }))
  const last = client.echo({ query: "last" })
  expect(await queued).toMatchObject({ code: "ERR_RPC_TIMEOUT" })
  controller.abort()
  await first
  expect(await last).toBe("last")
  expect(shop.contexts).toHaveLength(2) // what was given up in the queue was not sent
})

test("a server is told of a call that is given up, but not of one whose time is over, which it knows", async () => {
  const shop = createShop()
  await using served = await serveOver(broker, shop.service)
  const cancels: string[] = []
  served.back.subscribe(`${served.subject}.$CANCEL`, {
    callback: (_error, { reply }) => void cancels.push(reply ?? ""),
  })
  await served.back.flush()
  const client = createClient(Shop, served.transport)
  while (shop.contexts.length === 0) await failureOf(client.wait({}, { timeoutMillis: 1000 })) // until one gets there
  const controller = new AbortController()
  const givenUp = failureOf(client.wait({}, { signal: controller.signal, timeoutMillis: 60_000 }))
  const signal = (): AbortSignal | undefined =>
    shop.contexts.find(({ remainingMillis }) => remainingMillis > 10_000)?.signal
  await until(() => signal() !== undefined)
  controller.abort()
  await givenUp
  await until(() => signal()?.aborted === true)
  expect(signal()?.reason).toMatchObject({ code: "ERR_RPC_HANGUP" })
  expect(cancels).toHaveLength(1)
})

test("a server that never answers is given up after responseMillis", async () => {
  const subject = freshSubject()
  const connection = await broker.connect()
  connection.subscribe(subject, { callback: () => {} })
  await using transport = natsTransport(connection, { subject, responseMillis: 100 })
  const started = performance.now()
  expect(await failureOf(createClient(Shop, transport).echo({ query: "" }))).toMatchObject({
    code: "ERR_RPC_CONNECTION",
    message: /within responseMillis, 100 ms/,
    mayHaveBeenServed: true,
  })
  expect(performance.now() - started).toBeGreaterThanOrEqual(100)
})

test("an answer that arrives while the client is held up is read, though responseMillis are over then", async () => {
  const shop = createShop()
  await using served = await serveOver(broker, shop.service, { transport: { responseMillis: 500 } })
  const answered = createClient(Shop, served.transport).wait()
  await until(() => shop.contexts.length === 1)
  broker.pause()
  shop.release("in time")
  await nextTurns()
  broker.resume()
  block(1000)
  expect(await answered).toBe("in time")
})

test("close lets the calls under way end, and breaks off what takes longer", async () => {
  const shop = createShop()
  await using served = await serveOver(broker, shop.service)
  const client = createClient(Shop, served.transport)
  const answered = client.wait()
  await until(() => shop.contexts.length === 1)
  const closed = served.transport.close()
  expect(await failureOf(client.echo({ query: "" }))).toMatchObject({
    code: "ERR_RPC_CONNECTION",
    mayHaveBeenServed: false,
  })
  shop.release("in time")
  expect(await answered).toBe("in time")
  await closed

  const transport = natsTransport(served.front, { subject: served.subject })
  const brokenOff = failureOf(createClient(Shop, transport).wait())
  await until(() => shop.contexts.length === 2)
  await transport.close({ timeoutMillis: 10 })
  expect(await brokenOff).toMatchObject({ code: "ERR_RPC_CONNECTION", mayHaveBeenServed: true })
  await until(() => shop.contexts[1]?.signal.aborted === true) // its server is told
})

test.for([
  { subject: "" },
  { subject: "a b" },
  { subject: "a..b" },
  { subject: "a.*" },
  { subject: "a.>" },
  { subject: "a", inboxPrefix: "_INBOX.*" },
  { subject: "a", responseMillis: 0 },
  { subject: "a", maxCallsInFlight: -1 },
  { subject: "a", maxMessageBytes: Number.NaN },
])("options that cannot be are refused: %j", async (options) => {
  const connection = await broker.connect()
  expect(() => natsTransport(connection, options)).toThrow(TypeError)
})

test.for([
  { subject: "a.>" },
  { subject: "a", queue: "a b" },
  { subject: "a", name: "a.b" },
  { subject: "a", version: "1" },
  { subject: "a", version: "1.02.3" },
  { subject: "a", version: "1.2.3-_" },
])("options of a server that cannot be are refused: %j", async (options) => {
  const connection = await broker.connect()
  await expect(serveNats(connection, createShop().service, options)).rejects.toThrow(TypeError)
})
