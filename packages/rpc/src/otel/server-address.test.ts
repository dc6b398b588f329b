// To which server a call went, in its client's span, where there are several.

import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-node"
import { expect, test } from "vitest"
import { createClient, type Interceptor, type Transport } from "../index.ts"
import { balancedTransport, hedging } from "../resilience/index.ts"
import { serveTcp, tcpTransport } from "../tcp/index.ts"
import { failureOf, until } from "../testing/outcome.ts"
import { freePort } from "../testing/ports.ts"
import { createShop, Shop } from "../testing/shop.ts"
import { clientTelemetry } from "./index.ts"

/** What the last of a client's spans says of the server, of one call. */
async function attributesOver(
  transport: Transport,
  outer: Interceptor[] = [],
): Promise<ReadableSpan["attributes"]> {
  const spans = new InMemorySpanExporter()
  const tracerProvider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] })
  const interceptors = [...outer, clientTelemetry({ tracerProvider })]
  const client = createClient(Shop, transport, { interceptors })
  await client.echo({ query: "" }).catch(() => {})
  const span = spans.getFinishedSpans().at(-1)
  await tracerProvider.shutdown()
  const entries = Object.entries(span?.attributes ?? {})
  return Object.fromEntries(entries.filter(([name]) => /^(server|network)\./.test(name)))
}

test("of a list of servers it is the one that answered", async () => {
  await using server = await serveTcp(createShop().service, { port: 0 })
  await using transport = balancedTransport([
    tcpTransport({ port: await freePort() }),
    tcpTransport({ port: Number(server.port) }),
  ])
  expect(await attributesOver(transport)).toEqual({
    "server.address": "127.0.0.1",
    "server.port": server.port,
  })
})

test("where none of a list can be reached it is the last that was tried", async () => {
  const port = await freePort()
  await using transport = balancedTransport([tcpTransport({ port })])
  expect(await attributesOver(transport)).toEqual({ "server.address": "127.0.0.1", "server.port": port })
})

test("of several tries it is where that one went", async () => {
  const { service } = createShop()
  await using first = await serveTcp(service, { port: 0 })
  await using second = await serveTcp(service, { port: 0 })
  await using transport = balancedTransport(
    [first, second].map(({ port }) => tcpTransport({ port: Number(port) })),
    { policy: "round-robin" },
  )
  let firstWent: string | undefined
  const twice: Interceptor = async (call, next) => {
    await next()
    firstWent = call.server
    return next()
  }
  const { "server.port": port } = await attributesOver(transport, [twice])
  expect([first.port, second.port]).toContain(port)
  expect(firstWent).not.toBe(`127.0.0.1:${String(port)}`)
})

test("of two tries at a time each is where that one went, and the call where its answer came from", async () => {
  const spans = new InMemorySpanExporter()
  const tracerProvider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] })
  const shops = [createShop(), createShop()]
  const servers = await Promise.all(shops.map(({ service }) => serveTcp(service, { port: 0 })))
  await using transport = balancedTransport(
    servers.map(({ port }) => tcpTransport({ port: Number(port) })),
    { policy: "round-robin" },
  )
  const telemetry = clientTelemetry({ tracerProvider })
  const interceptors = [telemetry, hedging(Shop, { safe: ["wait"], afterMillis: 20 }), telemetry]
  const call = createClient(Shop, transport, { interceptors }).wait()
  await until(() => shops.every(({ contexts }) => contexts.length === 1))
  shops[1]?.release("answered")
  expect(await call).toBe("answered")
  await until(() => spans.getFinishedSpans().length === 3)
  const told = spans.getFinishedSpans().map(({ attributes }) => ({
    port: attributes["server.port"],
    code: attributes["rpc.response.status_code"],
  }))
  const [first, second] = servers.map(({ port }) => port)
  expect(told.filter(({ code }) => code === "OK").map(({ port }) => port)).toEqual([second, second])
  expect(told.filter(({ code }) => code !== "OK").map(({ port }) => port)).toEqual([first])
  await Promise.all([tracerProvider.shutdown(), ...servers.map((server) => server.close())])
})

test("of servers behind a name it is the name, and beside it the address that answered", async () => {
  await using server = await serveTcp(createShop().service, { host: "127.0.0.2", port: 0 })
  await using transport = balancedTransport({
    host: "shop.test",
    connect: ({ lookup }) => tcpTransport({ host: "shop.test", port: Number(server.port), lookup }),
    lookup: (_host, _options, callback) => callback(null, "127.0.0.2", 4),
  })
  const expected = { "server.address": "shop.test", "network.peer.address": "127.0.0.2" }
  expect(await attributesOver(transport)).toEqual(expected)
})

test("of one server it is where the transport leads, reached or not", async () => {
  const port = await freePort()
  await using transport = tcpTransport({ port })
  await failureOf(createClient(Shop, transport).echo({ query: "" }))
  expect(await attributesOver(transport)).toEqual({ "server.address": "127.0.0.1", "server.port": port })
})
