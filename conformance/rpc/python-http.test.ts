// Avro RPC over HTTP with Python's own implementation, both ways: the ancestor, a `Responder` behind Eventlet's
// WSGI server, and the stock `Requestor`.

import { readFileSync } from "node:fs"
import { discover } from "@avrolet/rpc"
import { httpTransport } from "@avrolet/rpc/http"
import { afterAll, describe, expect, test } from "vitest"
import { pythonHttpDifferences } from "./differences.ts"
import { exchangeContract } from "./exchange.contract.ts"
import { handshakeContract } from "./handshake.contract.ts"
import { call, serve } from "./ours.ts"
import type { Call } from "./outcome.ts"
import { startPythonRpc } from "./peers.ts"
import { protocolOf, strangerOf } from "./protocols.ts"
import { frame, post, readRequest, readResponse, recorded, unframe, writeRequest } from "./wire.ts"

const python = await startPythonRpc()
afterAll(() => python[Symbol.asyncDispose]())

const exchange = protocolOf("exchange")
const port = python.port("http", "exchange")
const hi = { message: "text", parameters: { value: "hi" } }
const transportToPython = (path = "/") => recorded(httpTransport(`http://127.0.0.1:${port}${path}`))

test("the peers are of the versions that requirements.txt pins", () => {
  console.info(`Peers: ${JSON.stringify(python.versions)}; Node ${process.version}`)
  const requirements = readFileSync(new URL("../python/requirements.txt", import.meta.url), "utf8")
  expect(requirements).toContain(`avro==${python.versions["avro"]}\n`)
  expect(requirements).toContain(`eventlet==${python.versions["eventlet"]}\n`)
})

exchangeContract(python, "http", pythonHttpDifferences)

// Python keeps what it knows of a server by the address of its own socket.
handshakeContract(python, { secondClient: "CLIENT" })

describe("Python's server", () => {
  test("tells the text of an undeclared error: we tell none", async () => {
    await using transport = transportToPython()
    const boom = { message: "fail", parameters: { value: "boom" } }
    expect(await call(transport, exchange, boom)).toEqual({ failed: "boom" })
    await using server = await serve("http", exchange)
    const [outcome] = await python.call({
      over: "http",
      port: server.port,
      protocol: exchange,
      calls: [boom],
    })
    expect(outcome).toEqual({ failed: "Internal error" })
  })

  test("as stock sends a declared error as the string of it", async () => {
    await using transport = transportToPython("/stock")
    const missing = { message: "fail", parameters: { value: "Missing" } }
    expect(await call(transport, exchange, missing)).toEqual({
      failed: "{'reason': 'there is no such thing'}",
    })
  })

  test("loses its own errors, so that nothing follows the handshake: we say so, and go on", async () => {
    const newer = protocolOf("exchange-newer")
    await using transport = transportToPython()
    const added = { message: "added", parameters: { value: "x" } }
    expect(await call(transport, newer, added)).toEqual({
      failed: "The server answered with nothing: it failed, or does not know the message",
    })
    expect(readResponse(transport.responses.at(-1) as Uint8Array).rest).toHaveLength(0)
    expect(await call(transport, newer, hi)).toEqual({ result: "hi" })
  })

  test("leaves one-way out of the protocol that it tells: our one-way calls are still answered null", async () => {
    await using transport = transportToPython()
    expect((await discover(transport)).messages["note"]?.oneWay).toBe(false)
    const note = { message: "note", parameters: { value: "one way" } }
    expect(await call(transport, exchange, note)).toEqual({ result: null })
    const { rest } = readResponse(transport.responses.at(-1) as Uint8Array)
    expect(rest.toString("hex")).toBe("0000") // no metadata, and no error; a null takes no byte
    expect(await call(transport, exchange, { message: "notes", parameters: {} })).toEqual({
      result: expect.arrayContaining(["one way"]),
    })
  })

  test("answers a ping with the handshake alone, for an error that it loses", async () => {
    await using transport = transportToPython()
    const { hash } = await discover(transport)
    const { body } = await post(port, frame(writeRequest(exchange, { serverHash: hash })))
    expect(unframe(body).message.toString("hex")).toBe("00000000") // BOTH and three times null
  })

  test("takes a client's protocol for whatever hash it claims: ours refuses", async () => {
    const liar = frame(writeRequest(strangerOf("exchange"), { clientHash: new Uint8Array(16).fill(7) }))
    expect(readResponse(unframe((await post(port, liar)).body).message).handshake.match).toBe("CLIENT")
    await using server = await serve("http", exchange)
    expect((await post(server.port, liar)).status).toBe(400)
  })

  test("answers a body cut short with 500, ours with 400; both go on", async () => {
    const cut = frame(writeRequest(exchange)).subarray(0, -10)
    await using server = await serve("http", exchange)
    expect((await post(port, cut)).status).toBe(500)
    expect((await post(server.port, cut)).status).toBe(400)
    await using transport = transportToPython()
    expect(await call(transport, exchange, hi)).toEqual({ result: "hi" })
  })

  test("does not mind the deadline that our client sends beside a call", async () => {
    await using transport = transportToPython()
    const options = { timeoutMillis: 30_000, metadata: { trace: Uint8Array.of(1, 2, 3) } }
    expect(await call(transport, exchange, { ...hi, options })).toEqual({ result: "hi" })
    const { metadata } = readRequest(transport.requests.at(-1) as Uint8Array)
    expect(Object.keys(metadata).toSorted()).toEqual(["avrolet.timeout", "trace"])
  })
})

describe("Python's client", () => {
  const callOurs = async (...calls: readonly Call[]) => {
    await using server = await serve("http", exchange)
    const outcomes = await python.call({ over: "http", port: server.port, protocol: exchange, calls })
    const { request, response } = server.bodies.at(-1) as { request: Buffer; response: Buffer }
    return { outcomes, ...unframe(request), response: unframe(response).message }
  }

  test("writes buffers of 8192 bytes", async () => {
    const { outcomes, buffers } = await callOurs({
      message: "text",
      parameters: { value: "x".repeat(20_000) },
    })
    expect(outcomes).toEqual([{ result: "x".repeat(20_000) }])
    expect(buffers.length).toBeGreaterThanOrEqual(3)
    expect(new Set(buffers.slice(0, -1).map(({ length }) => length))).toEqual(new Set([8192]))
  })

  test("sends null as the metadata of its handshake", async () => {
    const { message } = await callOurs(hi)
    expect(readRequest(message).handshake.meta).toBeNull()
  })

  test("knows of no one-way, and is answered null", async () => {
    const note = { message: "note", parameters: { value: "one way" } }
    const { outcomes } = await callOurs(note, { message: "notes", parameters: {} })
    expect(outcomes).toEqual([{ result: null }, { result: ["one way"] }])
    const { response } = await callOurs(note)
    expect(readResponse(response).rest.toString("hex")).toBe("0000") // no metadata, and no error
  })

  test("hears why a call was refused that never became one", async () => {
    const more = { message: "strict", parameters: { value: "x" } }
    await using server = await serve("http", protocolOf("exchange-newer"))
    const [outcome] = await python.call({
      over: "http",
      port: server.port,
      protocol: exchange,
      calls: [more],
    })
    expect(outcome).toEqual({
      failed: expect.stringContaining('field "more" is missing from the writer and has no default'),
    })
    // It reads past the code that a client of ours would be told.
    expect(server.bodies.at(-1)?.response.toString("latin1")).toContain("avrolet.code")
  })

  test("a request that we refuse in HTTP's terms is an error to it, and it goes on", async () => {
    await using server = await serve("http", exchange)
    const large = { message: "text", parameters: { value: "x".repeat(5_000_000) } }
    const job = { over: "http", port: server.port, protocol: exchange, calls: [large, hi] } as const
    expect(await python.call(job)).toEqual([{ failed: expect.any(String) }, { result: "hi" }])
  })

  test("leaves itself in order after what it cannot read", async () => {
    await using server = await serve("http", protocolOf("exchange-newer"))
    const calls = [{ message: "widened", parameters: { value: 7 } }, hi]
    const outcomes = await python.call({ over: "http", port: server.port, protocol: exchange, calls })
    expect(outcomes).toEqual([{ failed: expect.stringContaining("SchemaResolution") }, { result: "hi" }])
  })
})
