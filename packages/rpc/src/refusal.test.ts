import { readFileSync } from "node:fs"
import { protocol } from "@avrolet/avro"
import { describe, expect, test } from "vitest"
import { createClient } from "./client.ts"
import { RpcError } from "./errors.ts"
import { implement } from "./implement.ts"
import { localTransport } from "./local.ts"
import { codeOf, type RefusalCode, refusal, retryAfterIn } from "./refusal.ts"
import { failureOf } from "./transport.contract.ts"

const Door = protocol({
  protocol: "Door",
  messages: { open: { request: [], response: "null" } },
})

const doorThat = (open: () => null | Promise<null>) =>
  createClient(Door, localTransport(implement(Door, { open })))

describe("a refusal", () => {
  test.for([
    "ERR_RPC_UNAUTHENTICATED",
    "ERR_RPC_FORBIDDEN",
    "ERR_RPC_UNAVAILABLE",
    "ERR_RPC_OVERLOADED",
  ] satisfies RefusalCode[])("reaches the client as %s, with its message", async (code) => {
    const door = doorThat(() => {
      throw refusal(code, "Not you")
    })
    const error = await failureOf(door.open())
    expect(error).toBeInstanceOf(RpcError)
    expect(error).toMatchObject({ name: "RpcError", code, message: "Not you", mayHaveBeenServed: false })
  })

  test("has a message that can be sent, whatever it quotes", async () => {
    const door = doorThat(() => {
      throw refusal("ERR_RPC_FORBIDDEN", "half a pair: \ud83c")
    })
    expect(await failureOf(door.open())).toMatchObject({ message: "half a pair: \ufffd" })
  })

  test.for([
    [undefined, undefined],
    [1, 1],
    [0.2, 1],
    [2 ** 31 - 1, 2 ** 31 - 1],
  ])("tells the client to wait for %s ms as %s", async ([retryAfterMillis, told]) => {
    const door = doorThat(() => {
      throw refusal("ERR_RPC_OVERLOADED", "Full", { retryAfterMillis })
    })
    expect(await failureOf(door.open())).toMatchObject({ retryAfterMillis: told })
  })

  test.for([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31])(
    "cannot tell to wait for %s ms",
    (retryAfterMillis) => {
      expect(() => refusal("ERR_RPC_OVERLOADED", "Full", { retryAfterMillis })).toThrow(TypeError)
    },
  )

  test("goes one step: the clients of a client that lets it through are told nothing", async () => {
    const inner = doorThat(() => {
      throw refusal("ERR_RPC_UNAUTHENTICATED", "The key of the cellar, please")
    })
    const outer = doorThat(() => inner.open())
    expect(await failureOf(outer.open())).toMatchObject({ code: "ERR_RPC_REMOTE", message: "Internal error" })
  })

  test.for([
    "ERR_RPC_UNAUTHENTICATED",
    "ERR_RPC_UNKNOWN_MESSAGE",
    "ERR_RPC_REQUEST",
    "ERR_RPC_TIMEOUT",
  ] as const)("is not any error of this package: an RpcError %s in a handler tells nothing", async (code) => {
    const door = doorThat(() => {
      throw new RpcError(code, "password=hunter2")
    })
    expect(await failureOf(door.open())).toMatchObject({ code: "ERR_RPC_REMOTE", message: "Internal error" })
  })

  test("holds across copies of this package", async () => {
    const copy = (await import(/* @vite-ignore */ `./refusal.ts?copy=${Date.now()}`)) as {
      refusal: typeof refusal
    }
    expect(copy.refusal).not.toBe(refusal)
    const door = doorThat(() => {
      throw copy.refusal("ERR_RPC_FORBIDDEN", "Not you")
    })
    expect(await failureOf(door.open())).toMatchObject({ code: "ERR_RPC_FORBIDDEN" })
  })
})

describe("the code that a server sends", () => {
  const codes = new Set(
    readFileSync(new URL("errors.ts", import.meta.url), "utf8").match(/(?<=\| ")ERR_RPC_\w+/g),
  )
  const believed = [
    "ERR_RPC_FORBIDDEN",
    "ERR_RPC_METADATA",
    "ERR_RPC_OVERLOADED",
    "ERR_RPC_REQUEST",
    "ERR_RPC_TIMEOUT",
    "ERR_RPC_UNAUTHENTICATED",
    "ERR_RPC_UNAVAILABLE",
    "ERR_RPC_UNKNOWN_MESSAGE",
  ]

  test("is believed where it is one that a server may send", () => {
    expect(codes.size).toBeGreaterThan(believed.length)
    expect([...codes].filter((code) => codeOf(saying(code)) !== undefined).toSorted()).toEqual(believed)
  })

  test.for(["", "ERR_RPC_MADE_UP", "toString", "ERR_RPC_TIMEOUT ", "E".repeat(60_000), "\u{1f600}"])(
    "is ignored where it is %j",
    (code) => {
      expect(codeOf(saying(code))).toBeUndefined()
    },
  )

  test.for([
    ["1500", 1500],
    ["0", 0],
    ["", undefined],
    ["-1", undefined],
    ["1e9", undefined],
    ["1.5", undefined],
    ["2147483648", 2_147_483_647],
    ["9".repeat(60_000), undefined],
  ] as const)("is beside a wait, of which %j is %s", ([digits, expected]) => {
    expect(retryAfterIn({ "avrolet.retry-after": new TextEncoder().encode(digits) })).toBe(expected)
  })

  const saying = (code: string) => ({ "avrolet.code": new TextEncoder().encode(code) })
})
