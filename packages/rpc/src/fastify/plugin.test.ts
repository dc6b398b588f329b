import { protocol } from "@avrolet/avro"
import fastify, { type FastifyInstance } from "fastify"
import { afterEach, describe, expect, test } from "vitest"
import { createClient } from "../client.ts"
import type { RefusedEvent } from "../diagnostics.ts"
import { fetchTransport } from "../fetch/index.ts"
import { httpTransport } from "../http/index.ts"
import { implement, type Service } from "../implement.ts"
import { bytes } from "../testing/hex.ts"
import { createShop, Shop } from "../testing/shop.ts"
import { failureOf, published, transportContract, until } from "../transport.contract.ts"
import { avroPlugin } from "./index.ts"

const apps: FastifyInstance[] = []
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close()
})

describe("the Fastify plugin", () => {
  transportContract(async (service) => ({
    transport: httpTransport(await listen(createApp(service))),
    stop: async () => {},
  }))

  test("serves below a path and a prefix, beside other routes and their parsers", async () => {
    const app = createApp()
    await app.register(avroPlugin, { prefix: "/api", path: "/shop", service: createShop().service })
    app.post("/json", (request) => request.body)
    const address = await listen(app)
    await using transport = httpTransport(`${address}/api/shop`)
    expect(await createClient(Shop, transport).echo({ query: "hi" })).toBe("hi")
    const { body } = await app.inject({ method: "POST", url: "/json", payload: { a: 1 } })
    expect(body).toBe('{"a":1}')
  })

  test("passes through the server's hooks, which may refuse, and may add headers", async () => {
    const app = createApp()
    app.addHook("onRequest", async (request, reply) => {
      if (request.headers.authorization !== "Bearer 1") await reply.code(401).send("Who are you?")
    })
    app.addHook("onSend", async (_request, reply) => {
      reply.header("x-served-by", "fastify")
    })
    const shop = createShop()
    await app.register(avroPlugin, { service: shop.service })
    const address = await listen(app)

    await using stranger = httpTransport(address)
    await expect(createClient(Shop, stranger).echo({ query: "" })).rejects.toMatchObject({
      code: "ERR_RPC_HTTP_STATUS",
      message: expect.stringContaining("answered with status 401: Who are you?"),
    })
    expect(shop.contexts).toEqual([])

    let servedBy: string | null = null
    await using friend = fetchTransport(address, {
      headers: { authorization: "Bearer 1" },
      fetch: async (request) => {
        const response = await fetch(request)
        servedBy = response.headers.get("x-served-by")
        return response
      },
    })
    expect(await createClient(Shop, friend).echo({ query: "hi" })).toBe("hi")
    expect(servedBy).toBe("fastify")
  })

  test("serves several services at one path", async () => {
    const Clock = protocol({ protocol: "Clock", messages: { now: { request: [], response: "long" } } })
    const app = createApp()
    await app.register(avroPlugin, { service: [createShop().service, implement(Clock, { now: () => 7 })] })
    await using transport = httpTransport(await listen(app))
    expect(await createClient(Shop, transport).echo({ query: "hi" })).toBe("hi")
    expect(await createClient(Clock, transport).now()).toBe(7)
  })

  test("calls beyond the limit are answered 503 with a time to come back, and served when there is room", async () => {
    const shop = createShop()
    const app = createApp()
    await app.register(avroPlugin, { service: shop.service, maxCallsInFlight: 1 })
    let response: unknown
    app.addHook("onSend", async (_request, reply) => {
      response = { status: reply.statusCode, retryAfter: reply.getHeader("retry-after") }
    })
    await using transport = httpTransport(await listen(app))
    const client = createClient(Shop, transport)
    const busy = client.wait()
    await until(() => shop.contexts.length === 1)
    const refused = await published<RefusedEvent>("avrolet:rpc.refused", async () => {
      expect(await failureOf(client.echo({ query: "" }))).toMatchObject({
        code: "ERR_RPC_OVERLOADED",
        mayHaveBeenServed: false,
      })
    })
    expect(refused).toMatchObject([{ code: "ERR_RPC_OVERLOADED" }])
    expect(response).toEqual({ status: 503, retryAfter: "1" })
    shop.release("done")
    expect(await busy).toBe("done")
    expect(await client.echo({ query: "hi" })).toBe("hi")
    await failureOf(client.crash())
    expect(await client.echo({ query: "hi" })).toBe("hi")
  })

  test("refuses services that cannot share a path, and a limit that none can be", async () => {
    const { service } = createShop()
    await expect(createApp().register(avroPlugin, { service: [service, service] })).rejects.toThrow(TypeError)
    await expect(createApp().register(avroPlugin, { service, maxMessageBytes: 0 })).rejects.toThrow(TypeError)
    await expect(createApp().register(avroPlugin, { service, maxCallsInFlight: -1 })).rejects.toThrow(
      TypeError,
    )
  })

  test.for([
    { name: "JSON", type: "application/json", body: "{}", status: 415, code: undefined },
    { name: "no type at all", type: undefined, body: "x", status: 415, code: undefined },
    {
      name: "a body over the limit",
      type: "avro/binary",
      body: "x".repeat(1001),
      status: 413,
      code: undefined,
    },
    {
      name: "a message cut short",
      type: "avro/binary",
      body: bytes("00000009 00"),
      status: 400,
      code: "ERR_RPC_TRUNCATED",
    },
    { name: "no body", type: "avro/binary", body: "", status: 400, code: "ERR_RPC_TRUNCATED" },
    {
      name: "garbage",
      type: "avro/binary",
      body: bytes("00000004 deadbeef 00000000"),
      status: 400,
      code: "ERR_RPC_HANDSHAKE",
    },
  ])("answers $name with $status", async ({ type, body, status, code }) => {
    const app = createApp()
    const shop = createShop()
    await app.register(avroPlugin, { service: shop.service, maxMessageBytes: 1000 })
    const headers = type === undefined ? {} : { "content-type": type }
    const refused = await published<RefusedEvent>("avrolet:rpc.refused", async () => {
      const response = await app.inject({ method: "POST", url: "/", headers, payload: Buffer.from(body) })
      expect(response.statusCode).toBe(status)
    })
    expect(refused.map((event) => event.code)).toEqual(code === undefined ? [] : [code])
    expect(shop.contexts).toEqual([])
  })
})

function createApp(service?: Service): FastifyInstance {
  const app = fastify()
  apps.push(app)
  if (service !== undefined) void app.register(avroPlugin, { service })
  return app
}

const listen = (app: FastifyInstance): Promise<string> => app.listen({ host: "127.0.0.1", port: 0 })
