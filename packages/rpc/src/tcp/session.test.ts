import { protocol } from "@avrolet/avro"
import { describe, expect, test } from "vitest"
import { createClient } from "../client.ts"
import { discover } from "../discover.ts"
import { implement } from "../implement.ts"
import { freePort } from "../testing/ports.ts"
import { proxyTo } from "../testing/proxy.ts"
import { createShop, Shop } from "../testing/shop.ts"
import { failureOf, until } from "../transport.contract.ts"
import { serveTcp, type TcpServer } from "./serve.ts"
import { tcpTransport } from "./transport.ts"

describe("a server that goes away", () => {
  test("fails the calls under way by code, and those made after it is back succeed", async () => {
    const shop = createShop()
    const port = await freePort()
    let server = await serveTcp(shop.service, { port })
    await using transport = tcpTransport({ port, minBackoffMillis: 10, maxBackoffMillis: 50 })
    const client = createClient(Shop, transport)
    const waits = [1, 2, 3].map(() => failureOf(client.wait()))
    await until(() => shop.contexts.length === 3)
    await server.close({ timeoutMillis: 0 })
    for (const error of await Promise.all(waits)) expect(error).toMatchObject({ code: "ERR_RPC_CONNECTION" })

    expect(await failureOf(client.echo({ query: "down" }))).toMatchObject({
      code: "ERR_RPC_CONNECTION",
      message: expect.stringContaining("ECONNREFUSED"),
    })
    server = await serveTcp(shop.service, { port })
    expect(await client.echo({ query: "back" })).toBe("back")
    await server.close()
  })

  test("a server that comes back with another protocol is met anew", async () => {
    const port = await freePort()
    let server = await serveTcp(createShop().service, { port })
    await using transport = tcpTransport({ port })
    const client = createClient(Shop, transport)
    await client.echo({ query: "" })
    await server.close()
    const newer = protocol({
      protocol: "Shop",
      namespace: "test",
      messages: {
        echo: {
          request: [
            { name: "query", type: "string" },
            { name: "times", type: "int", default: 2 },
          ],
          response: "string",
        },
      },
    })
    server = await serveTcp(implement(newer, { echo: ({ query, times }) => query.repeat(times) }), { port })
    expect(await client.echo({ query: "new" })).toBe("newnew")
    await server.close()
  })

  test("each call while nobody listens makes one try, and they do not come all at once", async () => {
    const port = await freePort()
    await using transport = tcpTransport({ port, minBackoffMillis: 40, maxBackoffMillis: 40 })
    const client = createClient(Shop, transport)
    const startedAt = performance.now()
    for (let calls = 0; calls < 5; calls++) {
      expect(await failureOf(client.echo({ query: "" }))).toMatchObject({ code: "ERR_RPC_CONNECTION" })
    }
    expect(performance.now() - startedAt).toBeGreaterThan(4 * 20 - 5)
  })

  test("a call that waits for the next try is still under its own deadline", async () => {
    const port = await freePort()
    await using transport = tcpTransport({ port, minBackoffMillis: 60_000, maxBackoffMillis: 60_000 })
    const client = createClient(Shop, transport)
    await failureOf(client.echo({ query: "" }))
    expect(await failureOf(client.echo({ query: "" }, { timeoutMillis: 20 }))).toMatchObject({
      code: "ERR_RPC_TIMEOUT",
    })
  })
})

describe("a transport that closes", () => {
  test("lets the calls under way end", async () => {
    const shop = createShop()
    await using server = await serveTcp(shop.service, { port: 0 })
    const transport = tcpTransport({ port: portOf(server) })
    const client = createClient(Shop, transport)
    const calls = Array.from({ length: 50 }, (_, index) => client.echo({ query: String(index) }))
    const closed = transport.close()
    expect(await Promise.all(calls)).toHaveLength(50)
    await closed
    expect(await failureOf(client.echo({ query: "" }))).toMatchObject({ code: "ERR_RPC_CONNECTION" })
  })

  test("ends what takes too long by code", async () => {
    const shop = createShop()
    await using server = await serveTcp(shop.service, { port: 0 })
    const transport = tcpTransport({ port: portOf(server), maxCallsInFlight: 1 })
    const client = createClient(Shop, transport)
    const calls = [failureOf(client.wait()), failureOf(client.echo({ query: "behind" }))]
    await until(() => shop.contexts.length === 1)
    await transport.close({ timeoutMillis: 20 })
    for (const error of await Promise.all(calls)) {
      expect(error).toMatchObject({ code: "ERR_RPC_CONNECTION", message: "The transport is closed" })
    }
    await until(() => shop.contexts[0]?.signal.aborted === true)
  })

  test("ends what waits for a try to connect", async () => {
    const transport = tcpTransport({
      port: await freePort(),
      minBackoffMillis: 60_000,
      maxBackoffMillis: 60_000,
    })
    const client = createClient(Shop, transport)
    await failureOf(client.echo({ query: "" }))
    const waiting = failureOf(client.echo({ query: "" }))
    await transport.close({ timeoutMillis: 20 })
    expect(await waiting).toMatchObject({ code: "ERR_RPC_CONNECTION", message: "The transport is closed" })
  })

  test("is closed at once when nothing is under way, also the second time", async () => {
    await using server = await serveTcp(createShop().service, { port: 0 })
    const transport = tcpTransport({ port: portOf(server) })
    await createClient(Shop, transport).echo({ query: "" })
    await transport.close()
    await transport.close()
    expect(await failureOf(createClient(Shop, transport).echo({ query: "" }))).toMatchObject({
      code: "ERR_RPC_CONNECTION",
    })
    expect(await failureOf(discover(transport))).toMatchObject({ code: "ERR_RPC_CONNECTION" })
  })
})

test("a call made while its connection ends takes the next one", async () => {
  const shop = createShop()
  await using server = await serveTcp(shop.service, { port: 0, idleMillis: 500 })
  await using proxy = await proxyTo(portOf(server))
  await using transport = tcpTransport({ port: proxy.port })
  const client = createClient(Shop, transport)
  await client.echo({ query: "" })
  await until(() => proxy.open === 0) // the server's end has come this far, not the client's
  expect(await client.echo({ query: "again" })).toBe("again")
})

test("a connection without calls is closed after its time, and made again", async () => {
  await using server = await serveTcp(createShop().service, { port: 0 })
  await using proxy = await proxyTo(portOf(server))
  await using transport = tcpTransport({ port: proxy.port, idleMillis: 50 })
  const client = createClient(Shop, transport)
  await client.echo({ query: "" })
  await until(() => proxy.open === 0)
  expect(await client.echo({ query: "again" })).toBe("again")
})

const portOf = ({ port }: TcpServer): number => port as number
