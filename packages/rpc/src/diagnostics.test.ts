import { AsyncLocalStorage, AsyncResource } from "node:async_hooks"
import { channel } from "node:diagnostics_channel"
import { EventEmitter } from "node:events"
import { readFileSync } from "node:fs"
import { protocol } from "@avrolet/avro"
import { describe, expect, test } from "vitest"
import { neverCancelled } from "./cancellation.ts"
import { httpTransport, serveHttp } from "./http/index.ts"
import {
  type CallEvent,
  createClient,
  declaredError,
  type Interceptor,
  implement,
  localTransport,
  type RefusalCode,
  type RefusedEvent,
  refusal,
  type ServedEvent,
  type ServeEvent,
  type Transport,
} from "./index.ts"
import { respond } from "./respond.ts"
import { serveTcp, tcpTransport } from "./tcp/index.ts"
import { failureOf, published, until } from "./testing/outcome.ts"
import { nextTurns } from "./testing/proxy.ts"
import { createShop, Shop } from "./testing/shop.ts"

const createShopClient = (transport: Transport) => createClient(Shop, transport)
type ShopClient = ReturnType<typeof createShopClient>

test("a client tells of the calls that begin while somebody is subscribed", async () => {
  const shop = createShop()
  const client = createShopClient(localTransport(shop.service))
  const before = client.wait()
  await until(() => shop.contexts.length === 1)
  const told = await published<CallEvent>("avrolet:rpc.call", async () => {
    shop.release("nobody listened when it began")
    await before
    await client.echo({ query: "" })
  })
  expect(told).toMatchObject([{ message: "echo", outcome: "ok" }])
})

describe("what became of a call, at its server and at its client", () => {
  test.for<{ what: string; call: (client: ShopClient) => Promise<unknown>; served?: object; called: object }>(
    [
      {
        what: "a declared error",
        call: (client) => client.buy({ item: "unicorn" }),
        served: { outcome: "declared", code: "ERR_RPC_DECLARED" },
        called: { outcome: "declared", code: "ERR_RPC_DECLARED" },
      },
      {
        what: "an error that the client may not know",
        call: (client) => client.crash(),
        served: { outcome: "failed", code: "ERR_RPC_REMOTE" },
        called: { outcome: "failed", code: "ERR_RPC_REMOTE" },
      },
      {
        what: "parameters that do not fit",
        call: (client) => client.echo({ query: 1 as never }),
        called: { outcome: "failed", code: "ERR_AVRO_VALUE", requestBytes: 0, tries: 1 },
      },
      {
        what: "a time that is over",
        call: (client) => client.wait({}, { timeoutMillis: 500 }),
        served: { outcome: "ok" }, // its handler answers all the same
        called: { outcome: "given-up", code: "ERR_RPC_TIMEOUT", responseBytes: 0 },
      },
      {
        what: "a signal that aborts",
        call: (client) => client.wait({}, { signal: AbortSignal.timeout(500) }),
        served: { outcome: "ok" },
        called: { outcome: "given-up", code: "ABORTED" },
      },
      {
        what: "a signal that has aborted",
        call: (client) => client.wait({}, { signal: AbortSignal.abort() }),
        called: { outcome: "given-up", code: "ABORTED", tries: 0 },
      },
      {
        what: "a time that is none",
        call: (client) => client.wait({}, { timeoutMillis: -1 }),
        called: { outcome: "failed", code: "OTHER", tries: 0 },
      },
    ],
  )("$what", async ({ call, served, called }) => {
    await using server = await serveTcp(createShop().service, { port: 0 })
    await using transport = tcpTransport({ port: server.port })
    const client = createShopClient(transport)
    await client.echo({ query: "" }) // there is a connection, so that no time is over before the server has the call
    const expected = served === undefined ? [] : [served]
    const atServer = await published<ServedEvent>("avrolet:rpc.served", async (events) => {
      const atClient = await published<CallEvent>("avrolet:rpc.call", () => failureOf(call(client)))
      expect(atClient).toMatchObject([called])
      await until(() => events.length === expected.length)
    })
    expect(atServer).toMatchObject(expected)
  })

  test.for([
    { name: "its own refusal", thrown: () => refusal("ERR_RPC_FORBIDDEN", "no"), outcome: "refused" },
    {
      name: "the refusal that it got from another server",
      thrown: async () => {
        const closed = implement(Shop, refusingAll("ERR_RPC_FORBIDDEN"))
        return failureOf(createShopClient(localTransport(closed)).echo({ query: "" }))
      },
      outcome: "failed",
    },
  ])("a handler that throws $name: $outcome", async ({ thrown, outcome }) => {
    const service = implement(Shop, {
      ...refusingAll("ERR_RPC_UNAVAILABLE"),
      echo: async () => {
        throw await thrown()
      },
    })
    const served = await published<ServedEvent>("avrolet:rpc.served", () =>
      failureOf(createShopClient(localTransport(service)).echo({ query: "" })),
    )
    expect(served.at(-1)).toMatchObject({ outcome, code: "ERR_RPC_FORBIDDEN" })
  })

  test("a declared error of another service that a handler lets through is a fault", async () => {
    const service = implement(Shop, {
      ...refusingAll("ERR_RPC_UNAVAILABLE"),
      echo: () => {
        throw declaredError(Shop, "SoldOut", { item: "unicorn" }) // which echo does not declare
      },
    })
    const served = await published<ServedEvent>("avrolet:rpc.served", () =>
      failureOf(createShopClient(localTransport(service)).echo({ query: "" })),
    )
    expect(served).toMatchObject([{ outcome: "failed", code: "ERR_RPC_DECLARED" }])
  })
})

test("a call that an interceptor makes again is one call of two tries", async () => {
  const twice: Interceptor = async (_call, next) => {
    await next()
    return next()
  }
  const client = createClient(Shop, localTransport(createShop().service), { interceptors: [twice] })
  const [once] = await published<CallEvent>("avrolet:rpc.call", () =>
    createShopClient(localTransport(createShop().service)).echo({ query: "hi" }),
  )
  const called = await published<CallEvent>("avrolet:rpc.call", () => client.echo({ query: "hi" }))
  expect(called).toMatchObject([
    { tries: 2, requestBytes: 2 * (once?.requestBytes ?? 0), responseBytes: 2 * (once?.responseBytes ?? 0) },
  ])
})

describe("the other side is named", () => {
  const newer = protocol({
    protocol: "Shop",
    namespace: "test",
    messages: { refund: { request: [], response: "int" } },
  })

  test("over TCP: the client by its address, the server by what the transport was given", async () => {
    const shop = createShop()
    await using server = await serveTcp(shop.service, { port: 0 })
    await using transport = tcpTransport({ port: server.port })
    await expectPeers(transport, /^127\.0\.0\.1:\d+$/, `127.0.0.1:${server.port}`)
    expect(shop.contexts[0]?.peer).toMatch(/^127\.0\.0\.1:\d+$/) // its handler, too
  })

  test("over HTTP: as well, and without the query of the URL, which may be secret", async () => {
    await using server = await serveHttp(createShop().service, { port: 0 })
    await using transport = httpTransport(`http://127.0.0.1:${server.port}/shop?key=secret`)
    await expectPeers(transport, /^127\.0\.0\.1:\d+$/, `http://127.0.0.1:${server.port}/shop`)
  })

  async function expectPeers(transport: Transport, client: RegExp, server: string): Promise<void> {
    const served = await published<ServedEvent>("avrolet:rpc.served", async () => {
      const called = await published<CallEvent>("avrolet:rpc.call", () =>
        createShopClient(transport).echo({ query: "" }),
      )
      expect(called).toMatchObject([{ peer: server }])
    })
    expect(served).toMatchObject([{ peer: expect.stringMatching(client) }])
    const refused = await published<RefusedEvent>("avrolet:rpc.refused", () =>
      failureOf(createClient(newer, transport).refund()),
    )
    expect(refused).toMatchObject([{ code: "ERR_RPC_UNKNOWN_MESSAGE", peer: expect.stringMatching(client) }])
  }
})

test("a store bound to the serve channel knows what is being served, and when that is over", async () => {
  const calls = new AsyncLocalStorage<ServeEvent>()
  const serve = channel("avrolet:rpc.serve")
  const known: unknown[] = []
  const note = (): void => void known.push({ ...calls.getStore() })
  const left = new EventEmitter()
  const notify = protocol({ protocol: "Notify", messages: { go: { request: [], response: "null" } } })
  const service = implement(notify, {
    go: async () => {
      left.on("later", AsyncResource.bind(note)) // as an interval or a pool that it starts
      await nextTurns(1)
      note()
      return null
    },
  })
  serve.bindStore(calls)
  await createClient(notify, localTransport(service)).go()
  left.emit("later")
  serve.unbindStore(calls)
  const call = { protocol: "Notify", message: "go" }
  expect(known).toEqual([
    { ...call, isOver: false },
    { ...call, isOver: true },
  ])
})

test("every field is documented", async () => {
  const page = readFileSync(new URL("../../../docs/reference/observing.md", import.meta.url), "utf8")
  await using server = await serveTcp(inFrontOfItself(), { port: 0 })
  await using transport = tcpTransport({ port: server.port })
  const called = await published<CallEvent>("avrolet:rpc.call", async () => {
    const served = await published<ServedEvent>("avrolet:rpc.served", () =>
      failureOf(createShopClient(transport).echo({ query: "" })),
    )
    for (const field of Object.keys(served.at(-1) ?? {})) expect(page).toContain(`\`${field}\``)
    expect(Object.keys(served.at(-1) ?? {})).toHaveLength(11) // all that there are
  })
  for (const field of Object.keys(called.at(-1) ?? {})) expect(page).toContain(`\`${field}\``)
  expect(Object.keys(called.at(-1) ?? {})).toHaveLength(10)
})

/** A shop whose `echo` calls another and fails. */
function inFrontOfItself() {
  const behind = createShopClient(localTransport(createShop().service))
  return implement(Shop, {
    ...refusingAll("ERR_RPC_UNAVAILABLE"),
    echo: async ({ query }) => {
      await behind.echo({ query })
      throw new Error("fails")
    },
  })
}

test("where nobody listens nobody is asked for a name", async () => {
  expect(channel("avrolet:rpc.served").hasSubscribers).toBe(false)
  let asked = 0
  const { service } = createShop()
  const ask = async (): Promise<void> => {
    const client = createShopClient({
      send: (bytes) => respond(service, bytes, neverCancelled(), () => `asked ${++asked}`),
      close: async () => {},
      [Symbol.asyncDispose]: async () => {},
    })
    await client.echo({ query: "" })
  }
  await ask()
  expect(asked).toBe(0)
  const served = await published<ServedEvent>("avrolet:rpc.served", ask)
  expect(served).toMatchObject([{ peer: "asked 1" }])
})

/** The handlers of a shop that serves nobody. */
function refusingAll(code: RefusalCode) {
  const refuse = (): never => {
    throw refusal(code, "not now")
  }
  return { echo: refuse, split: refuse, buy: refuse, crash: refuse, wait: refuse, log: refuse }
}
