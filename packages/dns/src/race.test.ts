import { expect, test } from "vitest"
import { race } from "./race.ts"
import type { Answer } from "./servers.ts"

const found = (address: string): Answer => ({ addresses: [address], ttlMillis: 1000 })
const nothing: Answer = { addresses: [], ttlMillis: 0, error: new Error("nothing") }
const never = new Promise<Answer>(() => {})
const later = (answer: Answer): Promise<Answer> =>
  new Promise((resolve) => setTimeout(() => resolve(answer), 5))

test.for([
  ["both that are there", [found("::1"), found("127.0.0.1")], 2],
  ["both that come", [later(found("::1")), found("127.0.0.1")], 2],
  ["nothing and what comes after it", [nothing, later(found("127.0.0.1"))], 2],
  ["one of two, of which the other never comes", [never, found("127.0.0.1")], 1],
  ["the only one that is asked for", [later(found("127.0.0.1"))], 1],
] as const)("gives %s", async ([, answers, arrived]) => {
  expect(await race(answers)).toHaveLength(arrived)
})

test("gives what has come when the time is over", async () => {
  const late = Promise.resolve(nothing)
  expect(await race([never, found("127.0.0.1")], late)).toEqual([found("127.0.0.1"), nothing])
  expect(await race([never], late)).toEqual([nothing])
})

test("an event loop that was late loses no answer that has come meanwhile", async () => {
  const slow = new Promise<Answer>((resolve) =>
    setTimeout(() => setImmediate(() => resolve(found("::1"))), 40),
  )
  const raced = race([slow, found("127.0.0.1")])
  await new Promise((resolve) => setTimeout(resolve, 1))
  const until = performance.now() + 200
  while (performance.now() < until); // both timers are over when the loop goes on
  expect(await raced).toHaveLength(2)
})
