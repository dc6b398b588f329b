// Servers of different versions behind one balanced transport.

import { protocol } from "@avrolet/avro"
import { expect, test } from "vitest"
import { createClient } from "../client.ts"
import { implement, type Service } from "../implement.ts"
import { localTransport } from "../local.ts"
import { serveTcp, tcpTransport } from "../tcp/index.ts"
import { createShop, Shop } from "../testing/shop.ts"
import type { Transport } from "../transport.ts"
import { balancedTransport } from "./balanced-transport.ts"
import { retries } from "./retries.ts"

const Older = protocol({
  protocol: "Shop",
  namespace: "test",
  messages: {
    echo: { request: [{ name: "query", type: "string" }], response: "string" },
    split: { request: [{ name: "query", type: "string" }], response: ["null", "string"] },
  },
})
const createOlder = (): Service => implement(Older, { echo: ({ query }) => query, split: () => null })

/** Counts the messages that go to a service, and how often it had to tell its protocol. */
function counted(service: Service) {
  const inner = localTransport(service)
  let [messages, told] = [0, 0]
  const transport: Transport = {
    ...inner,
    send: async (message, cancellation) => {
      messages++
      const response = await inner.send(message, cancellation)
      if (response[0] !== 0) told++
      return response
    },
  }
  return { transport, messages: () => messages, told: () => told }
}

test("each handshake is with its own server: what one told is not supposed of another", async () => {
  const members = [counted(createShop().service), counted(createOlder())]
  await using transport = balancedTransport(
    members.map(({ transport: member }) => member),
    { policy: "round-robin" },
  )
  const client = createClient(Shop, transport)
  for (let call = 0; call < 20; call++) expect(await client.echo({ query: "hi" })).toBe("hi")
  // The one with the client's own protocol is asked ten times; the other once more, with the client's text.
  expect(members.map(({ messages }) => messages())).toEqual([10, 11])
  expect(members.map(({ told }) => told())).toEqual([0, 1])
})

test("what one cannot serve is refused clearly, is not tried again, and ejects nobody", async () => {
  const members = [counted(createShop().service), counted(createOlder())]
  await using transport = balancedTransport(
    members.map(({ transport: member }) => member),
    { policy: "round-robin" },
  )
  const interceptors = [retries(Shop, { safe: ["buy", "split"], minBackoffMillis: 1 })]
  const client = createClient(Shop, transport, { interceptors })
  const outcomes = new Map<string, number>()
  for (let call = 0; call < 20; call++) {
    const outcome = await client.buy({ item: "apple" }).then(String, (error: Error) => error.message)
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  }
  expect(Object.fromEntries(outcomes)).toEqual({ 1: 10, 'test.Shop has no message "buy"': 10 })
  const codes = new Set<unknown>()
  for (let call = 0; call < 10; call++) {
    const failure = client.split({ query: "a b" }).then(
      () => undefined,
      (error: { code: string }) => error.code,
    )
    codes.add(await failure)
  }
  expect(codes).toEqual(new Set([undefined, "ERR_RPC_RESPONSE"]))
  expect(members.map(({ messages }) => messages())).toEqual([15, 16])
  expect(transport.servers().map(({ isEjected }) => isEjected)).toEqual([false, false])
})

test("over TCP the same holds for connections", async () => {
  await using newer = await serveTcp(createShop().service, { port: 0 })
  await using other = await serveTcp(createOlder(), { port: 0 })
  await using transport = balancedTransport(
    [newer, other].map((server) => tcpTransport({ port: Number(server.port) })),
    { policy: "round-robin" },
  )
  const client = createClient(Shop, transport)
  const outcomes: unknown[] = []
  for (let call = 0; call < 4; call++)
    outcomes.push(await client.buy({ item: "apple" }).catch((error: { code: string }) => error.code))
  expect(outcomes.map(String).toSorted()).toEqual([
    "1",
    "1",
    "ERR_RPC_UNKNOWN_MESSAGE",
    "ERR_RPC_UNKNOWN_MESSAGE",
  ])
})
