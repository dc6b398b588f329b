// What anybody can send who may speak to the broker: to a server, and to a client.

import { parseProtocol, protocol } from "@avrolet/avro"
import { createWriter } from "@avrolet/avro/binary"
import { createClient, implement, type RefusedEvent } from "@avrolet/rpc"
import { headers, type Msg, type NatsConnection } from "@nats-io/transport-node"
import fc from "fast-check"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { bytes, concat, hex } from "../../rpc/src/testing/hex.ts"
import { bytesInUse } from "../../rpc/src/testing/memory.ts"
import { failureOf, published, until } from "../../rpc/src/testing/outcome.ts"
import { createShop, Shop, type TestShop } from "../../rpc/src/testing/shop.ts"
import { type Broker, startBroker } from "./testing/nats-server.ts"
import { freshSubject, type Served, serveOver } from "./testing/served.ts"
import { natsTransport } from "./transport.ts"

const hash = hex(Shop.hash)
const handshake = `${hash} 00 ${hash} 00`
const echo = bytes(`${handshake} 00 08 6563686f 04 6869`) // no metadata, "echo", "hi"
const wait = bytes(`${handshake} 00 08 77616974`)
const answerHi = bytes("00 00 00 00  00 00 04 6869") // BOTH, no metadata, no error, "hi"
const MAX_MESSAGE_BYTES = 100_000
const PATIENT = { timeout: 10_000 }
const MANY = { timeout: 120_000 }

let broker: Broker
let stranger: NatsConnection
beforeAll(async () => {
  broker = await startBroker()
  stranger = await broker.connect()
})
afterAll(() => broker[Symbol.asyncDispose]())

describe("a server", () => {
  let shop: TestShop
  let served: Served
  beforeEach(async () => {
    shop = createShop({ maxProtocolsSeen: 10 })
    served = await serveOver(broker, shop.service, { server: { maxMessageBytes: MAX_MESSAGE_BYTES } })
  })
  afterEach(() => served[Symbol.asyncDispose]())

  const expectHealthy = async (): Promise<void> => {
    expect(await createClient(Shop, served.transport).echo({ query: "fine" })).toBe("fine")
  }

  test.for([
    { name: "nothing", data: bytes(""), code: "ERR_RPC_HANDSHAKE" },
    { name: "half a handshake", data: bytes("00112233"), code: "ERR_RPC_HANDSHAKE" },
    {
      name: "a text of 2^40 bytes, announced",
      data: bytes(`${hash} 02 808080808040`),
      code: "ERR_RPC_HANDSHAKE",
    },
    {
      name: "a text that has not the hash it claims",
      data: bytes(`${"11".repeat(16)} 02 04 7b7d ${hash} 00`),
      code: "ERR_RPC_HANDSHAKE",
    },
    {
      name: "more than maxMessageBytes",
      data: new Uint8Array(MAX_MESSAGE_BYTES + 1),
      code: "ERR_RPC_MESSAGE_SIZE",
    },
  ])("refuses $name, says why, and goes on", async ({ data, code }) => {
    const refused = await published<RefusedEvent>("avrolet:rpc.refused", async () => {
      const answer = await stranger.request(served.subject, data, PATIENT)
      expect(answer.data).toHaveLength(0)
      expect(answer.headers?.get("Nats-Service-Error")).toMatch(new RegExp(`^${code}: `))
      expect(answer.headers?.get("Nats-Service-Error-Code")).toMatch(/^4\d\d$/)
    })
    expect(refused).toMatchObject([{ protocol: "test.Shop", code }])
    await expectHealthy()
  })

  test.for([
    { call: "00 0a 6372617368", told: "Internal error", what: "what a handler threw" },
    { call: "00 06 627579 0e 756e69636f726e 02", told: "ERR_RPC_DECLARED", what: "a declared error" },
    { call: "00 04 6e6f", told: "ERR_RPC_UNKNOWN_MESSAGE", what: "a message that there is not" },
  ])("tells NATS's tools of $what in headers, and no more than its code", async ({ call, told }) => {
    const answer = await stranger.request(served.subject, bytes(`${handshake} ${call}`), PATIENT)
    expect(answer.data.length).toBeGreaterThan(0)
    expect(answer.headers?.get("Nats-Service-Error")).toBe(told)
    expect(answer.headers?.get("Nats-Service-Error-Code")).toBe("500")
  })

  test("whatever bytes come, each request is answered and calls go on", async () => {
    const damaged = fc.tuple(fc.nat(echo.length - 1), fc.nat(255)).map(([at, byte]) => echo.with(at, byte))
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 200 }), damaged), async (data) => {
        await stranger.request(served.subject, data, PATIENT)
      }),
      { numRuns: 300 },
    )
    await expectHealthy()
  })

  test("serves a request that names nowhere to answer, and answers nothing", async () => {
    stranger.publish(served.subject, echo)
    await until(() => shop.contexts.length === 1)
    await expectHealthy()
  })

  test("speaks to no subject of the broker's own, and serves nothing that wants it to", async () => {
    const overheard: string[] = []
    const spy = stranger.subscribe("$JS.>", {
      callback: (_error, { subject }) => void overheard.push(subject),
    })
    const refused = await published<RefusedEvent>("avrolet:rpc.refused", async (events) => {
      stranger.publish(served.subject, echo, { reply: "$JS.API.STREAM.DELETE.orders" })
      stranger.publish("$SRV.PING", "", { reply: "$JS.API.STREAM.PURGE.orders" })
      await until(() => events.length === 1)
    })
    expect(refused).toMatchObject([{ code: "ERR_RPC_SERIAL" }])
    await expectHealthy()
    await stranger.flush()
    spy.unsubscribe()
    expect(overheard).toEqual([])
    expect(shop.contexts).toHaveLength(1) // the healthy one's
  })

  test("a request that names the server's own subject for its answer makes no loop", async () => {
    const refused = await published<RefusedEvent>("avrolet:rpc.refused", async (events) => {
      stranger.publish(served.subject, echo, { reply: served.subject })
      await until(() => events.length === 1) // the answer, taken for a request
      await expectHealthy()
    })
    expect(refused).toHaveLength(1)
  })

  test("a request that names the answer of another call is not served, and that call is answered", async () => {
    const answers: Msg[] = []
    stranger.subscribe("victim", { callback: (_error, message) => void answers.push(message) })
    stranger.publish(served.subject, wait, { reply: "victim" })
    await until(() => shop.contexts.length === 1)
    const refused = await published<RefusedEvent>("avrolet:rpc.refused", async (events) => {
      stranger.publish(served.subject, echo, { reply: "victim" })
      await until(() => events.length === 1)
    })
    expect(refused).toMatchObject([{ code: "ERR_RPC_SERIAL" }])
    shop.release("for you")
    await until(() => answers.length === 1)
    expect(Buffer.from(answers[0]?.data ?? []).toString()).toContain("for you")
    expect(shop.contexts).toHaveLength(1)
  })

  test("a subject that is used again after a cancel is the second call's alone", async () => {
    const Held = protocol({ protocol: "Held", messages: { hold: { request: [], response: "string" } } })
    const releases: ((answer: string) => void)[] = []
    const service = implement(Held, { hold: () => new Promise<string>((resolve) => releases.push(resolve)) })
    await using held = await serveOver(broker, service)
    const request = bytes(`${hex(Held.hash)} 00 ${hex(Held.hash)} 00 00 08 686f6c64`)
    const answers: string[] = []
    stranger.subscribe("again", { callback: (_error, { data }) => void answers.push(hex(data)) })
    stranger.publish(held.subject, request, { reply: "again" })
    stranger.publish(`${held.subject}.$CANCEL`, "", { reply: "again" })
    await until(() => releases.length === 1)
    await stranger.flush()
    stranger.publish(held.subject, request, { reply: "again" })
    await until(() => releases.length === 2)
    releases[0]?.("one")
    releases[1]?.("two")
    await until(() => answers.length > 0)
    await stranger.flush()
    expect(answers.map((answer) => Buffer.from(answer, "hex").toString())).toEqual([
      expect.stringMatching(/two$/),
    ])
  })

  test(
    "100,000 cancels of calls that are not, and as many refused requests, leave nothing behind",
    MANY,
    async () => {
      await expectHealthy()
      const before = await bytesInUse()
      for (let thousands = 0; thousands < 100; thousands++) {
        for (let index = 0; index < 1000; index++) {
          stranger.publish(`${served.subject}.$CANCEL`, "", { reply: `_INBOX.nobody.${thousands}-${index}` })
          stranger.publish(served.subject, "", { reply: `_INBOX.nobody.${thousands}-${index}` })
        }
        await stranger.flush()
      }
      await expectHealthy()
      expect((await bytesInUse()) - before).toBeLessThan(5_000_000)
    },
  )

  test("a flood of protocols: only the last few are remembered", async () => {
    const doc = "x".repeat(20_000)
    const introduce = async (name: string, withText: boolean): Promise<string> => {
      const { text, hash: clientHash } = parseProtocol({ protocol: name, doc, messages: {} })
      const writer = createWriter()
      writer.writeString(text)
      const told = withText ? `02 ${hex(writer.finish())}` : "00"
      const answer = await stranger.request(
        served.subject,
        bytes(`${hex(clientHash)} ${told} ${hash} 00 00 00`),
        PATIENT,
      )
      return hex(answer.data.subarray(0, 1))
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
})

const BOTH = "00"
const NONE = "04"

describe("a client", () => {
  /** Answers as it is told: what a hostile server does, or anybody who listens on the subject. */
  const impostor = async (answer: (request: Msg, connection: NatsConnection) => void): Promise<string> => {
    const subject = freshSubject()
    stranger.subscribe(subject, {
      callback: (error, request) => {
        if (error === null) answer(request, stranger)
      },
    })
    await stranger.flush()
    return subject
  }

  const clientOf = async (subject: string) => {
    const transport = natsTransport(await broker.connect(), { subject, maxMessageBytes: MAX_MESSAGE_BYTES })
    return createClient(Shop, transport, { timeoutMillis: 5000 })
  }

  const withHeaders = (entries: Readonly<Record<string, string>>) => {
    const all = headers()
    for (const [name, value] of Object.entries(entries)) all.set(name, value)
    return { headers: all }
  }

  test.for([
    { name: "nothing", data: bytes(""), told: {}, code: "ERR_RPC_HANDSHAKE" },
    { name: "garbage", data: bytes("deadbeefdeadbeef"), told: {}, code: "ERR_RPC_HANDSHAKE" },
    { name: "NONE and no protocol", data: bytes("04 00 00 00"), told: {}, code: "ERR_RPC_HANDSHAKE" },
    { name: "half of a response", data: answerHi.subarray(0, 7), told: {}, code: "ERR_RPC_RESPONSE" },
    {
      name: "more than maxMessageBytes",
      data: new Uint8Array(MAX_MESSAGE_BYTES + 1),
      told: {},
      code: "ERR_RPC_MESSAGE_SIZE",
    },
    {
      name: "an error with a code that no server may send",
      data: bytes(""),
      told: { "Nats-Service-Error": "ERR_RPC_DECLARED: boo", "Nats-Service-Error-Code": "400" },
      code: "ERR_RPC_REMOTE",
    },
    {
      name: "an error that would clear the screen",
      data: bytes(""),
      told: { "Nats-Service-Error": "ERR_RPC_OVERLOADED: \u001b[2J\u0007\u0000 no" },
      code: "ERR_RPC_OVERLOADED",
    },
    {
      name: "an error without an end",
      data: bytes(""),
      told: { "Nats-Service-Error": `ERR_RPC_OVERLOADED: ${"x".repeat(50_000)}` },
      code: "ERR_RPC_OVERLOADED",
    },
  ])("rejects $name by a code", async ({ data, told, code }) => {
    const client = await clientOf(await impostor((request) => request.respond(data, withHeaders(told))))
    const error = await failureOf(client.echo({ query: "hi" }))
    expect(error).toMatchObject({ code })
    expect((error as Error).message.length).toBeLessThan(500)
    expect((error as Error).message).not.toMatch(/\p{Cc}/u)
  })

  test("rejects whatever bytes come, by a code", async () => {
    let data: Uint8Array = bytes("")
    const client = await clientOf(await impostor((request) => request.respond(data)))
    const damaged = fc.tuple(fc.nat(7), fc.nat(255)).map(([at, byte]) => answerHi.with(at, byte))
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 200 }), damaged), async (garbage) => {
        data = garbage
        const outcome = await client.echo({ query: "hi" }).catch((error: unknown) => error)
        if (typeof outcome !== "string")
          expect(outcome).toMatchObject({ code: expect.stringMatching(/^ERR_RPC_/) })
      }),
      { numRuns: 300 },
    )
  })

  test("a second answer is ignored, and so are answers to calls that were not made", async () => {
    const subject = await impostor((request, connection) => {
      const inbox = request.reply?.slice(0, request.reply.lastIndexOf(".")) ?? ""
      for (const token of ["x", "0", "deadbeef2", "NaN", "-1", "00000000", "9".repeat(500)])
        connection.publish(`${inbox}.${token}`, bytes("00"))
      request.respond(answerHi)
      request.respond(bytes("deadbeef"))
      request.respond(answerHi)
    })
    const client = await clientOf(subject)
    for (let calls = 0; calls < 50; calls++) expect(await client.echo({ query: "" })).toBe("hi")
  })

  test("a server cannot answer the calls that went to others", async () => {
    const requests: Msg[] = []
    const subject = await impostor((request, connection) => {
      requests.push(request)
      if (requests.length === 1) return // the victim's
      // All that it knows but the secret: the inbox, and the serial that comes before its own.
      const reply = request.reply ?? ""
      const token = reply.slice(reply.lastIndexOf(".") + 1)
      const victim = `${token.slice(0, SECRET_CHARS)}${Number(token.slice(SECRET_CHARS)) - 1}`
      connection.publish(
        reply.slice(0, -token.length) + victim,
        concat(answerHi.subarray(0, -2), bytes("6161")),
      )
      request.respond(answerHi)
    })
    const client = await clientOf(subject)
    const victim = client.echo({ query: "" })
    expect(await client.echo({ query: "" })).toBe("hi")
    requests[0]?.respond(answerHi)
    expect(await victim).toBe("hi") // and not "aa"
    expect(requests[0]?.reply?.slice(0, -TOKEN_CHARS)).toBe(requests[1]?.reply?.slice(0, -TOKEN_CHARS))
  })

  test("300,000 answers to one call are taken in bounded memory, and calls go on", MANY, async () => {
    const subject = await impostor((request) => request.respond(answerHi))
    const connection = await broker.connect()
    const inbox: string[] = []
    stranger.subscribe(subject, { callback: (_error, { reply }) => void inbox.push(reply ?? "") })
    await stranger.flush() // or the request could be there first
    const client = createClient(Shop, natsTransport(connection, { subject }))
    await client.echo({ query: "" })
    await until(() => inbox.length === 1)
    const before = await bytesInUse()
    for (let thousands = 0; thousands < 300; thousands++) {
      for (let index = 0; index < 1000; index++) stranger.publish(inbox[0] ?? "", answerHi)
      await stranger.flush()
    }
    expect(await client.echo({ query: "" })).toBe("hi")
    expect((await bytesInUse()) - before).toBeLessThan(5_000_000)
  })
})

const SECRET_CHARS = 8
const TOKEN_CHARS = 9
