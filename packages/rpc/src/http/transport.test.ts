import { once } from "node:events"
import { createServer, type RequestListener, type Server } from "node:http"
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from "node:net"
import { afterEach, describe, expect, test } from "vitest"
import { createClient } from "../client.ts"
import { bytes } from "../testing/hex.ts"
import { createShop, Shop } from "../testing/shop.ts"
import { failureOf, transportContract } from "../transport.contract.ts"
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

  test("understands a response that is chunked", async () => {
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

  test("fails by code when nobody listens", async () => {
    const closed = createServer()
    const address = await listen(closed)
    closed.close()
    await once(closed, "close")
    servers.pop()
    await using transport = httpTransport(address)
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

  test.for(["ftp://example.org/", "nonsense"])("refuses %s at once", (url) => {
    expect(() => httpTransport(url)).toThrow(TypeError)
  })
})

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
