// Three servers in processes of their own: one is slow, one dies and comes back, again and again. For 8 seconds;
// AVROLET_CHAOS_SECONDS says otherwise. What that does to the time calls take, examples/resilience prints.

import { expect, test } from "vitest"
import { createClient } from "../client.ts"
import { Counter } from "../fixtures/counter.ts"
import { httpTransport } from "../http/transport.ts"
import { RpcError } from "../index.ts"
import { tcpTransport } from "../tcp/transport.ts"
import { until } from "../testing/outcome.ts"
import { freePort } from "../testing/ports.ts"
import { startServer, type TransportName } from "../testing/server-process.ts"
import { balancedTransport } from "./balanced-transport.ts"
import { hedging } from "./hedging.ts"
import { retries } from "./retries.ts"
import { retryBudget } from "./retry-budget.ts"

const SECONDS = Number(process.env["AVROLET_CHAOS_SECONDS"] ?? 8)
const LANES = 16
const SLOW_MILLIS = 100
const LIFE_MILLIS = 1000

test.concurrent.for<TransportName>(["http", "tcp"])(
  "over %s, one slow server and one that dies cost few calls: each ends with its own answer or by code",
  { timeout: SECONDS * 1000 + 60_000 },
  async (name) => {
    await using quick = await startServer(name, { port: 0 })
    await using slow = await startServer(name, { port: 0 }, SLOW_MILLIS)
    let dying = await startServer(name, { port: await freePort() })
    const ports = [quick.port, slow.port, dying.port]
    await using transport = balancedTransport(
      ports.map((port) =>
        name === "http" ? httpTransport(`http://127.0.0.1:${port}`) : tcpTransport({ port }),
      ),
      { minEjectMillis: 100, maxEjectMillis: 400, returnMillis: 500 },
    )
    const budget = retryBudget()
    const interceptors = [
      retries(Counter, { safe: ["count"], budget }),
      hedging(Counter, { safe: ["count"], afterMillis: SLOW_MILLIS / 2, budget }),
    ]
    const client = createClient(Counter, transport, { interceptors, timeoutMillis: 5000 })
    const callsTo = (index: number): number => transport.servers()[index]?.calls ?? 0

    let isOver = false
    let [made, answered] = [0, 0]
    const failures = new Map<string, number>()
    const lane = async (): Promise<void> => {
      while (!isOver) {
        const id = made++
        const filling = "y".repeat(id % 2000)
        try {
          expect(await client.count({ id, filling })).toBe(`${id}:${filling}`)
          answered++
        } catch (error) {
          if (!(error instanceof RpcError)) throw error
          failures.set(error.code, (failures.get(error.code) ?? 0) + 1)
        }
      }
    }

    const lanes = Promise.all(Array.from({ length: LANES }, lane))
    const unlessBroken = (condition: Promise<void>): Promise<unknown> => Promise.race([lanes, condition])
    const live = (): Promise<unknown> =>
      unlessBroken(new Promise((resolve) => setTimeout(resolve, LIFE_MILLIS)))
    const endsAt = Date.now() + SECONDS * 1000
    let deaths = 0
    for (; Date.now() < endsAt; deaths++) {
      await live()
      await dying.kill()
      await unlessBroken(until(() => transport.servers()[2]?.isEjected === true))
      await live()
      const before = callsTo(2)
      dying = await startServer(name, { port: dying.port })
      await unlessBroken(until(() => callsTo(2) > before + LANES)) // it gets calls again
    }
    isOver = true
    await lanes
    await dying.kill()

    expect(made).toBe(answered + [...failures.values()].reduce((sum, count) => sum + count, 0))
    expect(["ERR_RPC_CONNECTION", "ERR_RPC_TIMEOUT"]).toEqual(expect.arrayContaining([...failures.keys()]))
    expect(answered).toBeGreaterThan(made * 0.95)
    expect(callsTo(1)).toBeLessThan(callsTo(0) / 2) // the slow one
    const served = transport.servers().reduce((sum, { calls }) => sum + calls, 0)
    const neverSent = deaths * 2 * LANES
    expect(served).toBeLessThanOrEqual(made * 1.1 + 10 + neverSent)
  },
)
