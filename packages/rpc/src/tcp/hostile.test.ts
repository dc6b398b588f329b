import type { Socket } from "node:net"
import { parseProtocol } from "@avrolet/avro"
import { createWriter } from "@avrolet/avro/binary"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { createClient } from "../client.ts"
import type { RefusedEvent } from "../diagnostics.ts"
import { frame, type RawPeer, rawClient } from "../testing/frames.ts"
import { bytes, concat, hex } from "../testing/hex.ts"
import { bytesInUse } from "../testing/memory.ts"
import { createShop, Shop, type TestShop } from "../testing/shop.ts"
import { published, until } from "../transport.contract.ts"
import { type ServeTcpOptions, serveTcp, type TcpServer } from "./serve.ts"
import { tcpTransport } from "./transport.ts"

const MAX_MESSAGE_BYTES = 1000
const hash = hex(Shop.hash)
const handshake = `${hash} 00 ${hash} 00`
const echo = "00 08 6563686f 04 6869" // no metadata, "echo", "hi"
const wait = "00 08 77616974"

let shop: TestShop
let server: TcpServer
beforeEach(async () => {
  shop = createShop()
  await serve({ maxMessageBytes: MAX_MESSAGE_BYTES })
})
afterEach(() => server.close({ timeoutMillis: 0 }))

/** Bytes that no client should send, and what is published about them. The connection that they came on ends. */
const hostile = [
  { name: "a frame length of 2^31", data: bytes("00000001 00000001 80000000"), code: "ERR_RPC_MESSAGE_SIZE" },
  {
    name: "a frame length of 2^32 - 1",
    data: bytes("00000001 00000001 ffffffff"),
    code: "ERR_RPC_MESSAGE_SIZE",
  },
  { name: "a count of 2^31 buffers", data: bytes("00000001 80000000"), code: "ERR_RPC_MESSAGE_SIZE" },
  {
    name: "empty buffers by the million",
    data: bytes(`00000001 000f4240 ${"00000000".repeat(200)}`),
    code: "ERR_RPC_MESSAGE_SIZE",
  },
  {
    name: "a message one byte too large",
    data: frame(1, "00".repeat(MAX_MESSAGE_BYTES - 11)),
    code: "ERR_RPC_MESSAGE_SIZE",
  },
  {
    name: "a message too large in many buffers",
    data: frame(1, ...Array.from({ length: 60 }, () => "00".repeat(20))),
    code: "ERR_RPC_MESSAGE_SIZE",
  },
  {
    name: "a request of HTTP",
    data: Buffer.from("GET / HTTP/1.1\r\nhost: x\r\n\r\n"),
    code: "ERR_RPC_HANDSHAKE",
  },
  { name: "an empty message first", data: frame(1, ""), code: "ERR_RPC_HANDSHAKE" },
  { name: "a frame of no buffers first", data: frame(1), code: "ERR_RPC_HANDSHAKE" },
  { name: "garbage", data: frame(1, "deadbeef"), code: "ERR_RPC_HANDSHAKE" },
  {
    name: "a poisoned hash",
    data: frame(1, `${"00".repeat(16)} 02 04 7b7d ${hash} 00`),
    code: "ERR_RPC_HANDSHAKE",
  },
]

describe("hostile bytes", () => {
  test.for(hostile)(
    "$name: the reason is published, the connection ends, the others go on",
    async ({ data, code }) => {
      await using transport = tcpTransport({ port: server.port })
      const other = createClient(Shop, transport)
      await other.echo({ query: "before" })
      const refused = await published<RefusedEvent>("avrolet:rpc.refused", async () => {
        const client = await open()
        client.write(data)
        expect(await client.next()).toBeUndefined()
        await client.over
      })
      expect(refused).toMatchObject([{ protocol: "test.Shop", code }])
      expect(await other.echo({ query: "after" })).toBe("after")
    },
  )

  test("bytes in drips: a message that is not complete in time ends its connection", async () => {
    await serve({ frameMillis: 100 })
    const refused = await published<RefusedEvent>("avrolet:rpc.refused", async (events) => {
      const client = await open()
      client.write(bytes("00000001 00000001 000003e0"))
      const drip = setInterval(() => client.write(bytes("00")), 10)
      await client.over
      clearInterval(drip)
      await until(() => events.length > 0)
    })
    expect(refused).toMatchObject([{ code: "ERR_RPC_TIMEOUT" }])
    await expectHealthy()
  })

  test("a client that resets at any byte is one client less", async () => {
    const stream = concat(frame(1, handshake + echo), frame(2, wait), frame(3, echo))
    const refused = await published<RefusedEvent>("avrolet:rpc.refused", async (events) => {
      for (let length = 0; length <= stream.length; length++) {
        const client = await open()
        if (length > 0)
          await new Promise((resolve) => client.socket.write(stream.subarray(0, length), resolve))
        client.socket.resetAndDestroy()
      }
      await expectHealthy()
      await until(() => shop.contexts.every(({ message, signal }) => message !== "wait" || signal.aborted))
      expect(events.every(({ code }) => code === "ERR_RPC_HANGUP")).toBe(true)
    })
    expect(refused.length).toBeLessThan(stream.length)
  })

  test("a client that hangs up in the middle of a message is published, and its calls are told", async () => {
    const refused = await published<RefusedEvent>("avrolet:rpc.refused", async (events) => {
      const client = await open()
      client.write(concat(frame(1, handshake + wait), bytes("00000002 000000")))
      await until(() => shop.contexts.length > 0)
      client.socket.destroy()
      await until(() => events.length > 0)
    })
    expect(refused).toMatchObject([{ code: "ERR_RPC_HANGUP" }])
    expect(shop.contexts[0]?.signal.reason).toMatchObject({ code: "ERR_RPC_HANGUP" })
  })

  test("bytes of every kind leave nothing behind in memory", async () => {
    const sendAll = async (rounds: number): Promise<number> => {
      for (let round = 0; round < rounds; round++) {
        const clients = await Promise.all(hostile.map(open))
        await published<RefusedEvent>("avrolet:rpc.refused", async (events) => {
          for (const [index, { data }] of hostile.entries()) clients[index]?.write(data)
          await until(() => events.length === hostile.length)
        })
        await Promise.all(clients.map(({ over }) => over))
      }
      return bytesInUse()
    }
    const before = await sendAll(20)
    const after = await sendAll(100) // 1100 connections: 2 KB kept of each would be 2 MB
    expect(after - before).toBeLessThan(2_000_000)
  })

  test.for([
    { name: "messages without bytes", message: frame(2, "") },
    { name: "frames without buffers", message: frame(2) },
    { name: "pings", message: frame(2, "0000") },
    { name: "calls that no protocol has", message: frame(2, "00 02 61") },
    {
      name: "handshakes of nobody, which ask for ours",
      message: frame(2, `${"11".repeat(16)} 00 ${hash} 00`),
    },
  ])(
    "$name, 100,000 at once, are answered in bounded memory, and others' calls go on",
    async ({ message }) => {
      await using transport = tcpTransport({ port: server.port })
      const other = createClient(Shop, transport)
      await other.echo({ query: "before" })
      const client = await open()
      if (message.length < 40) client.write(frame(1, `${handshake} 00 00`)) // a ping with the handshake
      const before = await bytesInUse()
      const flood = concat(...Array.from({ length: 1000 }, () => message))
      let isSent = false
      const sending = (async () => {
        for (let thousands = 0; thousands < 100 && !client.socket.destroyed; thousands++) {
          await new Promise((resolve) => client.socket.write(flood, resolve))
        }
        isSent = true
      })()
      for (let calls = 0; !isSent || calls < 3; calls++) {
        const query = `during ${calls}`
        expect(await other.echo({ query }, { timeoutMillis: 5000 })).toBe(query)
      }
      await sending
      client.socket.destroy()
      await client.over
      client.forget()
      expect((await bytesInUse()) - before).toBeLessThan(10_000_000)
    },
  )

  test.for([
    { name: "while others are served", isClosing: false },
    { name: "while the server closes", isClosing: true },
  ])(
    "a client that takes no answers has no more calls read that are refused, $name",
    async ({ isClosing }) => {
      await serve({ maxCallsInFlight: 1 })
      let client: RawPeer | undefined
      const [accepted] = await published<{ socket: Socket }>("net.server.socket", async () => {
        client = await open()
        client.write(frame(1, handshake + wait))
        await until(() => shop.contexts.length === 1)
      })
      const { socket: served } = accepted as { socket: Socket }
      const { socket, over } = client as unknown as RawPeer
      if (isClosing) void server.close({ timeoutMillis: 15_000 })
      socket.pause()
      const thousand = Buffer.concat(Array.from({ length: 1000 }, () => frame(2, echo)))
      for (let thousands = 0; thousands < 1000; thousands++) socket.write(thousand)
      for (let read = -1; read !== served.bytesRead && served.writableLength < MANY_BYTES; ) {
        read = served.bytesRead
        await new Promise((resolve) => setTimeout(resolve, 500))
      }
      expect(served.bytesRead).toBeGreaterThan(100_000)
      expect(served.writableLength).toBeGreaterThan(1_000_000)
      expect(served.writableLength).toBeLessThan(MANY_BYTES) // of a million answers of a hundred bytes
      socket.destroy()
      await over
    },
  )

  test("a flood of protocols: only the last few are remembered", async () => {
    shop = createShop({ maxProtocolsSeen: 10 })
    await serve({ maxMessageBytes: 100_000 })
    const doc = "x".repeat(20_000)
    const introduce = async (name: string, withText: boolean): Promise<string> => {
      const { text, hash: clientHash } = parseProtocol({ protocol: name, doc, messages: {} })
      const writer = createWriter()
      writer.writeString(text)
      const client = withText ? `02 ${hex(writer.finish())}` : "00"
      const connection = await open()
      connection.write(frame(1, `${hex(clientHash)} ${client} ${hash} 00 00 00`))
      const answer = await connection.next()
      connection.socket.destroy()
      await connection.over
      return hex(answer?.message.subarray(0, 1) ?? new Uint8Array(0))
    }
    const flood = async (from: number, to: number): Promise<number> => {
      for (let index = from; index < to; index++) expect(await introduce(`Client${index}`, true)).toBe(BOTH)
      return bytesInUse()
    }
    const before = await flood(0, 50)
    const after = await flood(50, 550)
    expect(after - before).toBeLessThan(3_000_000) // of 10 MB and more
    expect(await introduce("Client549", false)).toBe(BOTH)
    expect(await introduce("Client539", false)).toBe(NONE)
  })

  test("a protocol longer than it may be: it is refused, and the connection that would keep it ends", async () => {
    shop = createShop({ maxCharsPerProtocol: 1000 })
    await serve({})
    const introduce = async (doc: string): Promise<string | undefined> => {
      const { text, hash: clientHash } = parseProtocol({ protocol: "Client", doc, messages: {} })
      const writer = createWriter()
      writer.writeString(text)
      const client = await open()
      client.write(frame(1, `${hex(clientHash)} 02 ${hex(writer.finish())} ${hash} 00 00 00`))
      const answer = await client.next()
      return answer && hex(answer.message.subarray(0, 1))
    }
    const refused = await published<RefusedEvent>("avrolet:rpc.refused", async () => {
      expect(await introduce("x".repeat(900))).toBe(BOTH)
      expect(await introduce("x".repeat(1000))).toBeUndefined()
    })
    expect(refused).toMatchObject([{ code: "ERR_RPC_HANDSHAKE" }])
    await expectHealthy()
  })

  test("a length is not allocated because it is announced", async () => {
    await serve({ maxMessageBytes: 2 ** 26 })
    const before = await bytesInUse()
    for (let connections = 0; connections < 50; connections++) {
      ;(await open()).write(bytes("00000001 00000001 02000000 ab"))
    }
    await expectHealthy()
    expect((await bytesInUse()) - before).toBeLessThan(20_000_000) // of 1.6 GB announced
  })
})

const MANY_BYTES = 8_000_000
const BOTH = "00"
const NONE = "04"

async function serve(options: ServeTcpOptions): Promise<void> {
  await server?.close({ timeoutMillis: 0 })
  server = await serveTcp(shop.service, { port: 0, ...options })
}

const open = (): Promise<RawPeer> => rawClient(server.port as number)

async function expectHealthy(): Promise<void> {
  await using transport = tcpTransport({ port: server.port })
  expect(await createClient(Shop, transport).echo({ query: "fine" })).toBe("fine")
}
