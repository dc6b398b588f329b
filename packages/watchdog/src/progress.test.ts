import { describe, expect, test } from "vitest"
import { createProgress, findingsOf, type Reading } from "./progress.ts"

describe("readings on the thread", () => {
  test("count garbage collection from the first one on, and anew after the end", () => {
    const progress = createProgress()
    expect(progress.read().gcMillis).toBe(0)
    makeGarbage()
    const { gcMillis } = progress.read()
    expect(gcMillis).toBeGreaterThan(0)
    expect(progress.read().gcMillis).toBeGreaterThanOrEqual(gcMillis)
    progress.end()
    expect(progress.read().gcMillis).toBe(0)
    progress.end()
  })

  test("see microtasks run, and callbacks begin", async () => {
    const progress = createProgress()
    const [first, same] = [progress.read(), progress.read()]
    expect(same).toMatchObject({ microtasks: first.microtasks, callback: first.callback })
    await Promise.resolve()
    expect(progress.read().microtasks).toBeGreaterThan(first.microtasks)
    const later = await new Promise<typeof first>((resolve) => setTimeout(() => resolve(progress.read()), 1))
    expect(later.callback).not.toBe(first.callback)
    progress.end()
  })
})

describe("what readings show", () => {
  const at = (atMillis: number, more: Partial<Reading> = {}): Reading => ({
    atMillis,
    gcMillis: 0,
    microtasks: 0,
    callback: 1,
    ...more,
  })

  test("nothing, if there are none", () => {
    expect(findingsOf([])).toEqual({ gcMillis: 0, readMillis: 0, moves: 0, newCallbacks: 0, steps: 0 })
  })

  test("garbage collection between the first and the last", () => {
    const readings = [at(100, { gcMillis: 5 }), at(130), at(150, { gcMillis: 35 })]
    expect(findingsOf(readings)).toMatchObject({ gcMillis: 30, readMillis: 50, steps: 2, moves: 0 })
  })

  test("every step to another callback, or to a later microtask", () => {
    const readings = [
      at(0),
      at(1, { callback: 2 }),
      at(2, { callback: 2, microtasks: 1 }),
      at(3, { callback: 2, microtasks: 1 }),
    ]
    expect(findingsOf(readings)).toMatchObject({ steps: 3, moves: 2, newCallbacks: 1 })
  })
})

function makeGarbage(): void {
  let last: object = {}
  for (let i = 0; i < 3_000_000; i++) last = { i, text: [String(i)] }
  expect(last).toBeDefined()
}
