import { Socket } from "node:net"
import { describe, expect, test, vi } from "vitest"
import { createClient } from "../client.ts"
import { discover } from "../discover.ts"
import { frame, type RawPeer, rawServer } from "../testing/frames.ts"
import { bytes, concat, hex } from "../testing/hex.ts"
import { nextTurns, proxyTo } from "../testing/proxy.ts"
import { createShop, Shop } from "../testing/shop.ts"
import { failureOf, until } from "../transport.contract.ts"
import { serveTcp, type TcpServer } from "./serve.ts"
import { tcpTransport } from "./transport.ts"

const hash = hex(Shop.hash)
const handshake = `${hash} 00 ${hash} 00`
const BOTH = "00 00 00 00"
const ok = "00 00 04 6869" // no metadata, no error, "hi"
const word = "02 1e 6176726f6c65742e636c6f73696e67 00 00" // metadata: avrolet.closing, empty

describe("a connection", () => {
  test("shakes hands once, in a ping, and its calls have no handshake (I8)", async () => {
    const seen: string[] = []
    await using server = await rawServer(async (peer) => {
      for (let came = await peer.next(); came !== undefined; came = await peer.next()) {
        seen.push(hex(came.message))
        peer.write(frame(came.serial, seen.length === 1 ? BOTH : ok))
      }
    })
    await using transport = tcpTransport({ port: server.port })
    const client = createClient(Shop, transport)
    await Promise.all([client.echo({ query: "a" }), client.echo({ query: "b" })])
    await client.echo({ query: "c" })
    const call = (query: string) => squeeze(`00 08 6563686f 02 ${hex(Buffer.from(query))}`)
    expect(seen).toEqual([squeeze(`${handshake} ${word} 00`), call("a"), call("b"), call("c")])
  })

  test("tells its protocol when the server asks for it, and never a third time (I5, I16)", async () => {
    const text = Buffer.from(Shop.text)
    const length = Buffer.from([((text.length * 2) & 0x7f) | 0x80, (text.length * 2) >> 7])
    const none = `04 02 ${hex(length)} ${hex(text)} 02 ${"ab".repeat(16)} 00`
    const offers: string[] = []
    await using server = await rawServer(async (peer) => {
      for (let came = await peer.next(); came !== undefined; came = await peer.next()) {
        offers.push(hex(came.message))
        peer.write(frame(came.serial, none))
      }
    })
    await using transport = tcpTransport({ port: server.port })
    expect(await failureOf(createClient(Shop, transport).echo({ query: "" }))).toMatchObject({
      code: "ERR_RPC_HANDSHAKE",
      message: /again/,
    })
    expect(offers).toHaveLength(2)
    expect(offers[1]).toContain(hex(text))
    expect(offers[1]).toContain("ab".repeat(16)) // the server, as it has just said it is
  })

  test("carries the calls of all clients of a protocol, and one of another has its own", async () => {
    const shop = createShop()
    await using server = await serveTcp(shop.service, { port: 0 })
    await using proxy = await proxyTo(portOf(server))
    await using transport = tcpTransport({ port: proxy.port })
    await createClient(Shop, transport).echo({ query: "" })
    await createClient(Shop, transport).echo({ query: "" })
    expect(proxy.connections).toBe(1)
    await discover(transport)
    expect(proxy.connections).toBe(2)
  })

  test("whose server says that it closes gets its answers, says its last word, and further calls go over another", async () => {
    const peers: RawPeer[] = []
    await using server = await rawServer(async (peer) => {
      peer.write(frame((await peer.next())?.serial ?? 0, BOTH))
      peers.push(peer)
    })
    await using transport = tcpTransport({ port: server.port })
    const client = createClient(Shop, transport)
    const first = client.echo({ query: "first" })
    await until(() => peers.length === 1)
    const call = await peers[0]?.next()
    peers[0]?.write(frame(0, `${word} 00`))
    expect(hex((await peers[0]?.next())?.message ?? bytes(""))).toBe(squeeze(`${word} 00`))

    const second = client.echo({ query: "second" })
    await until(() => peers.length === 2)
    peers[1]?.write(frame((await peers[1].next())?.serial ?? 0, ok))
    expect(await second).toBe("hi")
    peers[0]?.write(frame(call?.serial ?? 0, ok))
    expect(await first).toBe("hi")
    await Promise.all([transport.close(), ...peers.map((peer) => peer.over)])
  })

  test("whose server says that it closes, and does not, is left when nobody waits", async () => {
    let peer: RawPeer | undefined
    await using server = await rawServer(async (accepted) => {
      peer = accepted
      accepted.write(frame((await accepted.next())?.serial ?? 0, BOTH))
      accepted.write(concat(frame((await accepted.next())?.serial ?? 0, ok), frame(0, `${word} 00`)))
    })
    await using transport = tcpTransport({ port: server.port })
    expect(await createClient(Shop, transport).echo({ query: "" })).toBe("hi")
    await peer?.over
  })

  test("gathers the calls of one turn into one write, and the server their answers", async () => {
    await using server = await serveTcp(createShop().service, { port: 0 })
    await using transport = tcpTransport({ port: portOf(server) })
    const client = createClient(Shop, transport)
    await client.echo({ query: "connect" })
    const write = vi.spyOn(Socket.prototype, "write")
    try {
      await Promise.all(Array.from({ length: 20 }, () => client.echo({ query: "" })))
      expect(write).toHaveBeenCalledTimes(2)
    } finally {
      write.mockRestore()
    }
  })

  test("answers may come in any order, each to its own call", async () => {
    await using server = await rawServer(async (peer) => {
      peer.write(frame((await peer.next())?.serial ?? 0, BOTH))
      const calls = [await peer.next(), await peer.next(), await peer.next()]
      // What was asked, from its last byte, is what is answered.
      for (const call of calls.toReversed())
        peer.write(frame(call?.serial ?? 0, `00 00 02 ${hex(call?.message.subarray(-1) ?? bytes(""))}`))
    })
    await using transport = tcpTransport({ port: server.port })
    const client = createClient(Shop, transport)
    const answers = ["a", "b", "c"].map((query) => client.echo({ query }))
    expect(await Promise.all(answers)).toEqual(["a", "b", "c"])
  })

  test("sends no more calls than allowed, and the next when one is answered", async () => {
    const shop = createShop()
    await using server = await serveTcp(shop.service, { port: 0 })
    await using transport = tcpTransport({ port: portOf(server), maxCallsInFlight: 2 })
    const client = createClient(Shop, transport)
    const controller = new AbortController()
    const waits = [1, 2].map(() => failureOf(client.wait({}, { signal: controller.signal })))
    const echo = client.echo({ query: "in turn" })
    await until(() => shop.contexts.length === 2)
    await nextTurns()
    expect(shop.contexts.map(({ message }) => message)).toEqual(["wait", "wait"])
    controller.abort()
    expect(await echo).toBe("in turn")
    await Promise.all(waits)
  })
})

describe("a call", () => {
  test("that is given up leaves its serial to nobody: a late answer goes nowhere", async () => {
    let peer: RawPeer | undefined
    await using server = await rawServer((accepted) => {
      peer = accepted
    })
    await using transport = tcpTransport({ port: server.port })
    const client = createClient(Shop, transport)
    const controller = new AbortController()
    const first = failureOf(client.echo({ query: "late" }, { signal: controller.signal }))
    await until(() => peer !== undefined)
    peer?.write(frame((await peer.next())?.serial ?? 0, BOTH))
    const late = await peer?.next()
    controller.abort("too late")
    expect(await first).toBe("too late")
    expect((await peer?.next())?.serial).toBe(0) // the ping that gives it up
    const second = client.echo({ query: "next" })
    const next = await peer?.next()
    expect(next?.serial).not.toBe(late?.serial)
    peer?.write(concat(frame(late?.serial ?? 0, "00 00 08 6c617465"), frame(next?.serial ?? 0, ok)))
    expect(await second).toBe("hi")
  })

  test("that is given up before there is a connection is never sent", async () => {
    const shop = createShop()
    await using server = await serveTcp(shop.service, { port: 0 })
    await using transport = tcpTransport({ port: portOf(server) })
    const client = createClient(Shop, transport)
    const controller = new AbortController()
    const first = failureOf(client.log({ line: "never" }, { signal: controller.signal }))
    const second = client.log({ line: "sent" })
    controller.abort("no")
    expect(await first).toBe("no")
    await second
    await until(() => shop.lines.length > 0)
    expect(shop.lines).toEqual(["sent"])
  })

  test("whose parameters do not fit sends nothing, connected or not, and harms no other", async () => {
    await using server = await serveTcp(createShop().service, { port: 0 })
    await using proxy = await proxyTo(portOf(server))
    await using transport = tcpTransport({ port: proxy.port })
    const client = createClient(Shop, transport)
    const misfit = { query: 42 } as unknown as { query: string }
    expect(await failureOf(client.echo(misfit))).toMatchObject({ code: "ERR_AVRO_VALUE" })
    expect(proxy.connections).toBe(0)
    await client.echo({ query: "" })
    const [fails, works] = [failureOf(client.echo(misfit)), client.echo({ query: "fits" })]
    expect(await fails).toMatchObject({ code: "ERR_AVRO_VALUE" })
    expect(await works).toBe("fits")
  })

  test("may be made while the parameters of another are written", async () => {
    await using server = await serveTcp(createShop().service, { port: 0 })
    await using transport = tcpTransport({ port: portOf(server) })
    const client = createClient(Shop, transport)
    await client.echo({ query: "connect" })
    let inner: Promise<string> | undefined
    const outer = client.echo({
      get query() {
        inner ??= client.echo({ query: "inner" })
        return "outer"
      },
    })
    expect(await outer).toBe("outer")
    expect(await inner).toBe("inner")
  })
})

/** What no server should send. `answer` is what is sent for a call of this serial. */
const hostile: { name: string; answer: (serial: number) => Uint8Array; code: string }[] = [
  {
    name: "an answer to a call that was not made",
    answer: (serial) => frame(serial + 1, ok),
    code: "ERR_RPC_SERIAL",
  },
  { name: "an answer under a negative serial", answer: () => frame(-1, ok), code: "ERR_RPC_SERIAL" },
  { name: "an answer to the handshake once more", answer: () => frame(1, BOTH), code: "ERR_RPC_SERIAL" },
  {
    name: "a message larger than allowed",
    answer: (serial) => frame(serial, "00".repeat(10_001)),
    code: "ERR_RPC_MESSAGE_SIZE",
  },
  {
    name: "a length of 2^31",
    answer: () => bytes("00000001 00000001 80000000"),
    code: "ERR_RPC_MESSAGE_SIZE",
  },
  { name: "a count of 2^31 buffers", answer: () => bytes("00000001 80000000"), code: "ERR_RPC_MESSAGE_SIZE" },
]

describe("a hostile server", () => {
  test.for(hostile)(
    "that sends $name ends its connection, and the calls on it, by code",
    async ({ answer, code }) => {
      let connections = 0
      await using server = await rawServer(async (peer) => {
        const isHostile = ++connections === 1
        peer.write(frame((await peer.next())?.serial ?? 0, BOTH))
        for (let came = await peer.next(); came !== undefined; came = await peer.next()) {
          peer.write(isHostile ? answer(came.serial) : frame(came.serial, ok))
        }
      })
      await using transport = tcpTransport({ port: server.port, maxMessageBytes: 10_000 })
      const client = createClient(Shop, transport)
      expect(await failureOf(client.echo({ query: "hi" }))).toMatchObject({ code })
      expect(await client.echo({ query: "hi" })).toBe("hi")
    },
  )

  test("that answers twice ends its connection: no call gets another's answer", async () => {
    await using server = await rawServer(async (peer) => {
      peer.write(frame((await peer.next())?.serial ?? 0, BOTH))
      const { serial = 0 } = (await peer.next()) ?? {}
      peer.write(frame(serial, ok))
      await peer.next()
      peer.write(frame(serial, ok))
    })
    await using transport = tcpTransport({ port: server.port })
    const client = createClient(Shop, transport)
    expect(await client.echo({ query: "once" })).toBe("hi")
    expect(await failureOf(client.echo({ query: "twice" }))).toMatchObject({ code: "ERR_RPC_SERIAL" })
  })

  test.for([
    { name: "garbage for a handshake", first: "06", code: "ERR_RPC_HANDSHAKE" },
    { name: "nothing for a handshake", first: "", code: "ERR_RPC_HANDSHAKE" },
    { name: "CLIENT without a protocol", first: "02 00 00 00", code: "ERR_RPC_HANDSHAKE" },
  ])("that sends $name is no server", async ({ first, code }) => {
    await using server = await rawServer(async (peer) => {
      peer.write(frame((await peer.next())?.serial ?? 0, first))
    })
    await using transport = tcpTransport({ port: server.port })
    expect(await failureOf(createClient(Shop, transport).echo({ query: "" }))).toMatchObject({ code })
  })

  test("an answer that does not decode fails its own call only", async () => {
    await using server = await rawServer(async (peer) => {
      peer.write(frame((await peer.next())?.serial ?? 0, BOTH))
      peer.write(frame((await peer.next())?.serial ?? 0, "00 00 10 00"))
      peer.write(frame((await peer.next())?.serial ?? 0, ok))
    })
    await using transport = tcpTransport({ port: server.port })
    const client = createClient(Shop, transport)
    const [bad, good] = [failureOf(client.echo({ query: "bad" })), client.echo({ query: "good" })]
    expect(await bad).toMatchObject({ code: "ERR_RPC_RESPONSE" })
    expect(await good).toBe("hi")
  })

  test("one that cuts the connection at any byte of its answers fails the calls by code, and nothing else", async () => {
    const answers = concat(frame(1, BOTH), frame(2, ok), frame(3, ok))
    let length = 0
    await using server = await rawServer(async (peer) => {
      await peer.next()
      peer.socket.write(answers.subarray(0, length), () => peer.socket.destroy())
    })
    for (length = 0; length < answers.length; length++) {
      await using transport = tcpTransport({ port: server.port })
      const client = createClient(Shop, transport)
      const outcomes = await Promise.allSettled([client.echo({ query: "a" }), client.echo({ query: "b" })])
      const codes = outcomes.map((outcome) =>
        outcome.status === "rejected" ? outcome.reason.code : outcome.value,
      )
      expect(codes.every((code) => code === "ERR_RPC_CONNECTION" || code === "hi")).toBe(true)
      expect(codes[1]).not.toBe("hi")
    }
  })
})

const portOf = ({ port }: TcpServer): number => port as number

const squeeze = (hexadecimal: string): string => hexadecimal.replaceAll(" ", "")
