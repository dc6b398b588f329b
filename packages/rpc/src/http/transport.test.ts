import { once } from "node:events"
import { createServer, type RequestListener, type Server } from "node:http"
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from "node:net"
import { createWriter } from "@avrolet/avro/binary"
import { afterEach, describe, expect, test } from "vitest"
import { createClient } from "../client.ts"
import type { RpcError } from "../errors.ts"
import { fetchTransport } from "../fetch/transport.ts"
import { frame } from "../framing.ts"
import { bytes, concat } from "../testing/hex.ts"
import { freePort } from "../testing/ports.ts"
import { nextTurns, proxyTo } from "../testing/proxy.ts"
import { createShop, Shop } from "../testing/shop.ts"
import { failureOf, transportContract, until } from "../transport.contract.ts"
import { fetchHandler } from "./fetch-handler.ts"
import { httpHandler } from "./handler.ts"
import { httpTransport } from "./transport.ts"

const servers: (Server | TcpServer)[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) {
    if ("closeAllConnections" in server) server.closeAllConnections()
    server.close()
    await once(server, "close")
  }
})

describe("the HTTP transport, with the node handler", () => {
  transportContract(async (service) => ({
    transport: httpTransport(await listen(createServer(httpHandler(service)))),
    stop: async () => {},
  }))
})

describe("the HTTP transport, with the fetch handler", () => {
  transportContract(async (service) => ({
    transport: httpTransport(await listen(createServer(viaFetch(fetchHandler(service))))),
    stop: async () => {},
  }))
})

describe("the HTTP transport", () => {
  test("keeps its connections from one call to the next", async () => {
    const server = createServer(httpHandler(createShop().service))
    let connections = 0
    server.on("connection", () => connections++)
    await using transport = httpTransport(await listen(server))
    const client = createClient(Shop, transport)
    for (let calls = 0; calls < 20; calls++) await client.echo({ query: "" })
    // Undici lets a connection rest for one turn of the loop, and opens a second meanwhile.
    expect(connections).toBeLessThanOrEqual(2)
  })

  test("sends the path and the query of its URL", async () => {
    let url: string | undefined
    const server = createServer((request, response) => {
      url = request.url
      httpHandler(createShop().service)(request, response)
    })
    await using transport = httpTransport(`${await listen(server)}/services/shop?v=2`)
    await createClient(Shop, transport).echo({ query: "" })
    expect(url).toBe("/services/shop?v=2")
  })

  test("understands a response that is chunked (I13)", async () => {
    const answer = bytes("00 00 00 00 00 00 04 6869") // BOTH, no metadata, no error, "hi"
    const address = await listen(
      createServer((_request, response) => {
        response.setHeader("content-type", "avro/binary; charset=binary")
        for (const byte of [0, 0, 0, answer.length, ...answer, 0, 0, 0, 0])
          response.write(Uint8Array.of(byte))
        response.end()
      }),
    )
    await using transport = httpTransport(address)
    expect(await createClient(Shop, transport).echo({ query: "hi" })).toBe("hi")
  })

  test("awaits the response that follows an interim one", async () => {
    const serve = httpHandler(createShop().service)
    const address = await listen(
      createServer((request, response) => {
        response.writeProcessing()
        response.writeEarlyHints({ link: "</style.css>; rel=preload" }, () => serve(request, response))
      }),
    )
    for (const connect of [httpTransport, fetchTransport]) {
      await using transport = connect(address)
      expect(await createClient(Shop, transport).echo({ query: "hi" })).toBe("hi")
    }
  })

  test.for<{ name: string; respond: RequestListener; code: string; message: RegExp }>([
    {
      name: "a page of HTML",
      respond: (_request, response) =>
        response.setHeader("content-type", "text/html").end("<h1>It works!</h1>"),
      code: "ERR_RPC_HTTP_STATUS",
      message: /answered with content-type text\/html, not avro\/binary: <h1>It works!<\/h1>/,
    },
    {
      name: "a status of 503",
      respond: (_request, response) => response.writeHead(503).end("overloaded\n"),
      code: "ERR_RPC_HTTP_STATUS",
      message: /answered with status 503: overloaded/,
    },
    {
      name: "a message larger than allowed, by its header",
      respond: (_request, response) =>
        avro(response).setHeader("content-length", 10_001).end(Buffer.alloc(10_001)),
      code: "ERR_RPC_MESSAGE_SIZE",
      message: /larger than 10000 bytes/,
    },
    {
      name: "a message larger than allowed, without end",
      respond: (_request, response) => {
        avro(response)
        const write = (error?: Error | null): void => {
          if (!error) response.write(Buffer.alloc(1000, 1), write)
        }
        write()
      },
      code: "ERR_RPC_MESSAGE_SIZE",
      message: /larger than 10000 bytes/,
    },
    {
      name: "a body cut short",
      respond: (_request, response) => avro(response).end(bytes("00000009 00")),
      code: "ERR_RPC_TRUNCATED",
      message: /ended in the middle of a message/,
    },
    {
      name: "garbage",
      respond: (_request, response) => avro(response).end(bytes("00000004 deadbeef 00000000")),
      code: "ERR_RPC_HANDSHAKE",
      message: /handshake cannot be read/,
    },
    {
      name: "nothing after the handshake",
      respond: (_request, response) => avro(response).end(bytes("00000004 00000000 00000000")),
      code: "ERR_RPC_REMOTE",
      message: /answered with nothing/,
    },
    {
      name: "a result that does not decode",
      respond: (_request, response) => avro(response).end(bytes("00000007 00000000 00 00 10 00000000")),
      code: "ERR_RPC_RESPONSE",
      message: /response cannot be read/,
    },
    {
      name: "a connection that is cut",
      respond: (request) => void request.socket.destroy(),
      code: "ERR_RPC_CONNECTION",
      message: /No response from http:/,
    },
  ])("fails by code on $name, and goes on", async ({ respond, code, message }) => {
    let healthy = false
    const serve = httpHandler(createShop().service)
    const address = await listen(
      createServer((request, response) => (healthy ? serve : respond)(request, response)),
    )
    await using transport = httpTransport(address, { maxMessageBytes: 10_000 })
    const client = createClient(Shop, transport)
    expect(await failureOf(client.echo({ query: "hi" }))).toMatchObject({
      code,
      message: expect.stringMatching(message),
    })
    healthy = true
    expect(await client.echo({ query: "hi" })).toBe("hi")
  })

  test.for<[string, string, Partial<RpcError>]>([
    ["a number of seconds", "7", { httpStatus: 503, retryAfterMillis: 7000 }],
    ["no number at all", "soon", { httpStatus: 503, retryAfterMillis: undefined }],
    ["a century", "3155760000", { httpStatus: 503, retryAfterMillis: undefined }],
  ])("tells the status, and how long a server asks to wait: %s", async ([, retryAfter, expected]) => {
    const respond: RequestListener = (_request, response) =>
      response.writeHead(503, { "retry-after": retryAfter }).end()
    const address = await listen(createServer(respond))
    for (const connect of [httpTransport, fetchTransport]) {
      await using transport = connect(address)
      expect(await failureOf(createClient(Shop, transport).echo({ query: "" }))).toMatchObject(expected)
    }
  })

  test("fails by code when nobody listens", async () => {
    await using transport = httpTransport(`http://127.0.0.1:${await freePort()}`)
    const error = await failureOf(createClient(Shop, transport).echo({ query: "" }))
    expect(error).toMatchObject({
      code: "ERR_RPC_CONNECTION",
      message: expect.stringContaining("ECONNREFUSED"),
    })
  })

  test("a server that never answers is given up when the time is over", async () => {
    const server = createTcpServer((socket) => socket.resume())
    await using transport = httpTransport(await listen(server))
    const error = await failureOf(createClient(Shop, transport).echo({ query: "" }, { timeoutMillis: 50 }))
    expect(error).toMatchObject({ code: "ERR_RPC_TIMEOUT", message: "No response within 50 ms" })
  })

  test("says of each failure whether the call may have been served", async () => {
    await using nobody = httpTransport(`http://127.0.0.1:${await freePort()}`)
    expect(await failureOf(createClient(Shop, nobody).echo({ query: "" }))).toMatchObject({
      code: "ERR_RPC_CONNECTION",
      message: expect.stringMatching(/^No connection to http:.+ECONNREFUSED/),
      mayHaveBeenServed: false,
    })

    const hangsUp = createTcpServer((socket) => socket.once("data", () => socket.destroy()))
    await using transport = httpTransport(await listen(hangsUp))
    expect(await failureOf(createClient(Shop, transport).echo({ query: "" }))).toMatchObject({
      code: "ERR_RPC_CONNECTION",
      message: expect.stringMatching(/^No response from http:/),
      mayHaveBeenServed: true,
    })

    await nobody.close()
    expect(await failureOf(createClient(Shop, nobody).echo({ query: "" }))).toMatchObject({
      code: "ERR_RPC_CONNECTION",
      mayHaveBeenServed: false,
    })
  })

  test("sends a call once, even where its connection breaks that was kept from the last", async () => {
    const serve = httpHandler(createShop().service)
    let requests = 0
    const server = createServer((request, response) => {
      if (++requests % 2 === 1) serve(request, response)
      else request.socket.destroy()
    })
    await using transport = httpTransport(await listen(server), { maxConnections: 1 })
    const client = createClient(Shop, transport)
    for (let round = 0; round < 5; round++) {
      expect(await client.echo({ query: "hi" })).toBe("hi")
      expect(await failureOf(client.echo({ query: "hi" }))).toMatchObject({ mayHaveBeenServed: true })
    }
    expect(requests).toBe(10)
  })

  test("has no more connections than it may, and calls wait for one", async () => {
    const shop = createShop()
    const server = createServer(httpHandler(shop.service))
    let connections = 0
    server.on("connection", () => connections++)
    await using transport = httpTransport(await listen(server), { maxConnections: 2 })
    const client = createClient(Shop, transport)
    const calls = [client.wait({}), client.wait({}), client.echo({ query: "hi" })]
    await until(() => shop.contexts.length === 2)
    await nextTurns()
    expect(shop.contexts).toHaveLength(2)
    shop.release("done")
    expect(await Promise.all(calls)).toEqual(["done", "done", "hi"])
    expect(connections).toBe(2)
  })

  test("gives up a server that does not shake hands, in the time to connect", async () => {
    const server = createTcpServer((socket) => socket.resume())
    const address = (await listen(server)).replace("http:", "https:")
    await using transport = httpTransport(address, { connectMillis: 100 })
    expect(await failureOf(createClient(Shop, transport).echo({ query: "" }))).toMatchObject({
      code: "ERR_RPC_CONNECTION",
      mayHaveBeenServed: false,
    })
  })

  test.for([
    { name: "says nothing", begin: "" },
    {
      name: "stops in its response",
      begin: "HTTP/1.1 200 OK\r\ncontent-type: avro/binary\r\ncontent-length: 99\r\n\r\nabc",
    },
  ])("gives up a server that $name", async ({ begin }) => {
    const server = createTcpServer((socket) => socket.resume().write(begin))
    await using transport = httpTransport(await listen(server), { responseMillis: 200 })
    expect(await failureOf(createClient(Shop, transport).echo({ query: "" }))).toMatchObject({
      code: "ERR_RPC_TIMEOUT",
      message: expect.stringContaining("did not answer"),
      mayHaveBeenServed: true,
    })
  })

  test("does not use a connection again on which a call was given up", async () => {
    const shop = createShop()
    const server = createServer(httpHandler(shop.service))
    const port = Number(new URL(await listen(server)).port)
    await using proxy = await proxyTo(port)
    await using transport = httpTransport(`http://127.0.0.1:${proxy.port}`, { maxConnections: 1 })
    const client = createClient(Shop, transport)
    expect(await client.echo({ query: "hi" })).toBe("hi")
    proxy.freeze() // the connection looks alive, and carries nothing
    expect(await failureOf(client.echo({ query: "hi" }, { timeoutMillis: 100 }))).toMatchObject({
      code: "ERR_RPC_TIMEOUT",
    })
    expect(await client.echo({ query: "there" })).toBe("there")
    expect(proxy.connections).toBe(2)
  })

  test("asks a server that never knows its protocol twice, and no more (I16)", async () => {
    let requests = 0
    const none = bytes(`04 00 00 00`)
    const told = concat(bytes("04 02"), text(Shop.text), bytes("02"), Shop.hash, bytes("00"))
    for (const [answer, most] of [
      [none, 1],
      [told, 2],
    ] as const) {
      requests = 0
      const server = createServer((_request, response) => {
        requests++
        avro(response).end(frame(answer))
      })
      await using transport = httpTransport(await listen(server))
      expect(await failureOf(createClient(Shop, transport).echo({ query: "" }))).toMatchObject({
        code: "ERR_RPC_HANDSHAKE",
      })
      expect(requests).toBe(most)
    }
  })

  test("reads no more of a page than it needs to say what it is", async () => {
    let isCut = false
    const server = createServer((_request, response) => {
      response.on("close", () => (isCut = !response.writableFinished))
      const write = (error?: Error | null): void => {
        if (!error) response.write("<p>", write)
      }
      response.setHeader("content-type", "text/html")
      write()
    })
    await using transport = httpTransport(await listen(server))
    expect(await failureOf(createClient(Shop, transport).echo({ query: "" }))).toMatchObject({
      code: "ERR_RPC_HTTP_STATUS",
      message: expect.stringContaining("<p><p>"),
    })
    await until(() => isCut)
  })

  test("that closes lets calls under way end, but not for longer than it is told to", async () => {
    const shop = createShop()
    const address = await listen(createServer(httpHandler(shop.service)))
    const [patient, hasty] = [httpTransport(address), httpTransport(address)]
    const calls = [patient, hasty].map((transport) => createClient(Shop, transport).wait({}))
    await until(() => shop.contexts.length === 2)
    const failure = failureOf(calls[1] as Promise<string>)
    await hasty.close({ timeoutMillis: 20 })
    expect(await failure).toMatchObject({ code: "ERR_RPC_CONNECTION", mayHaveBeenServed: true })
    const closed = patient.close()
    shop.release("done")
    expect(await calls[0]).toBe("done")
    await closed
  })

  test.for([{ maxConnections: 0 }, { connectMillis: -1 }, { responseMillis: Number.NaN }])(
    "refuses %o",
    (options) => {
      expect(() => httpTransport("http://localhost", options)).toThrow(TypeError)
    },
  )

  test.for(["ftp://example.org/", "nonsense"])("refuses %s at once", (url) => {
    expect(() => httpTransport(url)).toThrow(TypeError)
  })
})

function text(value: string): Uint8Array {
  const writer = createWriter()
  writer.writeString(value)
  return writer.finish()
}

async function listen(server: Server | TcpServer): Promise<string> {
  servers.push(server)
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const avro = (response: Parameters<RequestListener>[1]) => response.setHeader("content-type", "avro/binary")

/** Node's server around a fetch handler, as the adapters of frameworks do it. */
const viaFetch =
  (handle: (request: Request) => Promise<Response>): RequestListener =>
  async (incoming, outgoing) => {
    const controller = new AbortController()
    outgoing.on("close", () => controller.abort())
    const request = new Request(`http://host${incoming.url}`, {
      method: "POST",
      headers: { "content-type": incoming.headers["content-type"] ?? "" },
      body: incoming as unknown as ReadableStream,
      duplex: "half",
      signal: controller.signal,
    })
    const response = await handle(request)
    outgoing.writeHead(response.status, Object.fromEntries(response.headers))
    outgoing.end(Buffer.from(await response.arrayBuffer()))
  }
