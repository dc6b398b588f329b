import { protocol } from "@avrolet/avro"
import fastify from "fastify"
import { describe, expect, test } from "vitest"
import { avroPlugin } from "./fastify/index.ts"
import { httpTransport, serveHttp } from "./http/index.ts"
import {
  createClient,
  createHealth,
  discover,
  Health,
  type HealthOptions,
  implement,
  localTransport,
  type Transport,
} from "./index.ts"
import { serveTcp, tcpTransport } from "./tcp/index.ts"
import { eventually, failureOf, until } from "./testing/outcome.ts"
import { createShop, Shop } from "./testing/shop.ts"

const Clock = protocol({ protocol: "Clock", messages: { now: { request: [], response: "long" } } })

/** Two services and their health. */
function createServices(options?: HealthOptions) {
  const shop = createShop()
  const clock = implement(Clock, { now: () => 0 })
  const health = createHealth([shop.service, clock], options)
  return { shop, clock, health, all: [shop.service, clock, health.service] }
}

const clientOf = (transport: Transport) => createClient(Health, transport)

describe("a check", () => {
  test.for<{ asked: string | null; ready?: HealthOptions["ready"]; status: string }>([
    { asked: null, status: "SERVING" },
    { asked: "test.Shop", status: "SERVING" },
    { asked: "test.Shop.echo", status: "SERVING" },
    { asked: "Clock", status: "SERVING" },
    { asked: "Shop", status: "UNKNOWN" },
    { asked: "test.Shop.refund", status: "UNKNOWN" },
    { asked: "", status: "UNKNOWN" },
    { asked: "test.Shop", ready: { "test.Shop": () => false }, status: "NOT_SERVING" },
    { asked: "test.Shop.echo", ready: { "test.Shop": () => false }, status: "NOT_SERVING" },
    { asked: "Clock", ready: { "test.Shop": () => false }, status: "SERVING" },
    { asked: null, ready: { "test.Shop": () => false }, status: "NOT_SERVING" },
    { asked: "test.Shop", ready: { "test.Shop.buy": () => false }, status: "SERVING" },
    { asked: "test.Shop.buy", ready: { "test.Shop.buy": async () => false }, status: "NOT_SERVING" },
    { asked: null, ready: { "test.Shop.buy": () => false }, status: "NOT_SERVING" },
    { asked: "Clock", ready: { Clock: () => Promise.reject(new Error("down")) }, status: "NOT_SERVING" },
    { asked: "Clock", ready: { Clock: () => new Promise(() => {}) }, status: "NOT_SERVING" },
    { asked: "Clock", ready: { Clock: () => "yes" as never }, status: "NOT_SERVING" },
  ])("of $asked is $status with $ready", async ({ asked, ready = {}, status }) => {
    const { health } = createServices({ ready, checkMillis: 50 })
    expect(await clientOf(localTransport(health.service)).check({ service: asked })).toBe(status)
  })

  test("is made once for all who ask within keepMillis, and again after", async () => {
    let asked = 0
    const count = (): boolean => ++asked > 0
    const { health } = createServices({ ready: { Clock: count }, keepMillis: 100 })
    const client = clientOf(localTransport(health.service))
    await Promise.all(Array.from({ length: 50 }, () => client.check()))
    expect(asked).toBe(1)
    await until(() => (void client.check(), asked > 1))
  })

  test("of what is not served here is refused when the health is made", () => {
    expect(() => createServices({ ready: { "test.Shop.refund": () => true } })).toThrow(TypeError)
  })
})

test("alive says whether the process is worth keeping, whoever drains", async () => {
  const { health } = createServices()
  health.drain()
  expect(await clientOf(localTransport(health.service)).alive()).toBe(true)
  const dying = createServices({ alive: () => false }).health
  expect(await clientOf(localTransport(dying.service)).alive()).toBe(false)
})

test("drained: nothing is served, though it still would be", async () => {
  const { all, health } = createServices()
  await using server = await serveTcp(all, { port: 0 })
  await using transport = tcpTransport({ port: server.port })
  const client = clientOf(transport)
  expect(await client.check()).toBe("SERVING")
  health.drain()
  expect(await client.check()).toBe("NOT_SERVING")
  expect(await client.check({ service: "test.Shop.echo" })).toBe("NOT_SERVING")
  expect(await createClient(Shop, transport).echo({ query: "still here" })).toBe("still here")
})

describe("at the address of the services that it is about", () => {
  test("over TCP: who speaks Health gets it, who speaks another protocol the other", async () => {
    const { all } = createServices()
    await using server = await serveTcp(all, { port: 0 })
    await using transport = tcpTransport({ port: server.port })
    expect(await clientOf(transport).check({ service: "test.Shop" })).toBe("SERVING")
    expect(await createClient(Clock, transport).now()).toBe(0)
    expect((await discover(transport)).name).toBe("test.Shop") // the first
  })

  test("over HTTP: a client of another version of Health gets it too", async () => {
    const { all } = createServices()
    const newer = protocol({
      protocol: "Health",
      namespace: "avrolet",
      types: [{ type: "enum", name: "Status", symbols: ["SERVING", "NOT_SERVING", "UNKNOWN", "TIRED"] }],
      messages: {
        check: {
          request: [
            { name: "service", type: ["null", "string"], default: null },
            { name: "region", type: "string" },
          ],
          response: "Status",
        },
      },
    })
    await using server = await serveHttp(all, { port: 0 })
    await using transport = httpTransport(`http://127.0.0.1:${server.port}`)
    expect(await createClient(newer, transport).check({ region: "north" })).toBe("SERVING")
  })
})

test("while a server closes, what it serves is not: its health at another address says so", async () => {
  const { shop, health, clock } = createServices()
  await using admin = await serveHttp(health.service, { port: 0 })
  await using adminTransport = httpTransport(`http://127.0.0.1:${admin.port}`)
  const client = clientOf(adminTransport)
  const server = await serveTcp([shop.service], { port: 0 })
  await using other = await serveTcp([clock], { port: 0 })
  await using transport = tcpTransport({ port: server.port })
  const underWay = createClient(Shop, transport).wait()
  await until(() => shop.contexts.length === 1)

  expect(await client.check({ service: "test.Shop" })).toBe("SERVING")
  const closed = server.close()
  expect(await client.check({ service: "test.Shop" })).toBe("NOT_SERVING")
  expect(await client.check()).toBe("NOT_SERVING")
  expect(await client.check({ service: "Clock" })).toBe("SERVING")
  shop.release("answered")
  expect(await underWay).toBe("answered")
  await closed
  expect(await client.check({ service: "test.Shop" })).toBe("NOT_SERVING")

  await using again = await serveTcp([shop.service], { port: 0 })
  expect(again.port).toBeGreaterThan(0)
  expect(other.port).toBeGreaterThan(0)
  expect(await client.check({ service: "test.Shop" })).toBe("SERVING")
})

test("Fastify's closing is the plugin's: what it serves is not served any more", async () => {
  const { shop, health } = createServices()
  const client = clientOf(localTransport(health.service))
  const app = fastify()
  await app.register(avroPlugin, { service: shop.service })
  await app.ready()
  expect(await client.check({ service: "test.Shop" })).toBe("SERVING")
  await app.close()
  expect(await client.check({ service: "test.Shop" })).toBe("NOT_SERVING")
})

test("a closing server over TCP says so to who asks on the connection that it has, and takes no other", async () => {
  const { all, shop } = createServices()
  const server = await serveTcp(all, { port: 0 })
  await using transport = tcpTransport({ port: server.port })
  const shopClient = createClient(Shop, transport)
  const client = clientOf(transport)
  await client.check()
  const underWay = shopClient.wait()
  await until(() => shop.contexts.length === 1)
  const closed = server.close()
  expect(await client.check({}, { timeoutMillis: 5000 })).toBe("NOT_SERVING")
  const refused = await eventually(() => failureOf(client.check({}, { timeoutMillis: 5000 })))
  expect(refused).toMatchObject({ code: "ERR_RPC_CONNECTION", mayHaveBeenServed: false })
  shop.release("answered")
  await underWay
  await closed
})
