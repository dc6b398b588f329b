import { describe, expect, test } from "vitest"
import { RpcError } from "../errors.ts"
import { type CounterClient, createCounterClient } from "../fixtures/counter.ts"
import { httpTransport } from "../http/transport.ts"
import { tcpTransport } from "../tcp/transport.ts"
import { startServer, type TransportName } from "../testing/server-process.ts"
import type { Transport } from "../transport.ts"

const CALLS = 30
const BLOCK_MILLIS = 150

describe.for<TransportName>(["http", "tcp"])("over %s, a server whose event loop is late", (name) => {
  test("refuses calls at once, serves again when it is not, and has run nothing that it refused", async () => {
    await using server = await startServer(name, { port: 0, maxLatenessMillis: 50 })
    await using transport = connect(name, server.port)
    const client = createCounterClient(transport)
    // the connections are there, and the server is in time on whatever else this machine does
    await Promise.all(ids().map((id) => untilServed(() => client.count({ id, filling: "" }))))

    const startedAt = performance.now()
    const outcomes = await blockAll(client, BLOCK_MILLIS)
    const millis = performance.now() - startedAt

    const refused = outcomes.filter((outcome) => outcome instanceof RpcError)
    const served = outcomes.filter((outcome) => !(outcome instanceof RpcError))
    expect(served.length).toBeGreaterThan(0)
    expect(refused.length).toBeGreaterThan(CALLS / 3)
    for (const error of refused) {
      expect(error).toMatchObject({
        code: "ERR_RPC_OVERLOADED",
        message: "The server's event loop is late",
        mayHaveBeenServed: false,
      })
    }
    expect(millis).toBeLessThan(BLOCK_MILLIS * (served.length + 1) + 2000) // no time was spent on the others
    expect(await untilServed(() => client.total({}))).toBe(CALLS + served.length)
  })

  test("answers late where nobody told it not to", async () => {
    await using server = await startServer(name, { port: 0 })
    await using transport = connect(name, server.port)
    expect(await blockAll(createCounterClient(transport), 20)).toEqual(ids())
  })
})

const ids = (): number[] => Array.from({ length: CALLS }, (_, id) => id)

const blockAll = (client: CounterClient, millis: number): Promise<(number | RpcError)[]> =>
  Promise.all(ids().map((id) => outcomeOf(client.block({ id, millis }))))

async function untilServed<T>(call: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + 10_000
  for (;;) {
    const outcome = await outcomeOf(call())
    if (!(outcome instanceof RpcError)) return outcome
    expect(Date.now()).toBeLessThan(deadline)
  }
}

const outcomeOf = <T>(calling: Promise<T>): Promise<T | RpcError> =>
  calling.catch((error: unknown) => {
    if (error instanceof RpcError) return error
    throw error
  })

function connect(name: TransportName, port: number): Transport {
  return name === "http" ? httpTransport(`http://127.0.0.1:${port}`) : tcpTransport({ port })
}
