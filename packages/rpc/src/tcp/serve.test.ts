import { once } from "node:events"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { createClient } from "../client.ts"
import type { RefusedEvent, ServedEvent } from "../diagnostics.ts"
import { block } from "../testing/block.ts"
import { frame, type RawPeer, rawClient } from "../testing/frames.ts"
import { concat, hex } from "../testing/hex.ts"
import { eventually } from "../testing/outcome.ts"
import { nextTurns } from "../testing/proxy.ts"
import { createShop, Shop, type TestShop } from "../testing/shop.ts"
import { testCertificate, testKey } from "../testing/tls.ts"
import { failureOf, published, until } from "../transport.contract.ts"
import { type ServeTcpOptions, serveTcp, type TcpServer } from "./serve.ts"
import { tcpTransport } from "./transport.ts"

const MAX_MESSAGE_BYTES = 1000
const hash = hex(Shop.hash)
const handshake = `${hash} 00 ${hash} 00`
const BOTH = "00 00 00 00"
const echo = "00 08 6563686f 04 6869" // no metadata, "echo", "hi"
const echoed = "00 00 04 6869" // no metadata, no error, "hi"
const wait = "00 08 77616974"
const ping = "00 00"
const word = "02 1e 6176726f6c65742e636c6f73696e67 00 00" // metadata: avrolet.closing, empty
const closingPing = `${word} 00`

let shop: TestShop
let server: TcpServer
beforeEach(async () => {
  shop = createShop()
  await serve({ maxMessageBytes: MAX_MESSAGE_BYTES })
})
afterEach(() => server.close({ timeoutMillis: 0 }))

describe("a connection", () => {
  test("has one handshake: the messages that follow have none (I8)", async () => {
    const client = await open()
    client.write(frame(1, handshake + echo))
    expect(await answer(client)).toEqual([1, squeeze(BOTH + echoed)])
    client.write(frame(2, echo))
    expect(await answer(client)).toEqual([2, squeeze(echoed)])
  })

  test("asks a client that it does not know for its protocol, and remembers it for the messages that follow", async () => {
    const stranger = "11".repeat(16)
    const client = await open()
    client.write(frame(1, `${stranger} 00 ${stranger} 00 ${echo}`))
    const [serial, none] = await answer(client)
    expect(serial).toBe(1)
    expect(none).toMatch(/^04 ?02/)
    client.write(frame(2, handshake + echo))
    expect(await answer(client)).toEqual([2, squeeze(BOTH + echoed)])
    client.write(frame(3, echo))
    expect(await answer(client)).toEqual([3, squeeze(echoed)])
  })

  test("answers each call when it is done, not in the order they came", async () => {
    const client = await open()
    client.write(concat(frame(1, handshake + ping), frame(2, wait), frame(3, echo)))
    expect(await answer(client)).toEqual([1, squeeze(BOTH)])
    expect(await answer(client)).toEqual([3, squeeze(echoed)])
  })

  test("answers a ping with nothing (I10)", async () => {
    const client = await open()
    client.write(concat(frame(1, handshake + ping), frame(2, ping)))
    expect(await answer(client)).toEqual([1, squeeze(BOTH)])
    expect(await answer(client)).toEqual([2, ""])
  })

  test("answers a one-way call only when it has the handshake (I11)", async () => {
    const log = "00 06 6c6f67 02 61"
    const client = await open()
    client.write(frame(1, handshake + log))
    expect(await answer(client)).toEqual([1, squeeze(`${BOTH} 00 00`)])
    client.write(concat(frame(2, log), frame(3, ping)))
    expect(await answer(client)).toEqual([3, ""])
    expect(shop.lines).toEqual(["a", "a"])
  })

  test("tells the handler of a call that the client gives up in a ping, and of no other", async () => {
    const client = await open()
    client.write(concat(frame(1, handshake + ping), frame(2, wait), frame(3, wait)))
    await until(() => shop.contexts.length === 2)
    const key = Buffer.from("avrolet.cancel").toString("hex")
    client.write(frame(0, `02 1c ${key} 08 00000003 00 00`))
    expect(await answer(client)).toEqual([1, squeeze(BOTH)])
    const answers = [await answer(client), await answer(client)]
    expect(answers.map(([serial]) => serial)).toEqual(expect.arrayContaining([0, 3]))
    expect(shop.contexts.map(({ signal }) => signal.aborted)).toEqual([false, true])
    expect(shop.contexts[1]?.signal.reason).toMatchObject({ code: "ERR_RPC_HANGUP" })
  })

  test.for([
    { name: "an unknown message", call: "00 06 666f6f", error: 'test.Shop has no message "foo"' },
    {
      name: "parameters that are cut short",
      call: "00 08 6563686f 04 68",
      error: "input ends inside a string",
    },
    { name: "metadata of 2^40 entries", call: "80808080808001 00", error: "input ends inside a block" },
    { name: "no call at all", call: "", error: "input ends inside" },
    { name: "a second handshake", call: handshake + echo, error: "cannot be read" },
  ])("answers $name with an error of the service, and serves the next", async ({ call, error }) => {
    const client = await open()
    client.write(concat(frame(1, handshake + ping), frame(2, call), frame(3, echo)))
    await answer(client)
    const [serial, refusal = ""] = await answer(client)
    expect(serial).toBe(2)
    expect(Buffer.from(refusal, "hex").toString()).toContain(error)
    expect(await answer(client)).toEqual([3, squeeze(echoed)])
  })
})

describe("the limits", () => {
  test("connections: one too many is closed at once, and there is room again when one goes", async () => {
    await serve({ maxConnections: 2 })
    const clients = [await open(), await open()]
    const refused = await published<RefusedEvent>("avrolet:rpc.refused", async () => {
      const third = await open()
      await third.over
    })
    expect(refused).toMatchObject([{ code: "ERR_RPC_OVERLOADED" }])
    clients[0]?.socket.destroy()
    const deadline = Date.now() + 10_000
    while (!(await isHealthy())) expect(Date.now()).toBeLessThan(deadline)
  })

  test("calls in flight: the next is read when one is done", async () => {
    await serve({ maxCallsPerConnection: 3 })
    const client = await open()
    client.write(frame(1, handshake + ping))
    await answer(client)
    for (let serial = 2; serial < 10; serial++) client.write(frame(serial, wait))
    client.write(frame(10, echo))
    await until(() => shop.contexts.length === 3)
    await nextTurns()
    expect(shop.contexts).toHaveLength(3)

    // Two clients share nothing: another is served.
    await expectHealthy()
    await server.close({ timeoutMillis: 0 })
    expect(shop.contexts.filter(({ message }) => message === "wait")).toHaveLength(3)
  })

  test("calls in flight, of all connections: one more is refused at once, in its own answer", async () => {
    await serve({ maxCallsInFlight: 2 })
    await using transport = tcpTransport({ port: server.port })
    const caller = createClient(Shop, transport)
    const waiting = [caller.wait({}), caller.wait({})]
    await until(() => shop.contexts.length === 2)
    await using another = tcpTransport({ port: server.port })
    for (const client of [caller, createClient(Shop, another)]) {
      const served = await published<ServedEvent>("avrolet:rpc.served", async () => {
        expect(await failureOf(client.echo({ query: "hi" }))).toMatchObject({
          code: "ERR_RPC_OVERLOADED",
          message: "The server has 2 calls in flight already",
          mayHaveBeenServed: false,
        })
      })
      expect(served).toMatchObject([{ message: "echo", error: { code: "ERR_RPC_OVERLOADED" } }])
    }
    shop.release("done")
    expect(await Promise.all(waiting)).toEqual(["done", "done"])
    expect(await caller.echo({ query: "hi" })).toBe("hi")
    expect(shop.contexts).toHaveLength(3)
  })

  test("calls in flight: a peer that is not ours is told in words", async () => {
    await serve({ maxCallsInFlight: 1 })
    const client = await open()
    client.write(frame(1, handshake + ping))
    await answer(client)
    client.write(concat(frame(2, wait), frame(3, echo)))
    const [serial, refusal = ""] = await answer(client)
    expect(serial).toBe(3)
    expect(Buffer.from(refusal, "hex").toString()).toContain("The server has 1 calls in flight already")
  })

  test("answers that nobody takes: no more calls are read, and all are answered once they are taken", async () => {
    await serve({ maxMessageBytes: 2 ** 20 })
    const client = await open()
    client.write(frame(1, handshake + ping))
    await answer(client)
    client.socket.pause()
    const text = "61".repeat(100_000)
    const call = `00 08 6563686f c09a0c ${text}`
    const served = await published<ServedEvent>("avrolet:rpc.served", async (events) => {
      for (let serial = 2; serial < 202; serial++) client.write(frame(serial, call))
      await until(() => events.length > 5)
      await nextTurns(200)
      expect(events.length).toBeLessThan(200) // 20 MB: more than the buffers of two sockets
      client.socket.resume()
      const serials = new Set<number | undefined>()
      for (let answers = 0; answers < 200; answers++) serials.add((await client.next())?.serial)
      expect(serials.size).toBe(200)
    })
    expect(served).toHaveLength(200)
  })

  test("idle time: a connection on which nothing happens ends, and none that waits for an answer", async () => {
    await serve({ idleMillis: 500 })
    const [idle, busy] = [await open(), await open()]
    busy.write(frame(1, handshake + wait))
    await idle.over
    await nextTurns(50)
    expect(shop.contexts[0]?.signal.aborted).toBe(false)
    expect(busy.socket.destroyed).toBe(false)
  })
})

test("a call that arrives while the server is held up is answered, whatever time is over then", async () => {
  await serve({ idleMillis: 500, frameMillis: 500 })
  const client = await open()
  client.write(frame(1, handshake + ping))
  await answer(client)
  client.write(frame(2, echo))
  block(2 * 500)
  expect(await answer(client)).toEqual([2, squeeze(echoed)])
  const call = frame(3, echo)
  client.write(call.subarray(0, 5))
  await nextTurns()
  client.write(call.subarray(5))
  block(2 * 500)
  expect(await answer(client)).toEqual([3, squeeze(echoed)])
})

describe("a server", () => {
  test("that closes lets the calls under way be answered, and refuses others", async () => {
    const client = await open()
    client.write(concat(frame(1, handshake + ping), frame(2, wait)))
    await answer(client)
    await until(() => shop.contexts.length === 1)
    const closed = server.close()
    client.write(frame(3, echo))
    const [serial, refusal = ""] = await answer(client)
    expect(serial).toBe(3)
    expect(Buffer.from(refusal, "hex").toString()).toContain("The server is closing")
    shop.release("done")
    expect(await answer(client)).toEqual([2, squeeze("00 00 08 646f6e65")])
    await client.over
    await closed
    expect(shop.contexts).toHaveLength(1)
    expect(shop.contexts[0]?.signal.aborted).toBe(false)
  })

  test("that closes tells who wants to be told, serves what was sent before the client's last word, and ends", async () => {
    const client = await open()
    client.write(frame(1, handshake + closingPing))
    await answer(client)
    const closed = server.close()
    expect(await answer(client)).toEqual([0, squeeze(`${word} 00`)])
    client.write(frame(2, echo))
    expect(await answer(client)).toEqual([2, squeeze(echoed)])
    client.write(concat(frame(3, echo), frame(0, closingPing)))
    block(2000) // held up for longer than it waits for that word
    const last = [await answer(client), await answer(client)]
    expect(last).toContainEqual([0, ""]) // the ping's
    expect(last).toContainEqual([3, squeeze(echoed)])
    await client.over
    await closed
  })

  test("that closes waits for that word for a second, and then refuses calls", async () => {
    const client = await open()
    client.write(concat(frame(1, handshake + closingPing), frame(2, wait)))
    await answer(client)
    await until(() => shop.contexts.length === 1)
    const closed = server.close()
    await answer(client)
    const refusal = async (): Promise<string> => {
      client.write(frame(3, echo))
      const [, message = ""] = await answer(client)
      if (message === squeeze(echoed)) throw new Error("It was served")
      return Buffer.from(message, "hex").toString()
    }
    expect(await eventually(refusal)).toContain("The server is closing")
    shop.release("done")
    await client.over
    await closed
  })

  test("that closes takes no more connections", async () => {
    const client = await open()
    client.write(frame(1, handshake + wait))
    await until(() => shop.contexts.length === 1)
    const closed = server.close()
    const late = connect(server.port as number, "127.0.0.1")
    await expect(once(late, "connect")).rejects.toMatchObject({ code: "ECONNREFUSED" })
    shop.release("done")
    await closed
  })

  test("that closes breaks off what takes too long, and tells the handlers", async () => {
    const client = await open()
    client.write(frame(1, handshake + wait))
    await until(() => shop.contexts.length === 1)
    await server.close({ timeoutMillis: 20 })
    await client.over
    expect(shop.contexts[0]?.signal.reason).toMatchObject({ code: "ERR_RPC_CONNECTION" })
  })

  test("that closes ends connections without calls at once", async () => {
    const client = await open()
    client.write(frame(1, handshake + ping))
    await answer(client)
    await server.close()
    await client.over
  })

  test("listens for this machine only, unless told otherwise", async () => {
    const socket = connect(server.port as number, "127.0.0.2")
    await expect(once(socket, "connect")).rejects.toMatchObject({ code: "ECONNREFUSED" })
  })

  test("fails by code when its address is taken", async () => {
    const error = await failureOf(serveTcp(shop.service, { port: server.port }))
    expect(error).toMatchObject({ code: "ERR_RPC_LISTEN", message: expect.stringContaining("EADDRINUSE") })
  })

  test("leaves no Unix socket behind", async () => {
    const folder = mkdtempSync(join(tmpdir(), "avrolet-"))
    try {
      const path = join(folder, "shop.sock")
      await serve({ path })
      expect(server.port).toBeUndefined()
      expect(existsSync(path)).toBe(true)
      await server.close()
      expect(existsSync(path)).toBe(false)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test.for([{}, { port: 0, path: "/tmp/x" }, { port: 65536 }, { port: 0, frameMillis: 0 }])(
    "refuses %o",
    async (options) => {
      expect(await failureOf(serveTcp(shop.service, options))).toBeInstanceOf(TypeError)
    },
  )
})

describe("TLS", () => {
  test("a client that does not speak it is published", async () => {
    await serve({ tls: { key: testKey, cert: testCertificate } })
    const refused = await published<RefusedEvent>("avrolet:rpc.refused", async (events) => {
      const client = await open()
      client.write(frame(1, handshake + echo))
      await client.over
      await until(() => events.length > 0)
    })
    expect(refused).toMatchObject([{ code: "ERR_RPC_CONNECTION" }])
  })

  test("a client that says nothing is closed with the server", async () => {
    await serve({ tls: { key: testKey, cert: testCertificate } })
    const client = await open()
    await server.close({ timeoutMillis: 20 })
    await client.over
  })
})

async function serve(options: ServeTcpOptions): Promise<void> {
  await server?.close({ timeoutMillis: 0 })
  server = await serveTcp(shop.service, options.path === undefined ? { port: 0, ...options } : options)
}

const open = (): Promise<RawPeer> => rawClient(server.port as number)

async function answer(client: RawPeer): Promise<[serial: number | undefined, message: string | undefined]> {
  const came = await client.next()
  return [came?.serial, came && hex(came.message)]
}

async function expectHealthy(): Promise<void> {
  await using transport = tcpTransport({ port: server.port })
  expect(await createClient(Shop, transport).echo({ query: "fine" })).toBe("fine")
}

const isHealthy = (): Promise<boolean> =>
  expectHealthy().then(
    () => true,
    () => false,
  )

const squeeze = (text: string): string => text.replaceAll(" ", "")
