// How many calls a handler makes itself, as those learn who watch calls.

import { protocol } from "@avrolet/avro"
import { describe, expect, test } from "vitest"
import { createClient, implement, localTransport, type ServedEvent, type Transport } from "./index.ts"
import { serveTcp, tcpTransport } from "./tcp/index.ts"
import { published } from "./testing/outcome.ts"
import { createShop, Shop } from "./testing/shop.ts"

const createShopClient = (transport: Transport) => createClient(Shop, transport)

describe("the calls that a handler makes are counted for the call that it serves", () => {
  const Basket = protocol({
    protocol: "Basket",
    messages: {
      buyAll: { request: [{ name: "items", type: { type: "array", items: "string" } }], response: "int" },
      rest: { request: [], response: "null" },
    },
  })

  test("by message, over a socket and within the process, however they end", async () => {
    await using server = await serveTcp(createShop().service, { port: 0 })
    await using transport = tcpTransport({ port: server.port })
    const shop = createShopClient(transport)
    const basket = implement(Basket, {
      buyAll: async ({ items }) => {
        await Promise.all(items.map((item) => shop.buy({ item }).catch(() => 0)))
        await shop.echo({ query: "done" })
        return items.length
      },
      rest: () => null,
    })
    const client = createClient(Basket, localTransport(basket))
    const served = await servedBy("Basket", async () => {
      await Promise.all([client.buyAll({ items: ["apple", "unicorn"] }), client.buyAll({ items: [] })])
      await client.rest()
    })
    const byCount = served.toSorted((a, b) => b.calls - a.calls)
    expect(byCount).toMatchObject([
      { message: "buyAll", calls: 3 },
      { message: "buyAll", calls: 1 },
      { message: "rest", calls: 0 },
    ])
    expect(byCount[0]?.callsByMessage).toEqual(
      new Map([
        ["test.Shop.buy", 2],
        ["test.Shop.echo", 1],
      ]),
    )
    expect(byCount[2]).not.toHaveProperty("callsByMessage")
  })

  test("each for the innermost: what the called one calls itself is its own", async () => {
    const shop = createShopClient(localTransport(createShop().service))
    const inner = implement(Basket, {
      buyAll: async () => (await shop.echo({ query: "a" }), await shop.echo({ query: "b" }), 2),
      rest: () => null,
    })
    const innerClient = createClient(Basket, localTransport(inner))
    const Outer = protocol({ protocol: "Outer", messages: { go: { request: [], response: "int" } } })
    const outer = createClient(
      Outer,
      localTransport(implement(Outer, { go: () => innerClient.buyAll({ items: [] }) })),
    )
    const served = await published<ServedEvent>("avrolet:rpc.served", () => outer.go())
    expect(served.filter(({ protocol: name }) => name !== "test.Shop")).toMatchObject([
      { protocol: "Basket", calls: 2 },
      { protocol: "Outer", calls: 1, callsByMessage: new Map([["Basket.buyAll", 1]]) },
    ])
  })

  test("not those that it makes when it has answered", async () => {
    const shop = createShopClient(localTransport(createShop().service))
    let late: Promise<unknown> | undefined
    const basket = implement(Basket, {
      buyAll: () => {
        late = new Promise((resolve) => setImmediate(resolve)).then(() => shop.echo({ query: "late" }))
        return 0
      },
      rest: () => null,
    })
    const served = await servedBy("Basket", async () => {
      await createClient(Basket, localTransport(basket)).buyAll({ items: [] })
      await late
    })
    expect(served).toMatchObject([{ calls: 0 }])
  })

  async function servedBy(name: string, work: () => Promise<unknown>): Promise<ServedEvent[]> {
    const served = await published<ServedEvent>("avrolet:rpc.served", work)
    return served.filter((event) => event.protocol === name)
  }
})
