// What calls can rely on over every transport: time, metadata, refusals, interceptors. Part of the suite in
// transport.contract.ts, which see.

import { protocol } from "@avrolet/avro"
import { expect, test } from "vitest"
import { type ClientOptions, createClient } from "./client.ts"
import { declaredError } from "./declared-error.ts"
import {
  type CallContext,
  type Handlers,
  type ImplementOptions,
  implement,
  type Service,
} from "./implement.ts"
import type { Interceptor } from "./interceptor.ts"
import type { Metadata } from "./metadata.ts"
import { refusal } from "./refusal.ts"
import { failureOf, until } from "./testing/outcome.ts"
import type { Transport } from "./transport.ts"

const Desk = protocol({
  protocol: "Desk",
  namespace: "test",
  types: [{ type: "error", name: "Busy", fields: [{ name: "line", type: "int" }] }],
  messages: {
    ask: { request: [{ name: "what", type: "string" }], response: "string", errors: ["Busy"] },
    note: { request: [{ name: "what", type: "string" }], response: "null", "one-way": true },
  },
})

/** Starts serving, and says how to reach it. */
export type Connect = (service: Service) => Promise<{ transport: Transport; stop: () => Promise<void> }>

type Ask = (what: string, context: CallContext) => string | Promise<string>

/** Declares the tests of what calls carry. */
export function callContract(connect: Connect): void {
  test("a handler knows how long its client waits, also of a one-way call", async () => {
    const contexts: CallContext[] = []
    await using desk = await open(connect, (what, context) => {
      contexts.push(context)
      return what
    })
    await desk.client.ask({ what: "" }, { timeoutMillis: 60_000 })
    await desk.client.note({ what: "" }, { timeoutMillis: 60_000 })
    await until(() => contexts.length === 2)
    for (const { remainingMillis } of contexts) {
      expect(remainingMillis).toBeGreaterThan(0)
      expect(remainingMillis).toBeLessThanOrEqual(60_001) // sent in whole milliseconds, rounded up
    }
    await desk.client.ask({ what: "" })
    expect(contexts[2]?.remainingMillis).toBe(Number.POSITIVE_INFINITY)
  })

  test("a client's own limit holds for calls that say nothing else", async () => {
    await using desk = await open(connect, untilGivenUp, {}, { timeoutMillis: 50 })
    expect(await failureOf(desk.client.ask({ what: "" }))).toMatchObject({
      code: "ERR_RPC_TIMEOUT",
      message: "No response within 50 ms",
    })
    expect(await failureOf(desk.client.ask({ what: "" }, { timeoutMillis: 60 }))).toMatchObject({
      message: "No response within 60 ms",
    })
  })

  test("the calls that a handler makes have no more time than its own", async () => {
    const remaining: number[] = []
    await using back = await open(connect, (what, { remainingMillis }) => {
      remaining.push(remainingMillis)
      return what
    })
    await using front = await open(connect, async () => {
      await back.client.ask({ what: "no limit" })
      await back.client.ask({ what: "more" }, { timeoutMillis: 600_000 })
      await back.client.ask({ what: "less" }, { timeoutMillis: 30_000 })
      await back.client.ask({ what: "none of it" }, { detached: true })
      return "done"
    })
    await front.client.ask({ what: "" }, { timeoutMillis: 60_000 })
    const [unlimited, more, less, detached] = remaining
    expect(unlimited).toBeLessThanOrEqual(60_001)
    expect(more).toBeLessThanOrEqual(60_001)
    expect(less).toBeLessThanOrEqual(30_001)
    expect(detached).toBe(Number.POSITIVE_INFINITY)
  })

  test("the calls that a handler makes are given up with its own, but those that are detached", async () => {
    const behind: CallContext[] = []
    await using back = await open(connect, (what, context) => {
      behind.push(context)
      return what === "wait" ? untilGivenUp(what, context) : what
    })
    const outcomes: unknown[] = []
    await using front = await open(connect, async (what) => {
      outcomes.push(await failureOf(back.client.ask({ what })))
      outcomes.push(await failureOf(back.client.ask({ what: "too late" })))
      outcomes.push(await back.client.ask({ what: "cleaning up" }, { detached: true }))
      return ""
    })
    const controller = new AbortController()
    const call = failureOf(front.client.ask({ what: "wait" }, { signal: controller.signal }))
    await until(() => behind.length === 1)
    const reason = new Error("changed my mind")
    controller.abort(reason)
    expect(await call).toBe(reason)
    await until(() => behind[0]?.signal.aborted === true && outcomes.length === 3)
    expect(outcomes[1]).toBe(outcomes[0]) // why the call that is served was given up
    expect(outcomes[2]).toBe("cleaning up")
  })

  test("the calls that a handler makes end with its time", async () => {
    const behind: CallContext[] = []
    await using back = await open(connect, (what, context) => {
      if (what === "hello") return what
      behind.push(context)
      return untilGivenUp(what, context)
    })
    await using front = await open(connect, (what) => back.client.ask({ what }))
    await front.client.ask({ what: "hello" }) // both are connected
    while (behind.length === 0) {
      const error = await failureOf(front.client.ask({ what: "wait" }, { timeoutMillis: 200 }))
      expect(error).toMatchObject({ code: "ERR_RPC_TIMEOUT" })
    }
    await until(() => behind.every(({ signal }) => signal.aborted))
  })

  test("what a handler starts and leaves behind is not limited by the call that was answered", async () => {
    let leftBehind: Promise<string> | undefined
    let answered: () => void = () => {}
    const isAnswered = new Promise<void>((resolve) => (answered = resolve))
    await using back = await open(connect, (_what, { remainingMillis }) => String(remainingMillis))
    await using front = await open(connect, () => {
      leftBehind = isAnswered.then(() => back.client.ask({ what: "" }))
      return ""
    })
    await front.client.ask({ what: "" }, { timeoutMillis: 60_000 })
    answered()
    expect(await leftBehind).toBe("Infinity")
  })

  test("metadata goes both ways, beside results and beside errors of every kind", async () => {
    await using desk = await open(connect, (what, { metadata, responseMetadata }) => {
      responseMetadata["seen"] = metadata["sent"] ?? bytes("")
      if (what === "declared") throw declaredError(Desk, "Busy", { line: 7 })
      if (what === "refused")
        throw refusal("ERR_RPC_UNAVAILABLE", "Come back later", { retryAfterMillis: 1500 })
      if (what === "undeclared") throw new Error("password=hunter2")
      return what
    })
    const answers: unknown[] = []
    const ask = (what: string): Promise<string> => {
      const metadata = { sent: bytes(what) }
      const onMetadata = (received: Readonly<Metadata>): unknown => answers.push(text(received["seen"]))
      return desk.client.ask({ what }, { metadata, onMetadata })
    }
    expect(await ask("a result")).toBe("a result")
    expect(await failureOf(ask("declared"))).toMatchObject({ code: "ERR_RPC_DECLARED", value: { line: 7 } })
    expect(await failureOf(ask("refused"))).toMatchObject({
      code: "ERR_RPC_UNAVAILABLE",
      message: "Come back later",
      retryAfterMillis: 1500,
    })
    expect(await failureOf(ask("undeclared"))).toMatchObject({
      code: "ERR_RPC_REMOTE",
      message: "Internal error",
    })
    expect(answers).toEqual(["a result", "declared", "refused", "undeclared"])
  })

  test("interceptors are around calls on both sides: a token is sent, and asked for", async () => {
    const users = new WeakMap<object, string>()
    const authenticate: Interceptor = async (call, next) => {
      const token = text(call.metadata["token"])
      if (token !== "secret") throw refusal("ERR_RPC_UNAUTHENTICATED", "Send a token")
      users.set(call, "ada") // the handler's context is the same object
      return next()
    }
    const sendToken: Interceptor = (call, next) => {
      call.metadata["token"] = bytes("secret")
      return next()
    }
    const whoAmI: Ask = (_what, context) => users.get(context) ?? "nobody"
    await using desk = await open(connect, whoAmI, { interceptors: [authenticate] })
    expect(await failureOf(desk.client.ask({ what: "" }))).toMatchObject({
      code: "ERR_RPC_UNAUTHENTICATED",
      message: "Send a token",
    })
    const known = createClient(Desk, desk.transport, { interceptors: [sendToken] })
    expect(await known.ask({ what: "" })).toBe("ada")
    expect(await known.note({ what: "" })).toBeNull()
    await until(() => desk.notes.length === 1)
    expect(desk.notes).toEqual(["ada"])
  })

  test("a hundred calls at a time get their own answers, in whatever order these come", async () => {
    const answers: (() => void)[] = []
    await using desk = await open(
      connect,
      (what) => new Promise((resolve) => answers.push(() => resolve(what))),
    )
    const questions = Array.from({ length: 100 }, (_, index) => `question ${index}`)
    const outcomes = Promise.all(questions.map((what) => desk.client.ask({ what })))
    await until(() => answers.length === 100)
    const order = answers.map((answer, index) => ({ answer, place: (index * 37) % 100 }))
    order.sort((a, b) => a.place - b.place)
    for (const { answer } of order) {
      answer()
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(await outcomes).toEqual(questions)
  })

  test("a value of a megabyte goes both ways beside metadata", async () => {
    await using desk = await open(connect, (what, { metadata, responseMetadata }) => {
      Object.assign(responseMetadata, metadata)
      return what
    })
    const what = "a megabyte of text ".repeat(2 ** 20 / 19)
    let back: unknown
    const metadata = { sent: new Uint8Array(60_000).fill(7) }
    const onMetadata = (received: object): unknown => (back = received)
    expect(await desk.client.ask({ what }, { metadata, onMetadata })).toBe(what)
    expect(back).toEqual(metadata)
  })
}

const bytes = (said: string): Uint8Array => new TextEncoder().encode(said)
const text = (received: Uint8Array | undefined): string => new TextDecoder().decode(received)

const untilGivenUp: Ask = (_what, { signal }) =>
  new Promise((resolve) => signal.addEventListener("abort", () => resolve("nobody waits"), { once: true }))

/** A desk that is served, and a client of it. Closes with its scope. */
async function open(connect: Connect, ask: Ask, options?: ImplementOptions, clientOptions?: ClientOptions) {
  const notes: string[] = []
  const handlers: Handlers<NonNullable<(typeof Desk)["~types"]>["messages"]> = {
    ask: ({ what }, context) => ask(what, context),
    note: async ({ what }, context) => {
      notes.push(await ask(what, context))
      return null
    },
  }
  const { transport, stop } = await connect(implement(Desk, handlers, options))
  return {
    transport,
    notes,
    client: createClient(Desk, transport, clientOptions),
    async [Symbol.asyncDispose]() {
      await transport.close()
      await stop()
    },
  }
}
