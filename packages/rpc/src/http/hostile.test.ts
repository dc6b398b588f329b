// Clients that mean harm, or are broken, on real sockets. While each of them is at it, another client's calls
// go on.

import { parseProtocol } from "@avrolet/avro"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { createClient } from "../client.ts"
import type { RefusedEvent } from "../diagnostics.ts"
import { bytes, concat, hex } from "../testing/hex.ts"
import { attacks, frame, MAX_MESSAGE_BYTES } from "../testing/http-attacks.ts"
import { bytesInUse } from "../testing/memory.ts"
import { avroHead, ECHO, rawHttpClient, shopCall, shopRequest, WAIT } from "../testing/raw-http.ts"
import { createShop, Shop, type TestShop } from "../testing/shop.ts"
import { published, until } from "../transport.contract.ts"
import { type HttpServer, type ServeHttpOptions, serveHttp } from "./serve.ts"
import { httpTransport } from "./transport.ts"

const MAX_HEAD_BYTES = 2000
const hash = hex(Shop.hash)

let shop: TestShop
let server: HttpServer
beforeEach(async () => {
  shop = createShop({ maxProtocolsSeen: 10 })
  await serve({})
})
afterEach(() => server.close({ timeoutMillis: 0 }))

describe("an attack", () => {
  test.for(attacks)(
    "with $name is answered and published, ends its connection and nothing else",
    async ({ data, answer, code }) => {
      await using other = ordinaryCalls()
      const refused = await published<RefusedEvent>("avrolet:rpc.refused", async () => {
        const client = await open()
        client.write(data)
        expect(await client.over).toMatch(answer)
      })
      expect(refused.map((event) => event.code)).toEqual(code === "" ? [] : [code])
      await other.goOn()
    },
  )

  test("with a reset at any byte is one client less", async () => {
    await using other = ordinaryCalls()
    const request = concat(shopRequest(ECHO), shopRequest(WAIT))
    const refused = await published<RefusedEvent>("avrolet:rpc.refused", async () => {
      for (let length = 0; length <= request.length; length += 3) {
        const client = await open()
        if (length > 0)
          await new Promise((resolve) => client.socket.write(request.subarray(0, length), resolve))
        client.socket.resetAndDestroy()
      }
      await other.goOn()
    })
    expect(new Set(refused.map(({ code }) => code))).toEqual(new Set(["ERR_RPC_HANGUP"]))
    await until(() => shop.contexts.every(({ message, signal }) => message !== "wait" || signal.aborted))
  })

  test("of every kind leaves nothing behind in memory", async () => {
    const attackAll = async (rounds: number): Promise<number> => {
      for (let round = 0; round < rounds; round++) {
        const tenfold = Array.from({ length: 10 }, () => attacks).flat()
        await Promise.all(
          tenfold.map(async ({ data }) => {
            const client = await open()
            client.write(data)
            await client.over
          }),
        )
      }
      return bytesInUse()
    }
    const before = await attackAll(1)
    const after = await attackAll(3) // 900 connections: 4 KB kept of each would be 3.6 MB
    expect(after - before).toBeLessThan(3_000_000)
  })

  test("with lengths: nothing is allocated because it is announced", async () => {
    await serve({ maxMessageBytes: 2 ** 26 })
    const before = await bytesInUse()
    for (let connections = 0; connections < 50; connections++) {
      const client = await open()
      client.write(concat(Buffer.from(avroHead("content-length: 67108864")), bytes("03fffff0 ab")))
    }
    await using other = ordinaryCalls()
    await other.goOn()
    expect((await bytesInUse()) - before).toBeLessThan(20_000_000) // of 3.2 GB announced
  })

  test("with a flood of protocols: only the last few are remembered", async () => {
    await serve({ maxMessageBytes: 100_000 })
    const doc = "x".repeat(20_000)
    const introduce = (name: string, withText: boolean): Promise<string> => {
      const { text, hash: clientHash } = parseProtocol({ protocol: name, doc, messages: {} })
      const length = Buffer.alloc(3)
      const size = text.length * 2 // a varint of three bytes
      length.set([(size & 0x7f) | 0x80, ((size >> 7) & 0x7f) | 0x80, size >> 14])
      const client = withText ? `02 ${hex(length)} ${hex(Buffer.from(text))}` : "00"
      return ask(frame(`${hex(clientHash)} ${client} ${hash} 00 00 00`))
    }
    const flood = async (from: number, to: number): Promise<number> => {
      for (let index = from; index < to; index++)
        expect(await introduce(`Client${index}`, true)).toMatch(BOTH)
      return bytesInUse()
    }
    const before = await flood(0, 50)
    const after = await flood(50, 550)
    expect(after - before).toBeLessThan(3_000_000) // of 10 MB and more
    expect(await introduce("Client549", false)).toMatch(BOTH)
    expect(await introduce("Client539", false)).not.toMatch(BOTH)
  })
})

describe("a limit", () => {
  test("of the message: at it a call is served, one byte more is refused", async () => {
    const envelope = shopCall(`00 08 6563686f 00`).length + 1 // the length of a long string takes two bytes
    const call = (size: number): Uint8Array => {
      const length = Uint8Array.of(((size * 2) & 0x7f) | 0x80, (size * 2) >> 7)
      return shopRequest(`00 08 6563686f ${hex(length)} ${"61".repeat(size)}`)
    }
    const [fits, exceeds] = [await open(), await open()]
    fits.write(call(MAX_MESSAGE_BYTES - envelope))
    await fits.receives(/200 OK[^]*aaaa/)
    exceeds.write(call(MAX_MESSAGE_BYTES - envelope + 1))
    expect(await exceeds.over).toMatch(/^HTTP\/1.1 413 /)
  })

  test("of the head: below it a call is served, at it refused", async () => {
    const withHead = (size: number): Uint8Array => {
      const body = shopCall(ECHO)
      const head = (filling: string): string => avroHead(`content-length: ${body.length}`, `x: ${filling}`)
      return concat(Buffer.from(head("a".repeat(size - head("").length))), body)
    }
    // Node counts names and values, not what is between them; and the limit itself is too much.
    const fits = await open()
    fits.write(withHead(MAX_HEAD_BYTES))
    await fits.receives(/200 OK/)
    const exceeds = await open()
    exceeds.write(withHead(MAX_HEAD_BYTES + 100))
    expect(await exceeds.over).toMatch(/^HTTP\/1.1 431 /)
  })

  test("of connections: as many are served, one more is closed at once, and there is room when one goes", async () => {
    await serve({ maxConnections: 2 })
    const [first, second] = [await open(), await open()]
    const refused = await published<RefusedEvent>("avrolet:rpc.refused", async () => {
      const third = await open()
      await third.over
    })
    expect(refused).toMatchObject([{ code: "ERR_RPC_OVERLOADED" }])
    first.write(shopRequest(ECHO))
    await first.receives(/200 OK/)
    second.socket.destroy()
    const deadline = Date.now() + 10_000
    for (let isServed = false; !isServed; ) {
      expect(Date.now()).toBeLessThan(deadline)
      const client = await open()
      client.write(shopRequest(ECHO))
      isServed = (await Promise.race([client.over, client.receives(/200 OK/).catch(() => "")])) !== ""
    }
  })

  test("of the time for a head: one that comes in drips is ended, and published", async () => {
    await serve({ headMillis: 200 })
    await using other = ordinaryCalls()
    const refused = await published<RefusedEvent>("avrolet:rpc.refused", async () => {
      const client = await open()
      client.write("POST / HTTP/1.1\r\n")
      const drip = setInterval(() => client.write("x: y\r\n"), 20)
      expect(await client.over).toMatch(/^HTTP\/1.1 408 [^]*ERR_RPC_TIMEOUT: /)
      clearInterval(drip)
    })
    expect(refused).toMatchObject([{ code: "ERR_RPC_TIMEOUT" }])
    await other.goOn()
  })

  test("of the time for a head: a connection that says nothing is ended too", async () => {
    await serve({ headMillis: 200 })
    const client = await open()
    expect(await client.over).toMatch(/^HTTP\/1.1 408 /)
  })

  test("of the time for a request: a body that comes in drips is ended, published once, and never served", async () => {
    await serve({ requestMillis: 300 })
    await using other = ordinaryCalls()
    const refused = await published<RefusedEvent>("avrolet:rpc.refused", async () => {
      const client = await open()
      client.write(avroHead("content-length: 999"))
      const drip = setInterval(() => client.write("\0"), 20) // a terminator, and what is ignored after it
      expect(await client.over).toMatch(/^HTTP\/1.1 408 /)
      clearInterval(drip)
      await other.goOn()
    })
    expect(refused).toMatchObject([{ code: "ERR_RPC_TIMEOUT" }])
  })

  test("of the time for a request: a handler may take longer", async () => {
    await serve({ requestMillis: 100, headMillis: 100 })
    const client = await open()
    client.write(shopRequest(WAIT))
    await until(() => shop.contexts.length === 1)
    const idle = await open()
    await idle.over // which takes as long as the limit
    await new Promise((resolve) => setTimeout(resolve, 300))
    shop.release("late")
    await client.receives(/200 OK[^]*late/)
  })

  test("of the time for a response: a client that takes none of it is ended", async () => {
    await serve({ requestMillis: 500 })
    const client = await open()
    client.socket.pause()
    client.write(shopRequest(WAIT))
    await until(() => shop.contexts.length === 1)
    const size = 30_000_000 // more than the buffers of two sockets
    shop.release("a".repeat(size))
    await new Promise((resolve) => setTimeout(resolve, 3000))
    client.socket.resume()
    expect((await client.over).length).toBeLessThan(size)
  })

  test("of the time between requests: within it a connection is kept, then it ends", async () => {
    await serve({ idleMillis: 400 })
    const client = await open()
    client.write(shopRequest(ECHO))
    await client.receives(/200 OK/)
    client.write(shopRequest(ECHO))
    await client.receives(/(200 OK[^]*){2}/)
    await client.over
  })
})

const BOTH = /^HTTP\/1.1 200 OK[^]*\r\n\r\n\0\0\0.\0/

async function serve(options: Partial<ServeHttpOptions>): Promise<void> {
  await server?.close({ timeoutMillis: 0 })
  const limits = { maxMessageBytes: MAX_MESSAGE_BYTES, maxHeadBytes: MAX_HEAD_BYTES }
  server = await serveHttp(shop.service, { port: 0, ...limits, ...options })
}

const open = () => rawHttpClient(server.port as number)

/** The whole response to a body. */
async function ask(body: Uint8Array): Promise<string> {
  const client = await open()
  client.write(concat(Buffer.from(avroHead(`content-length: ${body.length}`, "connection: close")), body))
  return client.over
}

/** A client that calls all the time, and whose calls are answered. */
function ordinaryCalls(): AsyncDisposable & { goOn(): Promise<void> } {
  const transport = httpTransport(`http://127.0.0.1:${server.port}`)
  const client = createClient(Shop, transport)
  let calls = 0
  let isOver = false
  const loop = async (): Promise<void> => {
    for (; !isOver; calls++) {
      const query = `call ${calls}`
      expect(await client.echo({ query }, { timeoutMillis: 5000 })).toBe(query)
    }
  }
  const looping = loop()
  return {
    async goOn() {
      const before = calls
      while (calls < before + 3)
        await Promise.race([looping, new Promise((resolve) => setTimeout(resolve, 5))])
    },
    async [Symbol.asyncDispose]() {
      isOver = true
      await looping
      await transport.close()
    },
  }
}
