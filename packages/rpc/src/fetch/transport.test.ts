import { once } from "node:events"
import { createServer, type RequestListener, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { afterEach, describe, expect, test } from "vitest"
import { createClient } from "../client.ts"
import { httpHandler } from "../http/handler.ts"
import { bytes } from "../testing/hex.ts"
import { createShop, Shop } from "../testing/shop.ts"
import { failureOf, transportContract } from "../transport.contract.ts"
import { fetchHandler, fetchTransport } from "./index.ts"

const servers: Server[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
    await once(server, "close")
  }
})

describe("the fetch transport, to a server", () => {
  transportContract(async (service) => ({
    transport: fetchTransport(await listen(httpHandler(service))),
    stop: async () => {},
  }))
})

describe("the fetch transport, to a function in place of fetch", () => {
  transportContract(async (service) => ({
    transport: fetchTransport("https://shop.internal/", { fetch: fetchHandler(service) }),
    stop: async () => {},
  }))
})

describe("the fetch transport", () => {
  test("sends the path, the query and the headers it is given, and says that it is Avro", async () => {
    const serve = httpHandler(createShop().service)
    let seen: unknown
    const address = await listen((request, response) => {
      const { accept, authorization, "content-type": type } = request.headers
      seen = { url: request.url, method: request.method, accept, authorization, type }
      serve(request, response)
    })
    const headers = { authorization: "Bearer 1", "Content-Type": "application/json" }
    await using transport = fetchTransport(`${address}/services/shop?v=2#part`, { headers })
    await createClient(Shop, transport).echo({ query: "" })
    expect(seen).toEqual({
      url: "/services/shop?v=2",
      method: "POST",
      accept: "avro/binary",
      authorization: "Bearer 1",
      type: "avro/binary",
    })
  })

  test("names credentials only when asked to", async () => {
    const asked: Request["credentials"][] = []
    const serve = fetchHandler(createShop().service)
    const spy = (request: Request) => {
      asked.push(request.credentials)
      return serve(request)
    }
    const url = "https://shop.internal/"
    for (const options of [{}, { credentials: "include" }, { credentials: "omit" }] as const) {
      await using transport = fetchTransport(url, { ...options, fetch: spy })
      await createClient(Shop, transport).echo({ query: "" })
    }
    expect(asked).toEqual(["same-origin", "include", "omit"])
  })

  test.for([301, 302, 303, 307, 308])(
    "does not follow a redirect of status %i: the call is for nobody else",
    async (status) => {
      const shop = createShop()
      const elsewhere = await listen(httpHandler(shop.service))
      const address = await listen((_request, response) => {
        response.writeHead(status, { location: `${elsewhere}/shop` }).end("gone there")
      })
      await using transport = fetchTransport(address)
      expect(await failureOf(createClient(Shop, transport).echo({ query: "" }))).toMatchObject({
        code: "ERR_RPC_HTTP_STATUS",
        httpStatus: status,
      })
      expect(shop.contexts).toEqual([])
    },
  )

  test.for<{ name: string; respond: RequestListener; code: string; message: RegExp }>([
    {
      name: "a page of HTML",
      respond: (_request, response) =>
        response.setHeader("content-type", "text/html").end("<h1>It works!</h1>"),
      code: "ERR_RPC_HTTP_STATUS",
      message: /answered with content-type text\/html, not avro\/binary: <h1>It works!<\/h1>$/,
    },
    {
      name: "a status of 503 that never stops talking",
      respond: (_request, response) => pour(response.writeHead(503), "overloaded\n".repeat(100)),
      code: "ERR_RPC_HTTP_STATUS",
      message: /answered with status 503: overloaded/,
    },
    {
      name: "a server that is overloaded, in our words",
      respond: (_request, response) => response.writeHead(503).end("ERR_RPC_OVERLOADED: Come again\n"),
      code: "ERR_RPC_OVERLOADED",
      message: /^Come again$/,
    },
    {
      name: "a message larger than allowed, without end",
      respond: (_request, response) => pour(avro(response), "\u0001".repeat(1000)),
      code: "ERR_RPC_MESSAGE_SIZE",
      message: /larger than 10000 bytes/,
    },
    {
      name: "a message cut short",
      respond: (_request, response) => avro(response).end(bytes("00000009 00")),
      code: "ERR_RPC_TRUNCATED",
      message: /ended in the middle of a message/,
    },
    {
      name: "a connection cut in the body",
      respond: (request, response) => {
        avro(response)
          .setHeader("content-length", 100)
          .write(bytes("00000009 00"), () => {
            request.socket.destroy()
          })
      },
      code: "ERR_RPC_CONNECTION",
      message: /No response from http:/,
    },
    {
      name: "a connection that is cut",
      respond: (request) => void request.socket.destroy(),
      code: "ERR_RPC_CONNECTION",
      message: /No response from http:\/\/127.0.0.1:\d+: (?!fetch failed)/,
    },
  ])("fails by code on $name, and goes on", async ({ respond, code, message }) => {
    let healthy = false
    const serve = httpHandler(createShop().service)
    const address = await listen((request, response) => (healthy ? serve : respond)(request, response))
    await using transport = fetchTransport(address, { maxMessageBytes: 10_000 })
    const client = createClient(Shop, transport)
    expect(await failureOf(client.echo({ query: "hi" }))).toMatchObject({
      code,
      message: expect.stringMatching(message),
    })
    healthy = true
    expect(await client.echo({ query: "hi" })).toBe("hi")
  })

  test("close lets the calls under way end", async () => {
    const { service } = createShop()
    const serve = fetchHandler(service)
    let answer: () => void = () => {}
    const gate = new Promise<void>((resolve) => {
      answer = resolve
    })
    const transport = fetchTransport("https://shop.internal/", {
      fetch: async (request) => {
        await gate
        return serve(request)
      },
    })
    const call = createClient(Shop, transport).echo({ query: "last" })
    const closed = transport.close().then(() => "closed")
    expect(await Promise.race([closed, new Promise((resolve) => setImmediate(resolve, "open"))])).toBe("open")
    answer()
    expect(await call).toBe("last")
    expect(await closed).toBe("closed")
  })

  test.for([
    { name: "a server", fetch: undefined },
    { name: "a function that does not listen to the signal", fetch: () => new Promise<never>(() => {}) },
  ])("close waits no longer than it is told to for $name, and the calls fail", async ({ fetch }) => {
    const address = await listen(() => {}) // never answers
    const transport = fetchTransport(address, fetch === undefined ? {} : { fetch })
    const call = failureOf(createClient(Shop, transport).echo({ query: "" }))
    await transport.close({ timeoutMillis: 20 })
    expect(await call).toMatchObject({
      code: "ERR_RPC_CONNECTION",
      message: "The transport is closed",
      mayHaveBeenServed: true,
    })
    await transport.close()
  })

  test.for(["ftp://example.org/", "nonsense", "/relative"])("refuses %s at once", (url) => {
    expect(() => fetchTransport(url)).toThrow(TypeError)
  })

  test.for([{ headers: { "not a name": "" } }, { maxMessageBytes: 0 }, { maxMessageBytes: Number.NaN }])(
    "refuses %o at once",
    (options) => {
      expect(() => fetchTransport("https://example.org/", options)).toThrow(TypeError)
    },
  )
})

async function listen(serve: RequestListener): Promise<string> {
  const server = createServer(serve)
  servers.push(server)
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

type Response = Parameters<RequestListener>[1]

const avro = (response: Response) => response.setHeader("content-type", "avro/binary")

/** Writes for as long as somebody reads. */
function pour(response: Response, text: string): void {
  response.write(text, (error) => {
    if (!error) pour(response, text)
  })
}
