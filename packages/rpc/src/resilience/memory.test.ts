import { getEventListeners, setMaxListeners } from "node:events"
import { protocol } from "@avrolet/avro"
import { expect, test } from "vitest"
import { createClient } from "../client.ts"
import { implement } from "../implement.ts"
import { localTransport } from "../local.ts"
import { refusal } from "../refusal.ts"
import { bytesInUse } from "../testing/memory.ts"
import { balancedTransport } from "./balanced-transport.ts"
import { circuitBreaker } from "./circuit-breaker.ts"
import { hedging } from "./hedging.ts"
import { retries } from "./retries.ts"
import { retryBudget } from "./retry-budget.ts"

const Coin = protocol({ protocol: "Coin", messages: { toss: { request: [], response: "string" } } })

/** A server that refuses one call in so many, and is slow to answer another. */
function createCoin(every: number) {
  let calls = 0
  return implement(Coin, {
    toss: async () => {
      if (++calls % every === 0) throw refusal("ERR_RPC_UNAVAILABLE", "Not now")
      if (calls % every === 1) await new Promise((resolve) => setTimeout(resolve, 5))
      return "heads"
    },
  })
}

test("nothing is kept of calls that are over, however they ended", { timeout: 60_000 }, async () => {
  const transport = balancedTransport([7, 11, 13].map((every) => localTransport(createCoin(every))))
  const budget = retryBudget({ share: 0.02 })
  const client = createClient(Coin, transport, {
    timeoutMillis: 60_000,
    interceptors: [
      retries(Coin, { safe: ["toss"], budget, minBackoffMillis: 1, maxBackoffMillis: 2 }),
      hedging(Coin, { safe: ["toss"], afterMillis: 1, budget }),
      circuitBreaker({ failuresInARow: 50 }),
    ],
  })
  const { signal } = new AbortController() // of the whole process, say: it outlives all calls
  setMaxListeners(20, signal)
  const outcomes = new Map<string, number>()
  const call = async (times: number): Promise<void> => {
    for (let time = 0; time < times; time++) {
      const outcome = await client.toss({}, { signal }).catch(({ code }: { code: string }) => code)
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    }
  }
  const load = async (times: number): Promise<void> => {
    await Promise.all(Array.from({ length: 20 }, () => call(times)))
  }
  await load(20)
  const before = await bytesInUse()
  await load(200)
  expect((await bytesInUse()) - before).toBeLessThan(500_000) // of 4000 calls; a listener each would be more
  expect(getEventListeners(signal, "abort")).toHaveLength(0)
  expect(transport.servers().every(({ callsInFlight }) => callsInFlight === 0)).toBe(true)
  expect([...outcomes.keys()].toSorted()).toEqual(["ERR_RPC_UNAVAILABLE", "heads"])
})
