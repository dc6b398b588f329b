import { describe, expect, test } from "vitest"
import { createClient } from "./client.ts"
import { localTransport } from "./local.ts"
import { bytes, concat } from "./testing/hex.ts"
import { createShop, Shop } from "./testing/shop.ts"
import { failureOf } from "./transport.contract.ts"

const transportOf = (shop = createShop()) => localTransport(shop.service)

describe("a client", () => {
  test.for([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31])(
    "refuses %d ms, which is no time to wait",
    async (timeoutMillis) => {
      expect(() => createClient(Shop, transportOf(), { timeoutMillis })).toThrow(TypeError)
      expect(
        await failureOf(createClient(Shop, transportOf()).echo({ query: "" }, { timeoutMillis })),
      ).toBeInstanceOf(TypeError)
    },
  )

  test("hands on the metadata of a response before the call settles, empty where there was none", async () => {
    const order: unknown[] = []
    const onMetadata = (metadata: object): unknown => order.push({ ...metadata })
    await createClient(Shop, transportOf())
      .echo({ query: "hi" }, { onMetadata })
      .then((result) => order.push(result))
    expect(order).toEqual([{}, "hi"])
  })

  test("hands on no metadata where no response came", async () => {
    let calls = 0
    const client = createClient(Shop, transportOf())
    const onMetadata = (): unknown => calls++
    // a time limit would be the server's too, who may be the first to say so
    await failureOf(client.wait({}, { signal: AbortSignal.timeout(10), onMetadata }))
    await failureOf(client.echo({ query: 42 as never }, { onMetadata }))
    expect(calls).toBe(0)
  })

  test("rejects with what the function throws that it hands metadata to", async () => {
    const error = new Error("its own")
    const onMetadata = (): never => {
      throw error
    }
    const client = createClient(Shop, transportOf())
    expect(await failureOf(client.echo({ query: "" }, { onMetadata }))).toBe(error)
  })

  test("sends nothing when the metadata is over its limits, or no bytes", async () => {
    const shop = createShop()
    const client = createClient(Shop, transportOf(shop))
    const large = { large: new Uint8Array(64 * 1024) }
    expect(await failureOf(client.echo({ query: "" }, { metadata: large }))).toMatchObject({
      code: "ERR_RPC_METADATA",
      mayHaveBeenServed: false,
    })
    const text = { token: "secret" } as never
    expect(await failureOf(client.echo({ query: "" }, { metadata: text }))).toBeInstanceOf(TypeError)
    expect(shop.contexts).toEqual([])
  })

  test.for([
    { name: "2^40 entries", metadata: "808080808040" },
    { name: "257 entries", metadata: `8204 ${"0000".repeat(257)} 00` },
  ])("refuses $name of metadata from a server", async ({ metadata }) => {
    const transport = transportOf()
    const client = createClient(Shop, {
      ...transport,
      send: async (message, cancellation) => {
        const handshake = (await transport.send(message, cancellation)).subarray(0, 4)
        return concat(handshake, bytes(`${metadata} 00 00`))
      },
    })
    expect(await failureOf(client.echo({ query: "" }))).toMatchObject({
      code: "ERR_RPC_RESPONSE",
      mayHaveBeenServed: true,
    })
  })
})
