// Avro RPC over HTTP with Java's own implementation, both ways: `HttpServer` on Jetty, and `HttpTransceiver`.

import { readFileSync } from "node:fs"
import { discover } from "@avrolet/rpc"
import { httpTransport } from "@avrolet/rpc/http"
import { afterAll, describe, expect, test } from "vitest"
import { javaHttpDifferences } from "./differences.ts"
import { exchangeContract } from "./exchange.contract.ts"
import { handshakeContract } from "./handshake.contract.ts"
import { call, serve } from "./ours.ts"
import { type Job, startJavaRpc } from "./peers.ts"
import { protocolOf, strangerOf } from "./protocols.ts"
import { frame, post, readRequest, readResponse, recorded, unframe, writeRequest } from "./wire.ts"

const java = await startJavaRpc()
afterAll(() => java[Symbol.asyncDispose]())

const exchange = protocolOf("exchange")
const port = java.port("http", "exchange")
const hi = { message: "text", parameters: { value: "hi" } }
const transportToJava = () => recorded(httpTransport(`http://127.0.0.1:${port}/`))

test("the peer is of the versions that pom.xml pins", () => {
  console.info(`Peers: ${JSON.stringify(java.versions)}; Node ${process.version}`)
  const pom = readFileSync(new URL("../java/pom.xml", import.meta.url), "utf8")
  expect(pom).toContain(`<avro.version>${java.versions["avro-ipc"]}</avro.version>`)
  expect(java.versions).toMatchObject({ avro: java.versions["avro-ipc"] })
  expect(java.versions).toMatchObject({ "avro-ipc-jetty": java.versions["avro-ipc"] })
})

exchangeContract(java, "http", javaHttpDifferences)

// Java keeps what it knows of a server by its URL.
handshakeContract(java, { secondClient: "BOTH" })

describe("Java's server", () => {
  test("tells what was thrown in an undeclared error, and its class: we tell neither", async () => {
    await using transport = transportToJava()
    const boom = { message: "fail", parameters: { value: "boom" } }
    expect(await call(transport, exchange, boom)).toEqual({
      failed: expect.stringMatching(/java\.lang\.RuntimeException: boom$/),
    })
    await using server = await serve("http", exchange)
    const [outcome] = await java.call({ over: "http", port: server.port, protocol: exchange, calls: [boom] })
    expect(outcome).toEqual({ failed: "AvroRuntimeException: Internal error" })
  })

  test("answers a ping with the handshake alone", async () => {
    await using transport = transportToJava()
    const { hash } = await discover(transport)
    const { body } = await post(port, frame(writeRequest(exchange, { serverHash: hash })))
    expect(unframe(body).message.toString("hex")).toBe("00000000") // BOTH and three times null
  })

  test("answers a one-way call over HTTP with null", async () => {
    await using transport = transportToJava()
    await call(transport, exchange, { message: "note", parameters: { value: "x" } })
    const { rest } = readResponse(transport.responses.at(-1) as Uint8Array)
    expect(rest.at(-1)).toBe(0) // the flag that says that it is no error; a null takes no byte
  })

  test("may put metadata beside a response: we read past it", async () => {
    await using transport = transportToJava()
    expect(await call(transport, exchange, hi)).toEqual({ result: "hi" })
    const { rest } = readResponse(transport.responses.at(-1) as Uint8Array)
    expect(rest.toString("latin1")).toBe("\x02\x08peer\x08java\x00\x00\x04hi")
  })

  test("takes a client's protocol for whatever hash it claims: ours refuses", async () => {
    const liar = frame(writeRequest(strangerOf("exchange"), { clientHash: new Uint8Array(16).fill(7) }))
    expect(readResponse(unframe((await post(port, liar)).body).message).handshake.match).toBe("CLIENT")
    await using server = await serve("http", exchange)
    const refusal = await post(server.port, liar)
    expect(refusal.status).toBe(400)
    expect(refusal.body.toString()).toContain("does not have the hash that the client claims")
  })

  test("answers a body cut short with 500, ours with 400; both go on", async () => {
    const cut = frame(writeRequest(exchange)).subarray(0, -10)
    await using server = await serve("http", exchange)
    expect((await post(port, cut)).status).toBe(500)
    expect((await post(server.port, cut)).status).toBe(400)
    await using transport = transportToJava()
    expect(await call(transport, exchange, hi)).toEqual({ result: "hi" })
  })

  test("does not mind the deadline that our client sends beside a call", async () => {
    await using transport = transportToJava()
    const options = { timeoutMillis: 30_000, metadata: { trace: Uint8Array.of(1, 2, 3) } }
    expect(await call(transport, exchange, { ...hi, options })).toEqual({ result: "hi" })
    const { metadata } = readRequest(transport.requests.at(-1) as Uint8Array)
    expect(Object.keys(metadata).toSorted()).toEqual(["avrolet.timeout", "trace"])
  })
})

describe("Java's client", () => {
  const callOurs = async (job: Partial<Job> = {}) => {
    await using server = await serve("http", exchange)
    const calls = [hi]
    const outcomes = await java.call({ over: "http", port: server.port, protocol: exchange, calls, ...job })
    const { request } = server.bodies.at(-1) as { request: Buffer }
    return { outcomes, ...unframe(request), contexts: server.contexts }
  }

  test("ends a request without parameters with two terminators", async () => {
    const { outcomes, rest } = await callOurs({ calls: [{ message: "nothing", parameters: {} }] })
    expect(outcomes).toEqual([{ result: null }])
    expect(rest.toString("hex")).toBe("00000000")
  })

  test("writes the handshake and the parameters into buffers of their own", async () => {
    const { buffers } = await callOurs()
    expect(buffers).toHaveLength(2)
    expect(buffers[1]?.toString("latin1")).toBe("\x04hi")
  })

  test("sends an empty map as the metadata of its handshake, not null", async () => {
    const { message } = await callOurs()
    expect(readRequest(message).handshake.meta).toEqual({})
  })

  test("may put metadata beside a call, and in its handshake: our handler is told the call's", async () => {
    const { message, contexts } = await callOurs({ metadata: "hello" })
    const metadata = { peer: Uint8Array.from(Buffer.from("hello")) }
    expect(readRequest(message).handshake.meta).toEqual(metadata)
    expect(contexts.at(-1)?.metadata).toEqual(metadata)
  })

  test("asks who we are with a ping", async () => {
    const { outcomes, contexts } = await callOurs({ calls: [{ message: "", parameters: {} }] })
    expect(outcomes).toEqual([{ result: "Exchange" }])
    expect(contexts).toEqual([])
  })

  test("hears why a call was refused that never became one", async () => {
    const more = { message: "strict", parameters: { value: "x" } }
    await using server = await serve("http", protocolOf("exchange-newer"))
    expect(await java.call({ over: "http", port: server.port, protocol: exchange, calls: [more] })).toEqual([
      { failed: expect.stringContaining('field "more" is missing from the writer and has no default') },
    ])
    // It reads past the code that a client of ours would be told.
    expect(server.bodies.at(-1)?.response.toString("latin1")).toContain("avrolet.code")
  })

  test("sends a request to its end before it reads why we refuse it in HTTP's terms, and goes on", async () => {
    const large = { message: "text", parameters: { value: "x".repeat(5_000_000) } }
    const { outcomes } = await callOurs({ calls: [large, hi] })
    expect(outcomes).toEqual([{ failed: expect.stringContaining("response code: 413") }, { result: "hi" }])
  })

  test("makes many calls at once on one transceiver, one after the other", async () => {
    const calls = Array.from({ length: 100 }, (_, index) => ({
      message: "text",
      parameters: { value: String(index) },
    }))
    const { outcomes } = await callOurs({ calls, atOnce: true })
    expect(outcomes).toEqual(calls.map(({ parameters: { value } }) => ({ result: value })))
  })
})
