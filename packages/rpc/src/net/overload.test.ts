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
    await Promise.all(ids().map((id) => client.count({ id, filling: "" }))) // the connections are there

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
        retryAfterMillis: 1000,
      })
    }
    expect(millis).toBeLessThan(BLOCK_MILLIS * (served.length + 1) + 2000) // no time was spent on the others
    expect(await untilServed(client)).toBe(CALLS + served.length)
  })

  test("answers late where nobody told it not to", async () => {
    await using server = await startServer(name, { port: 0 })
    await using transport = connect(name, server.port)
    expect(await blockAll(createCounterClient(transport), 20)).toEqual(ids())
  })
})

const ids = (): number[] => Array.from({ length: CALLS }, (_, id) => id)

const blockAll = (client: CounterClient, millis: number): Promise<unknown[]> =>
  Promise.all(ids().map((id) => client.block({ id, millis }).catch((error: unknown) => error)))

async function untilServed(client: CounterClient): Promise<number> {
  const deadline = Date.now() + 10_000
  for (;;) {
    const outcome = await client.total({}).catch((error: unknown) => error)
    if (typeof outcome === "number") return outcome
    expect(Date.now()).toBeLessThan(deadline)
  }
}

function connect(name: TransportName, port: number): Transport {
  return name === "http" ? httpTransport(`http://127.0.0.1:${port}`) : tcpTransport({ port })
}
