// Who else may be in a queue group: servers of another version, of another protocol, and nobody that speaks Avro.

import { parseProtocol, protocol } from "@avrolet/avro"
import { createClient, implement, type RefusedEvent, RpcError } from "@avrolet/rpc"
import { afterAll, beforeAll, expect, test } from "vitest"
import { published } from "../../rpc/src/testing/outcome.ts"
import { createShop, Shop } from "../../rpc/src/testing/shop.ts"
import { serveNats } from "./serve.ts"
import { type Broker, startBroker } from "./testing/nats-server.ts"
import { freshSubject } from "./testing/served.ts"
import { natsTransport } from "./transport.ts"

let broker: Broker
beforeAll(async () => {
  broker = await startBroker()
})
afterAll(() => broker[Symbol.asyncDispose]())

const CALLS = 100

/** What becomes of calls, by code, made at once so that the broker spreads them; `ok` where it is the answer that is right. */
async function outcomesOf(
  call: (index: number) => Promise<unknown>,
  right: unknown,
): Promise<Map<string, RpcError[]>> {
  const outcomes = new Map<string, RpcError[]>()
  await Promise.all(
    Array.from({ length: CALLS }, async (_, index) => {
      const outcome = await call(index).catch((error: unknown) => error)
      const name =
        outcome instanceof RpcError ? outcome.code : outcome === right ? "ok" : `wrong: ${String(outcome)}`
      outcomes.set(name, [...(outcomes.get(name) ?? []), outcome as RpcError])
    }),
  )
  return outcomes
}

const priceOf = (definition: object) =>
  parseProtocol({
    protocol: "Prices",
    messages: {
      ask: { request: [{ name: "item", type: "string" }], response: "double" },
      ...definition,
    },
  })

test.for([
  {
    what: "whose parameters it cannot read",
    older: {
      ask: {
        request: [
          { name: "item", type: "string" },
          { name: "shop", type: "int" },
        ],
        response: "double",
      },
    },
    code: "ERR_RPC_REQUEST",
    mayHaveBeenServed: false,
  },
  {
    what: "whose response the client cannot read",
    older: { ask: { request: [{ name: "item", type: "string" }], response: "string" } },
    code: "ERR_RPC_RESPONSE",
    mayHaveBeenServed: true,
  },
])(
  "a version $what refuses its share of the calls, by name, and the other answers its own",
  async ({ older, code, mayHaveBeenServed }) => {
    const subject = freshSubject()
    const [one, other, front] = await Promise.all([broker.connect(), broker.connect(), broker.connect()])
    const New = priceOf({})
    const answers = { ask: () => 7 }
    const Old = priceOf(older)
    await using newer = await serveNats(one, implement(New, answers), { subject })
    const oldAnswer = code === "ERR_RPC_RESPONSE" ? "seven" : 7
    await using old = await serveNats(other, implement(Old, { ask: () => oldAnswer }), { subject })
    const client = createClient(New, natsTransport(front, { subject }), { timeoutMillis: 10_000 })
    const outcomes = await outcomesOf(async () => client["ask"]?.({ item: "tea" }), 7)
    expect([...outcomes.keys()].toSorted()).toEqual([code, "ok"].toSorted())
    for (const error of outcomes.get(code) ?? []) {
      expect(error.mayHaveBeenServed).toBe(mayHaveBeenServed)
      expect(error.message).toMatch(/cannot be read/)
    }
    await Promise.all([newer.close(), old.close()])
  },
)

test("a service of another protocol refuses its share, and says that it has no such message", async () => {
  const subject = freshSubject()
  const [one, other, front] = await Promise.all([broker.connect(), broker.connect(), broker.connect()])
  const Clock = protocol({ protocol: "Clock", messages: { now: { request: [], response: "long" } } })
  await using right = await serveNats(one, createShop().service, { subject })
  await using wrong = await serveNats(other, implement(Clock, { now: () => 7 }), { subject })
  const client = createClient(Shop, natsTransport(front, { subject }), { timeoutMillis: 10_000 })
  const refused = await published<RefusedEvent>("avrolet:rpc.refused", async () => {
    const outcomes = await outcomesOf(() => client.echo({ query: "hi" }), "hi")
    expect([...outcomes.keys()].toSorted()).toEqual(["ERR_RPC_UNKNOWN_MESSAGE", "ok"])
    for (const error of outcomes.get("ERR_RPC_UNKNOWN_MESSAGE") ?? []) {
      expect(error.message).toBe('Clock has no message "echo"')
      expect(error.mayHaveBeenServed).toBe(false)
    }
  })
  expect(new Set(refused.map((event) => event.protocol))).toEqual(new Set(["Clock"]))
  await Promise.all([right.close(), wrong.close()])
})

test("somebody who answers garbage spoils its own share, and no other", async () => {
  const subject = freshSubject()
  const [one, stranger, front] = await Promise.all([broker.connect(), broker.connect(), broker.connect()])
  await using server = await serveNats(one, createShop().service, { subject })
  let answers = 0
  stranger.subscribe(subject, {
    queue: "q",
    callback: (_error, request) => void request.respond(new Uint8Array(answers++).fill(0x04)),
  })
  await stranger.flush()
  const client = createClient(Shop, natsTransport(front, { subject }), { timeoutMillis: 10_000 })
  const outcomes = await outcomesOf(
    (index) => client.echo({ query: `call ${index}` }).then((got) => got === `call ${index}`),
    true,
  )
  expect(answers).toBeGreaterThan(0)
  expect(outcomes.get("ok")).toHaveLength(CALLS - answers)
  const codes = [...outcomes.keys()].filter((name) => name !== "ok")
  for (const code of codes) expect(code).toMatch(/^ERR_RPC_(HANDSHAKE|RESPONSE|REMOTE)$/)
  await server.close()
})
