import { once } from "node:events"
import { createServer, type Server } from "node:http"
import { type AddressInfo, connect, type Socket } from "node:net"
import { parseProtocol } from "@avrolet/avro"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { createClient } from "../client.ts"
import type { RefusedEvent, ServedEvent } from "../diagnostics.ts"
import { bytes, concat, hex } from "../testing/hex.ts"
import { bytesInUse } from "../testing/memory.ts"
import { createShop, Shop, type TestShop } from "../testing/shop.ts"
import { published, until } from "../transport.contract.ts"
import { fetchHandler } from "./fetch-handler.ts"
import { httpHandler } from "./handler.ts"
import { httpTransport } from "./transport.ts"

const MAX_MESSAGE_BYTES = 1000
const hash = hex(Shop.hash)
const handshake = `${hash} 00 ${hash} 00`
const avro = { "content-type": "avro/binary" }
const chunkedHead =
  "POST / HTTP/1.1\r\nhost: x\r\ncontent-type: avro/binary\r\ntransfer-encoding: chunked\r\n\r\n"

let shop: TestShop
let server: Server
let port: number
beforeEach(async () => {
  shop = createShop()
  server = createServer(httpHandler(shop.service, { maxMessageBytes: MAX_MESSAGE_BYTES }))
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  port = (server.address() as AddressInfo).port
})
afterEach(async () => {
  server.closeAllConnections()
  server.close()
  await once(server, "close")
})

/** Bad requests, what they are answered, and what is published about them. */
const badRequests = [
  { name: "a GET", request: { method: "GET" }, status: 405, code: "ERR_RPC_HTTP_METHOD" },
  { name: "no content type", request: post(frame(handshake), {}), status: 415, code: "ERR_RPC_CONTENT_TYPE" },
  {
    name: "another content type",
    request: post(frame(handshake), { "content-type": "application/json" }),
    status: 415,
    code: "ERR_RPC_CONTENT_TYPE",
  },
  {
    name: "a body over the limit",
    request: post(new Uint8Array(1001)),
    status: 413,
    code: "ERR_RPC_MESSAGE_SIZE",
  },
  {
    name: "a frame length of 2^31",
    request: post(bytes("80000000 00")),
    status: 413,
    code: "ERR_RPC_MESSAGE_SIZE",
  },
  { name: "an empty body", request: post(bytes("")), status: 400, code: "ERR_RPC_TRUNCATED" },
  { name: "a frame cut short", request: post(bytes("00000009 00")), status: 400, code: "ERR_RPC_TRUNCATED" },
  { name: "garbage", request: post(frame("deadbeef")), status: 400, code: "ERR_RPC_HANDSHAKE" },
  {
    name: "terminators only",
    request: post(bytes("00000000".repeat(100))),
    status: 400,
    code: "ERR_RPC_HANDSHAKE",
  },
  {
    name: "a poisoned hash",
    request: post(frame(`${"00".repeat(16)} 02 04 7b7d ${hash} 00`)),
    status: 400,
    code: "ERR_RPC_HANDSHAKE",
  },
]

/** Requests that are Avro's, but no call: answered 200, with an error of the service. */
const badCalls = [
  { name: "an unknown message", call: "00 06 666f6f", error: 'test.Shop has no message "foo"' },
  {
    name: "a message named __proto__",
    call: "00 12 5f5f70726f746f5f5f",
    error: 'test.Shop has no message "__proto__"',
  },
  {
    name: "parameters that are cut short",
    call: "00 08 6563686f 04 68",
    error: "input ends inside a string",
  },
  { name: "parameters that do not decode", call: "00 08 6563686f 04 ffff", error: "not valid UTF-8" },
  { name: "metadata of 2^40 entries", call: "80808080808001 00", error: "input ends inside a block" },
  { name: "no call at all", call: "", error: "input ends inside" },
]

describe("the node handler", () => {
  test.for(badRequests)(
    "answers $name with $status, says why, and serves the next (I13)",
    async ({ request, status, code }) => {
      const refused = await published<RefusedEvent>("avrolet:rpc.refused", async () => {
        const response = await fetch(`http://127.0.0.1:${port}/`, request)
        expect(response.status).toBe(status)
        expect(await response.text()).toMatch(new RegExp(`^${code}: .+\\n$`))
        if (status === 405) expect(response.headers.get("allow")).toBe("POST")
      })
      expect(refused).toMatchObject([{ protocol: "test.Shop", code }])
      await expectHealthy()
    },
  )

  test.for(badCalls)(
    "answers $name with an error of the service, status 200, and serves the next (I13)",
    async ({ call, error }) => {
      const refused = await published<RefusedEvent>("avrolet:rpc.refused", async () => {
        const response = await fetch(`http://127.0.0.1:${port}/`, post(frame(handshake + call)))
        expect(response.status).toBe(200)
        expect(await response.text()).toContain(error)
      })
      expect(refused).toHaveLength(1)
      await expectHealthy()
    },
  )

  test("reads a chunked body (I13)", async () => {
    const body = frame(`${handshake} 00 08 6563686f 04 6869`)
    const socket = await open()
    socket.write(
      "POST / HTTP/1.1\r\nhost: x\r\ncontent-type: Avro/Binary;v=1\r\ntransfer-encoding: chunked\r\n\r\n",
    )
    for (const byte of body)
      socket.write(concat(Buffer.from("1\r\n"), Uint8Array.of(byte), Buffer.from("\r\n")))
    socket.write("0\r\n\r\n")
    expect(await answered(socket)).toMatch(/^HTTP\/1.1 200 OK[^]*content-type: avro\/binary[^]*hi/)
  })

  test("says so when its body was read by somebody before it, and does not wait for it", async () => {
    const serve = httpHandler(shop.service)
    server.removeAllListeners("request")
    server.on("request", (request, response) => {
      request.resume().on("end", () => serve(request, response))
    })
    const refused = await published<RefusedEvent>("avrolet:rpc.refused", async () => {
      const response = await fetch(`http://127.0.0.1:${port}/`, post(frame(handshake)))
      expect(response.status).toBe(500)
    })
    expect(refused).toMatchObject([{ error: { message: expect.stringContaining("was read before") } }])
  })

  test("refuses a chunked body as soon as it passes the limit", async () => {
    const socket = await open()
    socket.write(chunkedHead)
    socket.write(concat(Buffer.from("3e9\r\n"), new Uint8Array(1001).fill(1)))
    expect(await answered(socket)).toMatch(/^HTTP\/1.1 413 /)
    await expectHealthy()
  })

  test("tells why to a client that reads it only when all is sent, however slowly that is", async () => {
    const socket = await open()
    socket.pause()
    socket.write(chunkedHead)
    const oneChunk = concat(Buffer.from("3e9\r\n"), new Uint8Array(1001).fill(1), Buffer.from("\r\n"))
    for (let chunks = 0; chunks < 25; chunks++) {
      socket.write(oneChunk)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    socket.write("0\r\n\r\n")
    expect(await answered(socket)).toMatch(/^HTTP\/1.1 413 /)
  })

  test("ends the connection of a client that is refused and does not stop", async () => {
    const socket = await open()
    socket.on("error", () => {}) // it is cut off
    socket.write(chunkedHead)
    const oneChunk = concat(Buffer.from("100000\r\n"), new Uint8Array(2 ** 20).fill(1), Buffer.from("\r\n"))
    let megabytes = 0
    for (; !socket.closed; megabytes++) {
      expect(megabytes).toBeLessThan(100)
      await new Promise((resolve) => socket.write(oneChunk, resolve))
    }
    expect(megabytes).toBeGreaterThan(50)
  })

  test("reads a request without parameters that ends in two terminators, as Java writes it (quirk 4)", async () => {
    const twice = concat(frame(`${handshake} 00 06 627579 02 61 02`), bytes("00000000"))
    const response = await fetch(`http://127.0.0.1:${port}/`, post(twice))
    expect(response.status).toBe(200)
  })

  test("a ping is answered with the handshake alone (I10)", async () => {
    const response = await fetch(`http://127.0.0.1:${port}/`, post(frame(`${handshake} 00 00`)))
    expect(hex(new Uint8Array(await response.arrayBuffer()))).toBe(
      "00000004 00000000 00000000".replaceAll(" ", ""),
    )
  })

  test("publishes a client that hangs up in the middle of its request", async () => {
    const refused = await published<RefusedEvent>("avrolet:rpc.refused", async (events) => {
      const socket = await open()
      socket.write("POST / HTTP/1.1\r\nhost: x\r\ncontent-type: avro/binary\r\ncontent-length: 99\r\n\r\nabc")
      await once(server, "request")
      socket.destroy()
      await until(() => events.length > 0)
    })
    expect(refused).toMatchObject([{ code: "ERR_RPC_HANGUP" }])
    await expectHealthy()
  })

  test("tells the handler of a client that hangs up in the middle of its call", async () => {
    let served: unknown
    const refused = await published<RefusedEvent>("avrolet:rpc.refused", async () => {
      served = await published<ServedEvent>("avrolet:rpc.served", async (events) => {
        const socket = await open()
        const body = frame(`${handshake} 00 08 77616974`)
        socket.write(
          `POST / HTTP/1.1\r\nhost: x\r\ncontent-type: avro/binary\r\ncontent-length: ${body.length}\r\n\r\n`,
        )
        socket.write(body)
        await until(() => shop.contexts.length > 0)
        socket.destroy()
        await until(() => events.length > 0)
      })
    })
    expect(shop.contexts[0]?.signal.reason).toMatchObject({ code: "ERR_RPC_HANGUP" })
    expect(served).toMatchObject([{ message: "wait" }])
    expect(refused).toEqual([])
    await expectHealthy()
  })

  test("the protocols of a flood of clients do not stay in memory", async () => {
    const handle = fetchHandler(createShop({ maxProtocolsSeen: 10 }).service)
    const names = Array.from({ length: 100 }, (_, index) => `Client${index}`)
    for (const name of names) await handle(new Request("http://host/", introduce(name, true)))
    const known = await Promise.all(names.map((name) => isKnown(handle, name)))
    expect(names.filter((_, index) => known[index])).toEqual(names.slice(-10))
  })
})

describe("the fetch handler", () => {
  test.for(badRequests)("answers $name with $status, and says why", async ({ request, status, code }) => {
    const handle = fetchHandler(shop.service, { maxMessageBytes: MAX_MESSAGE_BYTES })
    const response = await handle(new Request("http://host/", request))
    expect(response.status).toBe(status)
    expect(await response.text()).toMatch(new RegExp(`^${code}: .+\\n$`))
  })

  test.for(badCalls)("answers $name with an error of the service", async ({ call, error }) => {
    const response = await fetchHandler(shop.service)(
      new Request("http://host/", post(frame(handshake + call))),
    )
    expect(response.status).toBe(200)
    expect(await response.text()).toContain(error)
  })

  test("bad requests of every kind leave nothing behind in memory", async () => {
    const handle = fetchHandler(shop.service, { maxMessageBytes: MAX_MESSAGE_BYTES })
    const calls = badCalls.map(({ call }) => post(frame(handshake + call)))
    const requests = [...badRequests.map(({ request }) => request), ...calls]
    const sendAll = async (rounds: number): Promise<number> => {
      for (let round = 0; round < rounds; round++) {
        for (const request of requests) await (await handle(new Request("http://host/", request))).text()
      }
      return bytesInUse()
    }
    const before = await sendAll(50)
    const after = await sendAll(300) // 4800 requests: 1 KB kept of each would be 5 MB
    expect(after - before).toBeLessThan(2_000_000)
  })

  test("says so when its body was read by somebody before it", async () => {
    const request = new Request("http://host/", post(frame(handshake)))
    await request.arrayBuffer()
    const refused = await published<RefusedEvent>("avrolet:rpc.refused", async () => {
      expect((await fetchHandler(shop.service)(request)).status).toBe(500)
    })
    expect(refused).toMatchObject([{ error: { message: expect.stringContaining("was read before") } }])
  })

  test("answers a body whose stream breaks", async () => {
    const body = new ReadableStream({
      pull(controller) {
        controller.error(new Error("the line is dead"))
      },
    })
    const request = new Request("http://host/", { ...post(bytes("")), body, duplex: "half" })
    expect((await fetchHandler(shop.service)(request)).status).toBe(400)
  })
})

function post(body: Uint8Array, headers: Record<string, string> = avro): RequestInit {
  return { method: "POST", headers, body }
}

function frame(message: string): Uint8Array {
  const data = bytes(message)
  return concat(bytes(data.length.toString(16).padStart(8, "0")), data, bytes("00000000"))
}

async function expectHealthy(): Promise<void> {
  await using transport = httpTransport(`http://127.0.0.1:${port}/`)
  expect(await createClient(Shop, transport).echo({ query: "fine" })).toBe("fine")
}

async function open(): Promise<Socket> {
  const socket = connect(port, "127.0.0.1")
  await once(socket, "connect")
  return socket
}

/** What a socket receives, up to the end of the first response. */
async function answered(socket: Socket): Promise<string> {
  let text = ""
  for await (const chunk of socket) {
    text += Buffer.from(chunk as Uint8Array).toString("latin1")
    const [head = "", body] = text.split("\r\n\r\n", 2)
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1])
    if (body !== undefined && body.length >= length) break
  }
  socket.destroy()
  return text
}

/** The handshake of a client of its own protocol, and a ping. */
function introduce(name: string, withText: boolean): RequestInit {
  const client = parseProtocol({ protocol: name, messages: {} })
  const text = `02 ${hex(Uint8Array.of(client.text.length * 2))} ${hex(Buffer.from(client.text))}`
  return post(frame(`${hex(client.hash)} ${withText ? text : "00"} ${hash} 00 00 00`))
}

/** Whether a client that sends its hash alone is answered BOTH. */
async function isKnown(handle: (request: Request) => Promise<Response>, name: string): Promise<boolean> {
  const response = await handle(new Request("http://host/", introduce(name, false)))
  return new Uint8Array(await response.arrayBuffer())[4] === 0
}
