// A server that is killed and started again every second, under load: every call ends, with its own answer or
// with an error of ours. For 20 seconds; AVROLET_CHAOS_SECONDS says otherwise.

import { expect, test } from "vitest"
import { createCounterClient } from "../fixtures/counter.ts"
import { httpTransport } from "../http/transport.ts"
import { RpcError } from "../index.ts"
import { tcpTransport } from "../tcp/transport.ts"
import { freePort } from "../testing/ports.ts"
import { startServer, type TransportName } from "../testing/server-process.ts"

const SECONDS = Number(process.env["AVROLET_CHAOS_SECONDS"] ?? 20)
const LANES = 16
const TIMEOUT_MILLIS = 5000
const LIFE_MILLIS = 1000

test.concurrent.for<TransportName>(["http", "tcp"])(
  "over %s, a server that is killed every second costs the calls under way, and no more",
  { timeout: SECONDS * 1000 + 60_000 },
  async (name) => {
    const port = await freePort()
    let server = await startServer(name, { port })
    await using transport =
      name === "http"
        ? httpTransport(`http://127.0.0.1:${port}`)
        : tcpTransport({ port, minBackoffMillis: 20, maxBackoffMillis: 200 })
    const client = createCounterClient(transport)
    let isOver = false
    let id = 0
    let answered = 0
    let livesThatAnswered = 0
    const failures = new Map<string, number>()

    const lane = async (): Promise<void> => {
      while (!isOver) {
        const own = id++
        const filling = "y".repeat(own % 2000)
        try {
          expect(await client.count({ id: own, filling }, { timeoutMillis: TIMEOUT_MILLIS })).toBe(
            `${own}:${filling}`,
          )
          answered++
        } catch (error) {
          if (!(error instanceof RpcError)) throw error
          failures.set(error.code, (failures.get(error.code) ?? 0) + 1)
          await new Promise((resolve) => setTimeout(resolve, 10)) // not to ask a server that is down all the time
        }
      }
    }
    const lanes = Promise.all(Array.from({ length: LANES }, lane))

    const endsAt = Date.now() + SECONDS * 1000
    let lives = 0
    for (; Date.now() < endsAt; lives++) {
      const before = answered
      await Promise.race([lanes, new Promise((resolve) => setTimeout(resolve, LIFE_MILLIS))])
      await server.kill()
      if (answered > before) livesThatAnswered++
      server = await startServer(name, { port })
    }
    const before = answered
    while (answered < before + LANES)
      await Promise.race([lanes, new Promise((resolve) => setTimeout(resolve, 20))])
    isOver = true
    await lanes
    await server.kill()

    expect([...failures.keys()]).toEqual(["ERR_RPC_CONNECTION"])
    expect(livesThatAnswered).toBeGreaterThan(lives / 2)
  },
)
