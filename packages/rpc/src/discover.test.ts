// What a client gets that asks a hostile server what it serves. Against honest ones: transport.contract.ts, and
// conformance/rpc for Java's and Python's.

import { execFile } from "node:child_process"
import { createServer, type RequestListener } from "node:http"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { encode, schema } from "@avrolet/avro"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { createClient } from "./client.ts"
import { discover } from "./discover.ts"
import { frame } from "./framing.ts"
import { httpTransport } from "./http/transport.ts"
import type { Transport } from "./index.ts"
import { balancedTransport } from "./resilience/balanced-transport.ts"
import { bytes } from "./testing/hex.ts"
import { bytesInUse } from "./testing/memory.ts"
import { failureOf, until } from "./testing/outcome.ts"

const Answer = schema({
  type: "record",
  name: "Answer",
  fields: [
    { name: "match", type: { type: "enum", name: "Match", symbols: ["BOTH", "CLIENT", "NONE"] } },
    { name: "serverProtocol", type: ["null", "string"] },
    { name: "serverHash", type: ["null", { type: "fixed", name: "MD5", size: 16 }] },
    { name: "meta", type: ["null", { type: "map", values: "bytes" }] },
  ],
})

/** A handshake's answer that tells this protocol. */
const told = (text: string): Uint8Array =>
  encode(Answer, { match: "NONE", serverProtocol: text, serverHash: new Uint8Array(16), meta: null })

const named = (types: unknown, messages: unknown = {}): string =>
  JSON.stringify({ protocol: "P", types, messages })

/** A record whose default is twice as large as that of the record before it, forty times over. */
const bomb = [
  { type: "record", name: "R0", fields: [{ name: "s", type: "string", default: "x" }] },
  ...Array.from({ length: 40 }, (_, index) => ({
    type: "record",
    name: `R${index + 1}`,
    fields: ["a", "b"].map((name) => ({ name, type: `R${index}`, default: {} })),
  })),
]

const small = {
  nothing: bytes(""),
  garbage: bytes("de ad be ef"),
  "a text that is longer than what came": bytes("04 02 fe ff ff ff 0f 7b"),
  "a text of a negative length": bytes("04 02 01"),
  "that it knows us, and no protocol": bytes("00 00 00 00"),
  "NONE without its protocol": bytes("04 00 00 00"),
  "a text that is no JSON": told("{"),
  "JSON that is no protocol": told("null"),
  "messages that are none": told('{"protocol":"P","messages":{"m":7}}'),
  "types of types": told(named([{ type: { type: { type: "int" } } }])),
  "a type that is not there": told(named([], { m: { request: [], response: "Missing" } })),
  "a default that doubles forty times": told(named(bomb)),
} as const

const large: Readonly<Record<string, { answer: () => Uint8Array; outcome: string }>> = {
  "a text larger than a message may be": {
    answer: () => told(" ".repeat(4 * 1024 * 1024)),
    outcome: "ERR_RPC_MESSAGE_SIZE",
  },
  "a million brackets": {
    answer: () => told("[".repeat(500_000) + "]".repeat(500_000)),
    outcome: "ERR_RPC_HANDSHAKE",
  },
  "types that nest forty thousand deep": {
    answer: () => {
      const open = '{"type":"array","items":'.repeat(40_000)
      return told(`{"protocol":"P","messages":{},"types":[${open}"int"${"}".repeat(40_000)}]}`)
    },
    outcome: "ERR_RPC_HANDSHAKE",
  },
  "as many messages as there is room for": {
    answer: () => withMessages(60_000),
    outcome: "ERR_RPC_HANDSHAKE",
  },
  "as many messages as it reads": { answer: () => withMessages(15_000), outcome: "P" },
}

function withMessages(count: number): Uint8Array {
  const message = { request: [{ name: "a", type: "int" }], response: "int" }
  return told(
    named([], Object.fromEntries(Array.from({ length: count }, (_, index) => [`m${index}`, message]))),
  )
}

/** Serves whatever is to be answered now. */
let answer: Uint8Array | undefined
const respond: RequestListener = (_request, response) => {
  if (answer === undefined) return
  response.setHeader("content-type", "avro/binary").end(frame(answer))
}
const server = createServer(respond)
let port: number
beforeAll(async () => {
  server.listen(0, "127.0.0.1")
  await until(() => server.listening)
  port = (server.address() as { port: number }).port
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const ways: Readonly<Record<string, () => Transport>> = {
  direct: () => httpTransport(`http://127.0.0.1:${port}`),
  balanced: () => balancedTransport([httpTransport(`http://127.0.0.1:${port}`)]),
}

describe.for(Object.entries(ways))("discover, %s, of a server that answers", ([, connect]) => {
  test.for(Object.entries(small))("%s, fails by code", async ([, hostile]) => {
    await using transport = connect()
    answer = hostile
    expect(await failureOf(discover(transport))).toMatchObject({ code: "ERR_RPC_HANDSHAKE" })
  })

  test("names of JavaScript's own, gets them as names and nothing else", async () => {
    await using transport = connect()
    const message = '{"request":[{"name":"__proto__","type":"constructor"}],"response":"constructor"}'
    const type = '{"type":"record","name":"constructor","fields":[{"name":"__proto__","type":"int"}]}'
    answer = told(
      `{"protocol":"toString","types":[${type}],"messages":{"__proto__":${message},"valueOf":${message}},"__proto__":{"polluted":true}}`,
    )
    const protocol = await discover(transport)
    expect(protocol.name).toBe("toString")
    expect(Object.keys(protocol.messages)).toEqual(["__proto__", "valueOf"])
    expect(protocol.messages["hasOwnProperty"]).toBeUndefined()
    expect(Object.keys(createClient(protocol, transport))).toEqual(["__proto__", "valueOf"])
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })

  test("large protocols again and again, keeps none of them", async () => {
    await using transport = connect()
    answer = told(named([], { m: { request: [], response: "int", doc: "x".repeat(1_000_000) } }))
    await discover(transport)
    const before = await bytesInUse()
    for (let time = 0; time < 20; time++) await discover(transport)
    expect((await bytesInUse()) - before).toBeLessThan(4_000_000)
  })

  test("nothing at all, ends with its time", async () => {
    await using transport = connect()
    answer = undefined
    expect(await failureOf(discover(transport, { timeoutMillis: 50 }))).toMatchObject({
      code: "ERR_RPC_TIMEOUT",
    })
  })
})

test.for(Object.entries(large))("discover takes no more than 256 MB for %s", async ([, hostile]) => {
  answer = hostile.answer()
  expect(await discoverInLittleMemory()).toBe(hostile.outcome)
})

const PROCESS = fileURLToPath(new URL("../dist/fixtures/discover.js", import.meta.url))

async function discoverInLittleMemory(): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    "--max-old-space-size=256",
    PROCESS,
    String(port),
  ])
  return stdout.trim()
}
