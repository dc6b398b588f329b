// Avro RPC over TCP with Java's own implementation, both ways: `NettyServer` and `NettyTransceiver`.

import { readFileSync } from "node:fs"
import { parseProtocol } from "@avrolet/avro"
import { createClient, discover } from "@avrolet/rpc"
import { tcpTransport } from "@avrolet/rpc/tcp"
import { afterAll, describe, expect, test } from "vitest"
import { javaTcpDifferences } from "./differences.ts"
import { exchangeContract } from "./exchange.contract.ts"
import { call, serve } from "./ours.ts"
import { startJavaRpc } from "./peers.ts"
import { protocolOf } from "./protocols.ts"

const java = await startJavaRpc()
afterAll(() => java[Symbol.asyncDispose]())

const exchange = protocolOf("exchange")
const port = java.port("tcp", "exchange")
const hi = { message: "text", parameters: { value: "hi" } }
const many = Array.from({ length: 500 }, (_, index) => "x".repeat(index))

test("the peer is of the version that pom.xml pins", () => {
  console.info(`Peers: ${JSON.stringify(java.versions)}; Node ${process.version}`)
  const pom = readFileSync(new URL("../java/pom.xml", import.meta.url), "utf8")
  expect(pom).toContain(`<avro.netty.version>${java.versions["avro-ipc-netty"]}</avro.netty.version>`)
})

exchangeContract(java, "tcp", javaTcpDifferences)

describe("our client on Java's NettyServer", () => {
  test("many calls at once are each answered with their own, in whatever order", async () => {
    await using transport = tcpTransport({ port })
    const client = createClient(exchange, transport)
    expect(await Promise.all(many.map(async (value) => client["text"]?.({ value })))).toEqual(many)
  })

  test("one-way calls arrive: the first, which has the handshake, and those that follow", async () => {
    await using transport = tcpTransport({ port })
    const client = createClient(exchange, transport)
    expect(await client["note"]?.({ value: "tcp one" })).toBeNull()
    expect(await client["note"]?.({ value: "tcp two" })).toBeNull()
    // The server runs handlers side by side: one that is called later may be done sooner.
    const notes = expect.poll(async () => client["notes"]?.({}), { timeout: 10_000 })
    await notes.toEqual(expect.arrayContaining(["tcp one", "tcp two"]))
  })

  test("a one-way message that the server does not have fails alone", async () => {
    const { messages, ...declaration } = JSON.parse(exchange.text) as { messages: Record<string, unknown> }
    const whisper = { request: [], response: "null", "one-way": true }
    const more = parseProtocol({ ...declaration, messages: { ...messages, whisper } })
    await using transport = tcpTransport({ port })
    const client = createClient(more, transport)
    await expect(client["whisper"]?.({})).rejects.toMatchObject({ code: "ERR_RPC_REMOTE" })
    expect(await client["text"]?.({ value: "still there" })).toBe("still there")
  })

  test("a ping, and a call that is given up, do the server no harm", async () => {
    await using transport = tcpTransport({ port })
    const client = createClient(exchange, transport)
    await client["text"]?.({ value: "connected" })
    const controller = new AbortController()
    const given = client["text"]?.({ value: "x".repeat(1_000_000) }, { signal: controller.signal })
    controller.abort(new Error("changed my mind"))
    await expect(given).rejects.toThrow("changed my mind")
    expect(await client["text"]?.({ value: "still there" })).toBe("still there")
  })

  test("the deadline that our client sends beside a call is not minded", async () => {
    await using transport = tcpTransport({ port })
    const options = { timeoutMillis: 30_000, metadata: { trace: Uint8Array.of(1, 2, 3) } }
    expect(await call(transport, exchange, { ...hi, options }, { ...hi, options })).toEqual({ result: "hi" })
  })

  test("the server tells a stranger its protocol", async () => {
    await using transport = tcpTransport({ port })
    expect(Object.keys((await discover(transport)).messages).toSorted()).toEqual(
      Object.keys(exchange.messages).toSorted(),
    )
  })
})

describe("Java's NettyTransceiver on our server", () => {
  test("many calls at once are each answered with their own, in whatever order", async () => {
    await using server = await serve("tcp", exchange)
    const calls = many.map((value) => ({ message: "text", parameters: { value } }))
    const job = { over: "tcp", port: server.port, protocol: exchange, calls, atOnce: true } as const
    expect(await java.call(job)).toEqual(many.map((result) => ({ result })))
  })

  test("one-way calls arrive: the first, which has the handshake, and those that follow", async () => {
    await using server = await serve("tcp", exchange)
    const note = (value: string) => ({ message: "note", parameters: { value } })
    const calls = [note("one"), note("two"), { message: "notes", parameters: {} }]
    expect(await java.call({ over: "tcp", port: server.port, protocol: exchange, calls })).toEqual([
      { result: null },
      { result: null },
      { result: ["one", "two"] },
    ])
  })

  test("may put metadata beside a call, and in its handshake: our handler is told the call's", async () => {
    await using server = await serve("tcp", exchange)
    const job = { over: "tcp", port: server.port, protocol: exchange, calls: [hi, hi] } as const
    await java.call({ ...job, metadata: "hello" })
    const metadata = { peer: Uint8Array.from(Buffer.from("hello")) }
    expect(server.contexts.map((context) => context.metadata)).toEqual([metadata, metadata])
  })
})
