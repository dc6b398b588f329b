import { describe, expect, test } from "vitest"
import { createClient } from "./client.ts"
import { DeclaredError, declaredError, isDeclaredError } from "./declared-error.ts"
import type { ServedEvent } from "./diagnostics.ts"
import { RpcError } from "./errors.ts"
import { implement } from "./implement.ts"
import { localTransport } from "./local.ts"
import { Shop } from "./testing/shop.ts"
import { failureOf, published } from "./transport.contract.ts"

describe("a declared error", () => {
  test("is an error with a code, the full name of its type, and its fields", () => {
    const error = declaredError(Shop, "SoldOut", { item: "apple" })
    expect(error).toBeInstanceOf(Error)
    expect(error).toBeInstanceOf(RpcError)
    expect(error).toBeInstanceOf(DeclaredError)
    expect(error).toMatchObject({
      name: "DeclaredError",
      code: "ERR_RPC_DECLARED",
      errorName: "test.SoldOut",
      value: { item: "apple" },
      message: 'test.SoldOut {"item":"apple"}',
    })
  })

  test("is told from others of its protocol and from other errors", () => {
    const error: unknown = declaredError(Shop, "Closed", { until: 5n })
    expect(isDeclaredError(error, Shop, "Closed")).toBe(true)
    expect(isDeclaredError(error, Shop, "SoldOut")).toBe(false)
    expect(new RpcError("ERR_RPC_TIMEOUT", "")).not.toBeInstanceOf(DeclaredError)
    expect(new Error("plain")).not.toBeInstanceOf(RpcError)
  })

  test("has a name that the protocol declares", () => {
    expect(() => declaredError(Shop as never, "Unheard" as never, {} as never)).toThrow(
      new TypeError("Protocol test.Shop has no error named Unheard"),
    )
  })
})

describe("a handler that throws a declared error", () => {
  test.for([
    {
      name: "which its message does not declare",
      thrown: () => declaredError(Shop, "SoldOut", { item: "x" }),
      call: "echo",
    },
    {
      name: "whose fields do not fit",
      thrown: () => declaredError(Shop, "SoldOut", { item: 7 } as never),
      call: "buy",
    },
  ] as const)("$name has failed: the client is told no more, the channel is", async ({ thrown, call }) => {
    const fail = () => {
      throw thrown()
    }
    const service = implement(Shop, {
      echo: fail,
      split: fail,
      buy: fail,
      crash: fail,
      wait: fail,
      log: fail,
    })
    const client = createClient(Shop, localTransport(service))
    const served = await published<ServedEvent>("avrolet:rpc.served", async () => {
      const error = await failureOf(call === "echo" ? client.echo({ query: "" }) : client.buy({ item: "" }))
      expect(error).toMatchObject({ code: "ERR_RPC_REMOTE", message: "Internal error" })
    })
    expect(served).toMatchObject([{ error: { errorName: "test.SoldOut" } }])
  })
})

test("a result that does not fit its response is an internal error too", async () => {
  const wrong = (() => 42) as never
  const service = implement(Shop, {
    echo: wrong,
    split: wrong,
    buy: wrong,
    crash: wrong,
    wait: wrong,
    log: wrong,
  })
  const served = await published<ServedEvent>("avrolet:rpc.served", async () => {
    const error = await failureOf(createClient(Shop, localTransport(service)).echo({ query: "" }))
    expect(error).toMatchObject({ code: "ERR_RPC_REMOTE", message: "Internal error" })
  })
  expect(served).toMatchObject([{ error: { code: "ERR_AVRO_VALUE" } }])
})
