import fc from "fast-check"
import { expect, test } from "vitest"
import { AnswerCache, type CacheLimits } from "./cache.ts"
import type { Answer } from "./servers.ts"
import { createClock } from "./testing/clock.ts"

const found = (ttlMillis: number, ...addresses: string[]): Answer => ({ addresses, ttlMillis })
const failed = (code: string): Answer => ({
  addresses: [],
  ttlMillis: 0,
  error: Object.assign(new Error(code), { code }),
})

test("an answer is kept for its TTL, then given once more while it is asked for again", async () => {
  const { cache, answers, asked, clock } = createCache()
  answers.set("a", found(60_000, "192.0.2.1"))
  expect(await cache.get("a", 4)).toMatchObject({ addresses: ["192.0.2.1"] })
  clock.advance(59_999)
  answers.set("a", found(60_000, "192.0.2.2"))
  expect(cache.get("a", 4)).toMatchObject({ addresses: ["192.0.2.1"] })
  expect(asked).toEqual(["a"])
  clock.advance(1)
  expect(cache.get("a", 4)).toMatchObject({ addresses: ["192.0.2.1"] })
  expect(cache.get("a", 4)).toMatchObject({ addresses: ["192.0.2.1"] })
  expect(asked).toEqual(["a", "a"])
  await turn()
  expect(cache.get("a", 4)).toMatchObject({ addresses: ["192.0.2.2"] })
  expect(asked).toEqual(["a", "a"])
})

test("what is staler than it may be is not given", async () => {
  const { cache, answers, clock } = createCache({ staleMillis: 10_000 })
  answers.set("a", found(60_000, "192.0.2.1"))
  await cache.get("a", 4)
  clock.advance(70_000)
  answers.set("a", found(60_000, "192.0.2.2"))
  expect(await cache.get("a", 4)).toMatchObject({ addresses: ["192.0.2.2"] })
})

test("while the servers fail, what is stale is given, and they are asked once a second", async () => {
  const { cache, answers, asked, clock } = createCache({ staleMillis: 10_000 })
  answers.set("a", found(1000, "192.0.2.1"))
  await cache.get("a", 4)
  answers.set("a", failed("ETIMEOUT"))
  for (let quarters = 0; quarters < 4 * 11 - 1; quarters++) {
    clock.advance(250)
    expect(await cache.get("a", 4)).toMatchObject({ addresses: ["192.0.2.1"] })
    await turn()
  }
  expect(asked).toHaveLength(1 + 10)
  clock.advance(1000)
  expect(await cache.get("a", 4)).toMatchObject({ error: { code: "ETIMEOUT" } })
})

test("that a name is gone replaces what is stale", async () => {
  const { cache, answers, clock } = createCache()
  answers.set("a", found(1000, "192.0.2.1"))
  await cache.get("a", 4)
  answers.set("a", failed("ENOTFOUND"))
  clock.advance(1000)
  expect(cache.get("a", 4)).toMatchObject({ addresses: ["192.0.2.1"] })
  await turn()
  expect(cache.get("a", 4)).toMatchObject({ error: { code: "ENOTFOUND" } })
})

test.for([
  ["ENOTFOUND", 5000],
  ["ENODATA", 5000],
  ["ESERVFAIL", 1000],
  ["ETIMEOUT", 1000],
] as const)("%s is kept for %i ms", async ([code, millis]) => {
  const { cache, answers, asked, clock } = createCache({ negativeTtlMillis: 5000 })
  answers.set("a", failed(code))
  await cache.get("a", 4)
  clock.advance(millis - 1)
  expect(cache.get("a", 4)).toMatchObject({ error: { code } })
  clock.advance(1)
  expect(cache.get("a", 4)).toBeInstanceOf(Promise)
  expect(asked).toHaveLength(2)
})

test("an answer with a TTL of 0 is for those who asked until it came, and for no one else", async () => {
  const { cache, answers, asked } = createCache()
  answers.set("a", found(0, "192.0.2.1"))
  await Promise.all([1, 2].map(async () => cache.get("a", 4)))
  expect(asked).toHaveLength(1)
  await cache.get("a", 4)
  expect(asked).toHaveLength(2)
})

test("no answer is kept for longer than maxTtlMillis", async () => {
  const { cache, answers, asked, clock } = createCache({ maxTtlMillis: 3000, staleMillis: 0 })
  answers.set("a", found((2 ** 31 - 1) * 1000, "192.0.2.1"))
  await cache.get("a", 4)
  clock.advance(3000)
  await cache.get("a", 4)
  expect(asked).toHaveLength(2)
})

test("families are kept apart, and one question of each is in flight", async () => {
  const { cache, answers, asked } = createCache()
  answers.set("a", found(1000, "192.0.2.1"))
  const all = Array.from({ length: 100 }, async (_, i) => cache.get("a", i % 2 === 0 ? 4 : 6))
  await Promise.all(all)
  expect(asked).toHaveLength(2)
})

test("the one that was not used for the longest makes room", async () => {
  const { cache, answers, asked } = createCache({ maxEntries: 2 })
  for (const name of ["a", "b", "c"]) answers.set(name, found(1000, "192.0.2.1"))
  for (const name of ["a", "b", "a", "c", "a"]) await cache.get(name, 4)
  expect(asked).toEqual(["a", "b", "c"])
  await cache.get("b", 4)
  expect(asked).toEqual(["a", "b", "c", "b"])
})

test("a flood of names that are not there drives out none that is", async () => {
  const { cache, answers, asked } = createCache({ maxEntries: 10 })
  answers.set("a", found(1000, "192.0.2.1"))
  await cache.get("a", 4)
  for (let i = 0; i < 1000; i++) await cache.get(`random-${i}`, 4)
  await cache.get("a", 4)
  expect(asked.filter((name) => name === "a")).toHaveLength(1)
})

test("whatever is asked, answered and when: no more is kept than may be, and nothing beyond its time", async () => {
  const step = fc.record({
    name: fc.constantFrom("a", "b", "c", "d", "e"),
    answer: fc.oneof(
      fc.record({ ttlMillis: fc.integer({ min: 0, max: 4000 }) }),
      fc.constantFrom("ENOTFOUND", "ESERVFAIL"),
    ),
    waitMillis: fc.integer({ min: 0, max: 3000 }),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const limits = { maxEntries: 3, maxTtlMillis: 2000, negativeTtlMillis: 1000, staleMillis: 500 }
      const { cache, answers, asked, clock } = createCache(limits)
      for (const { name, answer, waitMillis } of steps) {
        clock.advance(waitMillis)
        answers.set(
          name,
          typeof answer === "string" ? failed(answer) : found(answer.ttlMillis, String(clock.now())),
        )
        const { addresses } = await cache.get(name, 4)
        await turn()
        for (const saidAt of addresses) expect(clock.now() - Number(saidAt)).toBeLessThan(2500)
      }
      asked.length = 0
      answers.clear()
      const names = ["a", "b", "c", "d", "e"]
      const kept = names.filter((name) => !(cache.get(name, 4) instanceof Promise))
      expect(kept.length).toBeLessThanOrEqual(2 * limits.maxEntries)
    }),
  )
})

function createCache(limits: Partial<CacheLimits> = {}) {
  const clock = createClock()
  const asked: string[] = []
  const answers = new Map<string, Answer>()
  const defaults = { maxEntries: 1000, maxTtlMillis: 3_600_000, negativeTtlMillis: 5000, staleMillis: 10_000 }
  const ask = async (name: string): Promise<Answer> => {
    asked.push(name)
    return answers.get(name) ?? failed("ENOTFOUND")
  }
  return { cache: new AnswerCache(ask, { ...defaults, ...limits }, clock.now), answers, asked, clock }
}

/** Lets what is answered arrive. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
