import { once } from "node:events"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { createClient } from "../client.ts"
import type { RefusedEvent } from "../diagnostics.ts"
import { block } from "../testing/block.ts"
import { eventually } from "../testing/outcome.ts"
import { nextTurns } from "../testing/proxy.ts"
import { ECHO, type RawHttpClient, rawHttpClient, shopRequest, WAIT } from "../testing/raw-http.ts"
import { createShop, Shop, type TestShop } from "../testing/shop.ts"
import { testCertificate, testKey, tlsRefusals } from "../testing/tls.ts"
import { failureOf, published, transportContract, until } from "../transport.contract.ts"
import { type HttpServer, type ServeHttpOptions, serveHttp } from "./serve.ts"
import { httpTransport } from "./transport.ts"

const tls = { key: testKey, cert: testCertificate }

describe("serveHttp", () => {
  transportContract(async (service) => {
    const server = await serveHttp(service, { port: 0 })
    return {
      transport: httpTransport(`http://127.0.0.1:${server.port}`),
      stop: () => server.close(),
    }
  })
})

describe("serveHttp, on a Unix socket", () => {
  transportContract(async (service) => {
    const folder = mkdtempSync(join(tmpdir(), "avrolet-"))
    const path = join(folder, "shop.sock")
    const server = await serveHttp(service, { path })
    return {
      transport: httpTransport("http://localhost", { socketPath: path }),
      async stop() {
        await server.close()
        expect(existsSync(path)).toBe(false)
        rmSync(folder, { recursive: true })
      },
    }
  })
})

describe("serveHttp, with TLS and certificates on both sides", () => {
  transportContract(async (service) => {
    const options = { port: 0, tls: { ...tls, ca: testCertificate, requestCert: true } }
    const server = await serveHttp(service, options)
    return {
      transport: httpTransport(`https://localhost:${server.port}`, { tls: { ...tls, ca: testCertificate } }),
      stop: () => server.close(),
    }
  })
})

describe("TLS", () => {
  test.for(tlsRefusals)("refuses $name", async ({ server: serverTls, client, message }) => {
    await using server = await serveHttp(createShop().service, { port: 0, tls: { ...tls, ...serverTls } })
    await using transport = httpTransport(`https://localhost:${server.port}`, { tls: client })
    expect(await failureOf(createClient(Shop, transport).echo({ query: "" }))).toMatchObject({
      code: "ERR_RPC_CONNECTION",
      message: expect.stringMatching(message),
      // with TLS 1.3 the client learns that it has to have a certificate after it has sent
      mayHaveBeenServed: "requestCert" in serverTls,
    })
  })

  test("what a server makes of a client that does not speak it is one line, with the cause", async () => {
    await using server = await serveHttp(createShop().service, { port: 0, tls })
    const refused = await published<RefusedEvent>("avrolet:rpc.refused", async (events) => {
      const client = await rawHttpClient(server.port as number)
      client.write(shopRequest(ECHO))
      await client.over
      await until(() => events.length > 0)
    })
    expect(refused).toMatchObject([
      {
        code: "ERR_RPC_CONNECTION",
        error: {
          message: "No TLS with a client: http request (ERR_SSL_HTTP_REQUEST)",
          cause: { code: "ERR_SSL_HTTP_REQUEST" },
        },
      },
    ])
  })

  test("connections are limited: one more is closed, and there is room when one goes", async () => {
    await using server = await serveHttp(createShop().service, { port: 0, tls, maxConnections: 1 })
    const open = () => httpTransport(`https://localhost:${server.port}`, { tls: { ca: testCertificate } })
    const first = open()
    expect(await createClient(Shop, first).echo({ query: "hi" })).toBe("hi")
    await using second = open()
    const client = createClient(Shop, second)
    const refused = await published<RefusedEvent>("avrolet:rpc.refused", async () => {
      expect(await failureOf(client.echo({ query: "" }))).toMatchObject({
        code: "ERR_RPC_CONNECTION",
        mayHaveBeenServed: false,
      })
    })
    expect(refused).toMatchObject([{ code: "ERR_RPC_OVERLOADED" }])
    expect(await createClient(Shop, first).echo({ query: "hi" })).toBe("hi")
    await first.close()
    expect(await eventually(() => client.echo({ query: "again" }))).toBe("again")
  })
})

let shop: TestShop
let server: HttpServer
beforeEach(async () => {
  shop = createShop()
  await serve({})
})
afterEach(() => server.close({ timeoutMillis: 0 }))

describe("a server", () => {
  test("that closes answers what is under way, with the word that the connection ends", async () => {
    const client = await rawHttpClient(server.port as number)
    client.write(shopRequest(WAIT))
    await until(() => shop.contexts.length === 1)
    let isClosed = false
    const closed = server.close().then(() => (isClosed = true))
    await nextTurns()
    expect(isClosed).toBe(false)

    shop.release("done")
    expect(await client.over).toMatch(/^HTTP\/1.1 200 [^]*connection: close[^]*done/i)
    await closed
    expect(shop.contexts[0]?.signal.aborted).toBe(false)
  })

  test("that closes answers a request that is on its way on a connection that did nothing", async () => {
    const client = await rawHttpClient(server.port as number)
    client.write(shopRequest(ECHO))
    await client.receives(/hi/)
    const closed = server.close()
    await nextTurns()
    client.write(shopRequest(ECHO))
    expect(await client.over).toMatch(/hi[^]*HTTP\/1.1 200 [^]*connection: close[^]*hi/i)
    await closed
  })

  test("that closes answers a request that arrives while it is held up, until the last moment is over", async () => {
    const client = await rawHttpClient(server.port as number)
    client.write(shopRequest(ECHO))
    await client.receives(/hi/)
    const closed = server.close()
    await nextTurns()
    client.write(shopRequest(ECHO))
    block(1000)
    expect(await client.over).toMatch(/hi[^]*HTTP\/1.1 200 [^]*connection: close[^]*hi/i)
    await closed
  })

  test("answers a request that arrives while it is held up, until the time between requests is over", async () => {
    await using impatient = await serveHttp(shop.service, { port: 0, idleMillis: 500 })
    const client = await rawHttpClient(impatient.port as number)
    client.write(shopRequest(ECHO))
    await client.receives(/hi/)
    await nextTurns()
    client.write(shopRequest(ECHO))
    block(3000) // newer versions of Node wait for a second more
    await client.receives(/hi[^]*HTTP\/1.1 200 [^]*hi/i)
    await client.over
  })

  test("that closes takes no more connections", async () => {
    const client = await rawHttpClient(server.port as number)
    client.write(shopRequest(WAIT))
    await until(() => shop.contexts.length === 1)
    const closed = server.close()
    await nextTurns()
    const late = connect(server.port as number, "127.0.0.1")
    await expect(once(late, "connect")).rejects.toMatchObject({ code: "ECONNREFUSED" })
    shop.release("done")
    await closed
  })

  test("that closes ends connections between two calls, and those that have made none, after a moment", async () => {
    const [idle, silent] = [
      await rawHttpClient(server.port as number),
      await rawHttpClient(server.port as number),
    ]
    idle.write(shopRequest(ECHO))
    await idle.receives(/hi/)
    await server.close({ timeoutMillis: 60_000 })
    await Promise.all([idle.over, silent.over])
  })

  test("that closes sends the whole of a response, however long its client takes for it, and then ends its connection", async () => {
    const slow = await slowClient()
    const idle = await rawHttpClient(server.port as number)
    const closed = server.close({ timeoutMillis: 60_000 })
    await idle.over // by then what is between two calls has ended
    slow.socket.resume()
    const received = await slow.over
    expect(received.slice(0, 1000)).not.toMatch(/connection: close/i) // it was sent before the server closed
    expect(received.slice(-12)).toBe("xxxxxxxx\0\0\0\0")
    await closed
  })

  test("that closes breaks off a response that its client does not take, at its time", async () => {
    const slow = await slowClient()
    await server.close({ timeoutMillis: 1000 })
    slow.socket.resume()
    expect((await slow.over).length).toBeLessThan(MORE_THAN_SOCKETS_TAKE)
  })

  test("that closes breaks off what takes too long, and tells the handler why", async () => {
    const client = await rawHttpClient(server.port as number)
    client.write(shopRequest(WAIT))
    await until(() => shop.contexts.length === 1)
    await server.close({ timeoutMillis: 20 })
    expect(await client.over).toBe("")
    expect(shop.contexts[0]?.signal.reason).toMatchObject({ code: "ERR_RPC_CONNECTION" })
  })

  test("may be closed twice, and by its scope", async () => {
    await using scoped = await serveHttp(shop.service, { port: 0 })
    await Promise.all([scoped.close(), scoped.close()])
    await scoped.close({ timeoutMillis: 0 })
  })

  test("listens for this machine only, unless told otherwise", async () => {
    const socket = connect(server.port as number, "127.0.0.2")
    await expect(once(socket, "connect")).rejects.toMatchObject({ code: "ECONNREFUSED" })
  })

  test("fails by code when its address is taken", async () => {
    const error = await failureOf(serveHttp(shop.service, { port: server.port }))
    expect(error).toMatchObject({ code: "ERR_RPC_LISTEN", message: expect.stringContaining("EADDRINUSE") })
  })

  test.for([
    {},
    { port: 0, path: "/tmp/x" },
    { port: 65536 },
    { port: 0, requestMillis: 0 },
    { port: 0, maxCallsInFlight: Number.NaN },
    { port: 0, maxLatenessMillis: -1 },
  ])("refuses %o", async (options) => {
    expect(await failureOf(serveHttp(shop.service, options))).toBeInstanceOf(TypeError)
  })
})

describe("calls in flight", () => {
  test("at the limit are served; one more is refused at once, and served when there is room", async () => {
    await serve({ maxCallsInFlight: 2 })
    await using transport = httpTransport(`http://127.0.0.1:${server.port}`)
    const client = createClient(Shop, transport)
    const waiting = [client.wait({}), client.wait({})]
    await until(() => shop.contexts.length === 2)

    const refused = await published<RefusedEvent>("avrolet:rpc.refused", async () => {
      expect(await failureOf(client.echo({ query: "hi" }))).toMatchObject({
        code: "ERR_RPC_OVERLOADED",
        message: "The server has 2 calls in flight already",
        mayHaveBeenServed: false,
      })
    })
    expect(refused).toMatchObject([{ code: "ERR_RPC_OVERLOADED" }])

    shop.release("done")
    expect(await Promise.all(waiting)).toEqual(["done", "done"])
    expect(await client.echo({ query: "hi" })).toBe("hi")
  })

  test("that are refused are answered 503 with a time to come back, and keep their connection", async () => {
    await serve({ maxCallsInFlight: 1 })
    const [busy, client] = [
      await rawHttpClient(server.port as number),
      await rawHttpClient(server.port as number),
    ]
    busy.write(shopRequest(WAIT))
    await until(() => shop.contexts.length === 1)
    client.write(shopRequest(ECHO))
    const refusal = await client.receives(/ERR_RPC_OVERLOADED: .+\n$/)
    expect(refusal).toMatch(/^HTTP\/1.1 503 [^]*retry-after: 1\r\n/i)
    shop.release("done")
    await busy.receives(/done/)
    client.write(shopRequest(ECHO))
    await client.receives(/200 OK[^]*hi/)
  })

  test("that fail make room too", async () => {
    await serve({ maxCallsInFlight: 1 })
    await using transport = httpTransport(`http://127.0.0.1:${server.port}`)
    const client = createClient(Shop, transport)
    for (let calls = 0; calls < 5; calls++) {
      await failureOf(client.crash())
      const garbage = await rawHttpClient(server.port as number)
      garbage.write(
        Buffer.concat([
          Buffer.from("POST / HTTP/1.1\r\nhost: x\r\ncontent-type: avro/binary\r\ncontent-length: 9\r\n\r\n"),
          Buffer.from("00000001ff00000000", "hex"),
        ]),
      )
      await garbage.receives(/400 Bad Request/)
    }
    expect(await client.echo({ query: "hi" })).toBe("hi")
  })

  test("of one connection that sends without waiting are limited as well", async () => {
    await serve({ maxCallsInFlight: 3 })
    const client = await rawHttpClient(server.port as number)
    for (let calls = 0; calls < 10; calls++) client.write(shopRequest(WAIT))
    const refused = await published<RefusedEvent>("avrolet:rpc.refused", async (events) => {
      await until(() => events.length === 7)
      expect(shop.contexts).toHaveLength(3)
      shop.release("done")
      await client.receives(/(done[^]*){3}(503 [^]*){7}/)
    })
    expect(refused.every(({ code }) => code === "ERR_RPC_OVERLOADED")).toBe(true)
  })
})

const MORE_THAN_SOCKETS_TAKE = 30_000_000

/** A client that has the beginning of a long response, and takes nothing more for now. */
async function slowClient(): Promise<RawHttpClient> {
  const client = await rawHttpClient(server.port as number)
  client.write(shopRequest(WAIT))
  await until(() => shop.contexts.length === 1)
  shop.release("x".repeat(MORE_THAN_SOCKETS_TAKE))
  await client.receives(/200 OK/)
  client.socket.pause()
  return client
}

async function serve(options: Partial<ServeHttpOptions>): Promise<void> {
  await server?.close({ timeoutMillis: 0 })
  server = await serveHttp(shop.service, { port: 0, ...options })
}
