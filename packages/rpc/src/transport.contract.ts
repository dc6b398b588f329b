// What every transport has to do, as one suite that each of them runs.

import { protocol } from "@avrolet/avro"
import { expect, test } from "vitest"
import { type Connect, callContract } from "./call.contract.ts"
import { createClient } from "./client.ts"
import { isDeclaredError } from "./declared-error.ts"
import type { CallEvent, ServedEvent } from "./diagnostics.ts"
import { discover } from "./discover.ts"
import { failureOf, published, until } from "./testing/outcome.ts"
import { createShop, Shop } from "./testing/shop.ts"

export { failureOf, published, until } from "./testing/outcome.ts"

/** Declares the tests of a transport. */
export function transportContract(connect: Connect): void {
  test("a call resolves to what the handler returned", async () => {
    await using shop = await open(connect)
    expect(await shop.client.echo({ query: "hello, wörld 🌍" })).toBe("hello, wörld 🌍")
    expect(await shop.client.split({ query: "small services talk" })).toBe("small\nservices\ntalk")
  })

  test("a parameter left out takes its default", async () => {
    await using shop = await open(connect)
    expect(await shop.client.buy({ item: "apple" })).toBe(1)
  })

  test("a large message arrives whole", async () => {
    await using shop = await open(connect)
    const query = "0123456789".repeat(200_000)
    expect(await shop.client.echo({ query })).toBe(query)
  })

  test("calls at the same time each get their own answer", async () => {
    await using shop = await open(connect)
    const queries = Array.from({ length: 200 }, (_, index) => `query ${index}`)
    expect(await Promise.all(queries.map((query) => shop.client.echo({ query })))).toEqual(queries)
  })

  test("calls are as they were made, also beside those that a getter makes and those that cannot be written", async () => {
    await using shop = await open(connect)
    const lengths = Array.from({ length: 60 }, (_, index) => (index * 97) % 900)
    const inner: Promise<string>[] = []
    const outcomes = lengths.map((length, index) => {
      if (index % 3 === 0) return shop.client.echo({ query: `${index}`.repeat(length) })
      if (index % 3 === 1)
        return failureOf(shop.client.buy({ item: "x".repeat(length), count: "many" as never }))
      return shop.client.echo({
        get query() {
          inner.push(shop.client.echo({ query: `inner ${index}`.repeat(length) }))
          return `outer ${index}`.repeat(length)
        },
      })
    })
    for (const [index, outcome] of (await Promise.all(outcomes)).entries()) {
      const length = lengths[index] as number
      if (index % 3 === 0) expect(outcome).toBe(`${index}`.repeat(length))
      else if (index % 3 === 1) expect(outcome).toMatchObject({ code: "ERR_AVRO_VALUE" })
      else expect(outcome).toBe(`outer ${index}`.repeat(length))
    }
    const expected = lengths.flatMap((length, index) =>
      index % 3 === 2 ? `inner ${index}`.repeat(length) : [],
    )
    expect(new Set(await Promise.all(inner))).toEqual(new Set(expected))
  })

  test("a declared error arrives as itself, with its fields", async () => {
    await using shop = await open(connect)
    const error = await failureOf(shop.client.buy({ item: "unicorn" }))
    expect(error).toMatchObject({
      code: "ERR_RPC_DECLARED",
      errorName: "test.SoldOut",
      value: { item: "unicorn" },
    })
    expect(isDeclaredError(error, Shop, "SoldOut")).toBe(true)
    expect(isDeclaredError(error, Shop, "Closed")).toBe(false)
  })

  test("any other error arrives as an internal error that tells nothing, and is published as it was thrown", async () => {
    await using shop = await open(connect)
    const served = await published<ServedEvent>("avrolet:rpc.served", async () => {
      const error = await failureOf(shop.client.crash())
      expect(error).toMatchObject({ code: "ERR_RPC_REMOTE", message: "Internal error" })
    })
    expect(served).toMatchObject([
      { protocol: "test.Shop", message: "crash", error: { message: "password=hunter2" } },
    ])
  })

  test("a one-way call resolves to nothing, and its handler runs", async () => {
    await using shop = await open(connect)
    expect(await shop.client.log({ line: "started" })).toBeNull()
    await until(() => shop.lines.length > 0) // a connection that remembers its client answers nothing
    expect(shop.lines).toEqual(["started"])
  })

  test("metadata reaches the handler", async () => {
    await using shop = await open(connect)
    await shop.client.echo({ query: "" }, { metadata: { trace: new Uint8Array([1, 2]) } })
    expect(shop.contexts[0]?.metadata).toEqual({ trace: new Uint8Array([1, 2]) })
  })

  test("a call that takes too long rejects, and its handler is told", async () => {
    await using shop = await open(connect)
    await shop.client.split({ query: "connected" })
    // One that finds no time to be sent has no handler to tell.
    while (shop.contexts.length === 0) {
      const error = await failureOf(shop.client.wait({}, { timeoutMillis: 300 }))
      expect(error).toMatchObject({ code: "ERR_RPC_TIMEOUT" })
    }
    await until(() => shop.contexts[0]?.signal.aborted === true)
  })

  test("a call whose signal aborts rejects with its reason, and its handler is told", async () => {
    await using shop = await open(connect)
    const controller = new AbortController()
    const call = failureOf(shop.client.wait({}, { signal: controller.signal }))
    await until(() => shop.contexts.length > 0)
    const reason = new Error("changed my mind")
    controller.abort(reason)
    expect(await call).toBe(reason)
    await until(() => shop.contexts[0]?.signal.aborted === true)
  })

  test("calls go on after one was cut short", async () => {
    await using shop = await open(connect)
    await failureOf(shop.client.wait({}, { timeoutMillis: 20 }))
    expect(await shop.client.echo({ query: "still there" })).toBe("still there")
  })

  test("each call is published on both sides", async () => {
    await using shop = await open(connect)
    let served: ServedEvent[] = []
    const called = await published<CallEvent>("avrolet:rpc.call", async () => {
      served = await published("avrolet:rpc.served", () => shop.client.echo({ query: "hi" }))
    })
    const common = { protocol: "test.Shop", message: "echo", outcome: "ok" }
    expect(called).toMatchObject([{ ...common, tries: 1 }])
    expect(served).toMatchObject([{ ...common, calls: 0 }])
    expect(served[0]?.requestBytes).toBeGreaterThanOrEqual(9) // no metadata, "echo", "hi"
    expect(served[0]?.responseBytes).toBeGreaterThanOrEqual(5) // no metadata, no error, "hi"
    expect(called[0]?.requestBytes).toBe(served[0]?.requestBytes)
    expect(called[0]?.responseBytes).toBe(served[0]?.responseBytes)
    if (shop.transport.peer !== undefined) expect(called[0]?.peer).toBe(shop.transport.peer)
    for (const event of [...served, ...called]) {
      expect(event.millis).toBeGreaterThan(0)
      expect(event).not.toHaveProperty("error")
      expect(event).not.toHaveProperty("code")
    }
  })

  test("a client with another version of the protocol is served, message by message (J4, H9)", async () => {
    await using shop = await open(connect)
    const older = protocol({
      protocol: "Shop",
      namespace: "test",
      messages: {
        echo: { request: [{ name: "query", type: "string" }], response: "string" },
        buy: {
          request: [
            { name: "item", type: "string" },
            { name: "coupon", type: "string" },
          ],
          response: "long",
        },
        crash: { request: [{ name: "unheard", type: "string" }], response: "int" },
        refund: { request: [], response: "int" },
      },
    })
    const client = createClient(older, shop.transport)
    expect(await client.echo({ query: "same" })).toBe("same")
    expect(await client.buy({ item: "apple", coupon: "dropped" })).toBe(1)
    expect(await failureOf(client.buy({ item: "unicorn", coupon: "" }))).toMatchObject({
      code: "ERR_RPC_DECLARED",
      errorName: "test.SoldOut",
      value: { item: "unicorn" },
    })
    expect(await failureOf(client.refund())).toMatchObject({
      code: "ERR_RPC_UNKNOWN_MESSAGE",
      message: /no message "refund"/,
    })
    expect(await failureOf(client.crash({ unheard: "" }))).toMatchObject({ code: "ERR_RPC_REMOTE" })
  })

  test("a stranger learns the protocol, and calls nothing", async () => {
    await using shop = await open(connect)
    const discovered = await discover(shop.transport)
    expect(discovered.text).toBe(Shop.text)
    expect(shop.contexts).toEqual([])
  })

  test("a closed transport refuses calls", async () => {
    await using shop = await open(connect)
    await shop.transport.close()
    expect(await failureOf(shop.client.echo({ query: "" }))).toMatchObject({ code: "ERR_RPC_CONNECTION" })
  })

  callContract(connect)
}

/** A shop that is served, and a client of it. Closes with its scope. */
async function open(connect: Connect) {
  const shop = createShop()
  const { transport, stop } = await connect(shop.service)
  return {
    ...shop,
    transport,
    client: createClient(Shop, transport),
    async [Symbol.asyncDispose]() {
      await transport.close()
      await stop()
    },
  }
}
