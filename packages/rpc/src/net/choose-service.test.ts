import { type Protocol, parseProtocol, protocol } from "@avrolet/avro"
import { createWriter } from "@avrolet/avro/binary"
import { describe, expect, test } from "vitest"
import { createClient } from "../client.ts"
import { discover } from "../discover.ts"
import { offerHandshake } from "../handshake.ts"
import { httpHandler } from "../http/handler.ts"
import { serveHttp } from "../http/serve.ts"
import { httpTransport } from "../http/transport.ts"
import { implement } from "../implement.ts"
import { serveTcp } from "../tcp/serve.ts"
import { tcpTransport } from "../tcp/transport.ts"
import { bytes } from "../testing/hex.ts"
import type { TransportName } from "../testing/server-process.ts"
import { failureOf } from "../transport.contract.ts"
import { createServiceChoice, type Services } from "./choose-service.ts"

const Echo = protocol({
  protocol: "Echo",
  namespace: "test",
  messages: { echo: { request: [{ name: "query", type: "string" }], response: "string" } },
})
const Bank = protocol({
  protocol: "Bank",
  namespace: "test",
  messages: { balance: { request: [], response: "int" } },
})
/** A version of the bank that no server has. */
const OldBank = protocol({
  protocol: "test.Bank",
  messages: { balance: { request: [{ name: "branch", type: "string" }], response: "long" } },
})
const Branch = protocol({
  protocol: "Branch",
  namespace: "elsewhere",
  messages: { balance: { request: [], response: "int" } },
})

const echo = implement(Echo, { echo: ({ query }) => query })
const bank = implement(Bank, { balance: () => 7 })

describe("the service that a handshake is for", () => {
  const offer = (client: unknown, server: unknown, withText: boolean): Uint8Array => {
    const writer = createWriter()
    const guess = { hash: (server as Protocol).hash, protocol: server as Protocol }
    offerHandshake(writer, client as Protocol, guess, withText)
    return writer.finish()
  }

  test.for([
    { name: "has the client's own protocol", message: offer(Bank, Echo, false) },
    { name: "is named by the text of the client's protocol", message: offer(OldBank, Echo, true) },
    { name: "has the protocol that the client believes it to have", message: offer(Branch, Bank, false) },
    {
      name: "is named by nothing else than that, though there is a text",
      message: offer(Branch, Bank, true),
    },
  ])("$name", ({ message }) => {
    expect(createServiceChoice([echo, bank]).choose(message)).toBe(bank)
  })

  test("knows the client from before", () => {
    const services = [implement(Echo, { echo: ({ query }) => query }), implement(Bank, { balance: () => 7 })]
    const choice = createServiceChoice(services)
    const message = offer(OldBank, OldBank, false)
    expect(choice.choose(message)).toBe(services[0])
    services[1]?.["~seen"].add(OldBank.hash, parseProtocol(OldBank.text))
    expect(choice.choose(message)).toBe(services[1])
  })

  test.for([
    { name: "a stranger", message: offer(Branch, Branch, true) },
    { name: "nothing", message: new Uint8Array(0) },
    { name: "garbage", message: bytes("deadbeef") },
    { name: "a handshake cut short", message: offer(Bank, Bank, false).subarray(0, 10) },
    {
      name: "a text that is no protocol",
      message: bytes(`${"00".repeat(16)} 02 04 5b5d ${"00".repeat(17)}`),
    },
    { name: "a text of 2^40 characters", message: bytes(`${"00".repeat(16)} 02 808080808040 61`) },
  ])("is the first for $name", ({ message }) => {
    expect(createServiceChoice([echo, bank]).choose(message)).toBe(echo)
  })

  test("is not looked for in a text that all of them refuse for its length", () => {
    const { handlers, limit } = { handlers: { balance: () => 7 }, limit: OldBank.text.length - 1 }
    const choose = (maxCharsPerProtocol: number): string => {
      const services = [
        implement(Echo, { echo: ({ query }) => query }, { maxCharsPerProtocol: 1 }),
        implement(Bank, handlers, { maxCharsPerProtocol }),
      ]
      return createServiceChoice(services).choose(offer(OldBank, Echo, true)).protocol.name
    }
    expect(choose(limit)).toBe("test.Echo")
    expect(choose(limit + 1)).toBe("test.Bank")
  })

  test("is the only one there is, whatever the message", () => {
    expect(createServiceChoice(bank).choose(bytes("deadbeef"))).toBe(bank)
  })
})

test.for<{ name: string; services: Services }>([
  { name: "no services", services: [] },
  { name: "two of one name", services: [bank, implement(OldBank, { balance: () => 7 })] },
])("$name are refused", ({ services }) => {
  expect(() => httpHandler(services)).toThrow(TypeError)
})

describe.for<TransportName>(["http", "tcp"])("several services over %s, on one address", (name) => {
  test("are called by their own clients, by those of another version, and by no others", async () => {
    const serve = name === "http" ? serveHttp : serveTcp
    await using server = await serve([echo, implement(Bank, { balance: () => 7 })], { port: 0 })
    await using transport =
      name === "http" ? httpTransport(`http://127.0.0.1:${server.port}`) : tcpTransport({ port: server.port })
    expect(await createClient(Bank, transport).balance()).toBe(7)
    expect(await createClient(Echo, transport).echo({ query: "hi" })).toBe("hi")
    const old = createClient(OldBank, transport)
    expect(await Promise.all([1, 2, 3].map(() => old.balance({ branch: "north" })))).toEqual([7, 7, 7])
    expect(await old.balance({ branch: "south" })).toBe(7)
    expect(await failureOf(createClient(Branch, transport).balance())).toMatchObject({
      code: "ERR_RPC_UNKNOWN_MESSAGE",
    })
    expect((await discover(transport)).name).toBe("test.Echo")
  })
})
