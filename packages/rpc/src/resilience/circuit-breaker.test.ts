import { protocol } from "@avrolet/avro"
import { describe, expect, test } from "vitest"
import { createClient } from "../client.ts"
import { RpcError } from "../errors.ts"
import { implement } from "../implement.ts"
import { localTransport } from "../local.ts"
import { refusal } from "../refusal.ts"
import { serveTcp, tcpTransport } from "../tcp/index.ts"
import { eventually, failureOf, until } from "../testing/outcome.ts"
import { freePort } from "../testing/ports.ts"
import { createShop, Shop } from "../testing/shop.ts"
import { circuitBreaker } from "./circuit-breaker.ts"
import { retries } from "./retries.ts"

const Till = protocol({
  protocol: "Till",
  messages: { add: { request: [], response: "int" }, wait: { request: [], response: "int" } },
})

/** A till that may fail, and a client with a breaker. */
function createTill(options = {}, outer: Parameters<typeof createClient>[2] = {}) {
  const state = { runs: 0, waits: 0, error: undefined as unknown, release: (): void => {} }
  const service = implement(Till, {
    add: () => {
      state.runs++
      if (state.error !== undefined) throw state.error
      return state.runs
    },
    wait: () => {
      state.waits++
      return new Promise((resolve) => (state.release = () => resolve(1)))
    },
  })
  const interceptors = [...(outer.interceptors ?? []), circuitBreaker(options)]
  return { state, client: createClient(Till, localTransport(service), { interceptors }) }
}

const sick = refusal("ERR_RPC_UNAVAILABLE", "Not well")

describe("a circuit breaker", () => {
  test("lets calls fail by themselves until there are too many in a row, and then makes none", async () => {
    const { state, client } = createTill({ failuresInARow: 3 })
    state.error = sick
    for (let call = 0; call < 3; call++)
      expect(await failureOf(client.add())).toMatchObject({ code: "ERR_RPC_UNAVAILABLE" })
    const error = await failureOf(client.add())
    expect(error).toMatchObject({
      code: "ERR_RPC_CIRCUIT_OPEN",
      message: expect.stringMatching(
        /^Calls to Till failed, so this one was not made; the next may be in \d+ ms$/,
      ),
      cause: { code: "ERR_RPC_UNAVAILABLE", message: "Not well" },
      mayHaveBeenServed: false,
    })
    expect(state.runs).toBe(3)
  })

  test("makes no more calls when too many of the latest failed, though never two in a row", async () => {
    const { state, client } = createTill({ failureShare: 0.5, windowCalls: 10 })
    const codes: string[] = []
    for (let call = 0; call < 12; call++) {
      state.error = call % 2 === 0 ? undefined : sick
      await client.add().catch(({ code }: RpcError) => codes.push(code))
    }
    expect(codes).toEqual([
      ...Array.from({ length: 5 }, () => "ERR_RPC_UNAVAILABLE"),
      "ERR_RPC_CIRCUIT_OPEN",
      "ERR_RPC_CIRCUIT_OPEN",
    ])
    expect(state.runs).toBe(10)
  })

  test("lets one call try after a while, and all when that is answered", async () => {
    const { state, client } = createTill({ failuresInARow: 1, minOpenMillis: 500, maxOpenMillis: 500 })
    state.error = sick
    await failureOf(client.add())
    const callUntilTried = async (runs: number): Promise<void> => {
      while (state.runs < runs) {
        await client.add().catch(() => {})
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    await callUntilTried(2) // the try fails, and the circuit stays open
    expect(await failureOf(client.add())).toMatchObject({ code: "ERR_RPC_CIRCUIT_OPEN" })
    state.error = undefined
    await callUntilTried(3)
    for (let call = 0; call < 20; call++) await client.add()
    expect(state.runs).toBe(23)
  })

  test("lets no second call try while the first is under way", async () => {
    const { state, client } = createTill({ failuresInARow: 1, minOpenMillis: 1, maxOpenMillis: 60_000 })
    state.error = sick
    await failureOf(client.add())
    const tries: Promise<number>[] = []
    await until(() => {
      const call = client.wait()
      call.catch(() => {})
      tries.push(call)
      return state.waits === 1
    })
    for (let call = 0; call < 10; call++)
      expect(await failureOf(client.add())).toMatchObject({ code: "ERR_RPC_CIRCUIT_OPEN" })
    state.error = undefined
    state.release()
    expect(await Promise.any(tries)).toBe(1)
    expect(await client.add()).toBe(2)
    expect([state.runs, state.waits]).toEqual([2, 1])
  })

  test.for<[string, unknown]>([
    ["an error of the application", new Error("password=hunter2")],
    ["a caller without the right", refusal("ERR_RPC_FORBIDDEN", "No")],
  ])("stays closed whatever the service answers: %s", async ([, error]) => {
    const { state, client } = createTill({ failuresInARow: 2 })
    state.error = error
    for (let call = 0; call < 10; call++) await failureOf(client.add())
    expect(state.runs).toBe(10)
  })

  test("stays open to retries, which do not repeat what it rejects", async () => {
    const retry = retries(Till, { safe: ["add"], maxTries: 10, minBackoffMillis: 1, maxBackoffMillis: 1 })
    const { state, client } = createTill({ failuresInARow: 3 }, { interceptors: [retry] })
    state.error = sick
    expect(await failureOf(client.add())).toMatchObject({ code: "ERR_RPC_CIRCUIT_OPEN" })
    expect(state.runs).toBe(3)
  })

  test("opens at once where nobody listens, and closes when somebody does", async () => {
    const port = await freePort()
    await using transport = tcpTransport({ port, minBackoffMillis: 1, maxBackoffMillis: 10 })
    const interceptors = [circuitBreaker({ minOpenMillis: 500, maxOpenMillis: 500 })]
    const client = createClient(Shop, transport, { interceptors })
    expect(await failureOf(client.echo({ query: "" }))).toMatchObject({ code: "ERR_RPC_CONNECTION" })
    expect(await failureOf(client.echo({ query: "" }))).toMatchObject({ code: "ERR_RPC_CIRCUIT_OPEN" })
    await using _server = await serveTcp(createShop().service, { port })
    expect(await eventually(() => client.echo({ query: "back" }))).toBe("back")
  })

  test("fails with an error that a switch on codes can tell from the server's own", async () => {
    const { state, client } = createTill({ failuresInARow: 1 })
    state.error = sick
    const codes: string[] = []
    for (let call = 0; call < 3; call++) {
      const error = await failureOf(client.add())
      if (error instanceof RpcError) codes.push(error.code)
    }
    expect(codes).toEqual(["ERR_RPC_UNAVAILABLE", "ERR_RPC_CIRCUIT_OPEN", "ERR_RPC_CIRCUIT_OPEN"])
  })

  test.for([
    { failuresInARow: 0 },
    { failureShare: 2 },
    { minOpenMillis: -1 },
    { maxOpenMillis: Number.NaN },
  ])("refuses %o", (options) => expect(() => circuitBreaker(options)).toThrow(TypeError))
})
