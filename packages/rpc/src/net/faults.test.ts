// Calls over a line that loses, delays, resets and cuts: every one of them ends, with its own answer or with an
// error of ours, and none is served twice. AVROLET_FAULT_SEED repeats what a failure names.

import { expect, test } from "vitest"
import { type CounterClient, createCounter, createCounterClient } from "../fixtures/counter.ts"
import { serveHttp } from "../http/serve.ts"
import { httpTransport } from "../http/transport.ts"
import { RpcError } from "../index.ts"
import { serveTcp } from "../tcp/serve.ts"
import { tcpTransport } from "../tcp/transport.ts"
import { faultyProxyTo } from "../testing/faulty-proxy.ts"
import type { TransportName } from "../testing/server-process.ts"

const CALLS = 3000
const LANES = 24
const TIMEOUT_MILLIS = 1500

test.concurrent.for<TransportName>(["http", "tcp"])(
  "over %s, each call ends with its own answer or an error, and is served once at most",
  { timeout: 120_000 },
  async (name, { expect: expected }) => {
    const seed = Number(process.env["AVROLET_FAULT_SEED"] ?? Math.floor(Math.random() * 2 ** 31))
    const { service, served } = createCounter()
    await using server = await (name === "http" ? serveHttp : serveTcp)(service, { port: 0 })
    await using proxy = await faultyProxyTo(server.port as number, seed)
    await using transport =
      name === "http"
        ? httpTransport(`http://127.0.0.1:${proxy.port}`)
        : tcpTransport({ port: proxy.port, pingMillis: 300, maxBackoffMillis: 50, minBackoffMillis: 10 })

    const outcomes = await callInLanes(createCounterClient(transport))

    const errors = outcomes.filter((outcome) => outcome instanceof RpcError)
    for (const [id, outcome] of outcomes.entries()) {
      if (typeof outcome === "string") expected(outcome, `seed ${seed}`).toBe(`${id}:${filling(id)}`)
      else expected(outcome, `seed ${seed}`).toBeInstanceOf(RpcError)
    }
    const times = (id: number): number => served.get(id) ?? 0
    expected(Math.max(...served.values()), `seed ${seed}`).toBe(1)
    for (const [id, outcome] of outcomes.entries()) {
      if (typeof outcome === "string") expected(times(id), `seed ${seed}`).toBe(1)
      else if (outcome instanceof RpcError && !outcome.mayHaveBeenServed)
        expected(times(id), `seed ${seed}: call ${id}, ${outcome.message}`).toBe(0)
    }
    const codes = new Set(errors.map(({ code }) => code))
    codes.delete("ERR_RPC_TIMEOUT") // where the line went silent
    expected([...codes]).toEqual(["ERR_RPC_CONNECTION"])
    expected(outcomes.length - errors.length).toBeGreaterThan(CALLS / 10) // most of them, on a line as bad as this
    const faults = Object.values(proxy.faults).reduce((sum, count) => sum + count, 0)
    expected(faults).toBeGreaterThan(20)
  },
)

/** Small ones, and some that take several chunks. */
const filling = (id: number): string => "x".repeat(id % 50 === 0 ? 200_000 : id % 100)

async function callInLanes(client: CounterClient): Promise<unknown[]> {
  const outcomes: unknown[] = []
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < CALLS) {
      const id = next++
      outcomes[id] = await client
        .count({ id, filling: filling(id) }, { timeoutMillis: TIMEOUT_MILLIS })
        .catch((error: unknown) => error)
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  expect(outcomes).toHaveLength(CALLS)
  return outcomes
}
