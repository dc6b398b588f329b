import { describe, expect, test } from "vitest"
import { readEvents } from "./read-events.ts"
import { createRecorder } from "./recorder.ts"
import { MemorySink } from "./testing/memory-sink.ts"
import { Served } from "./testing/served.ts"

describe("reading", () => {
  test("answers calls in their order, though they do not wait for each other", async () => {
    const reading = readEvents(await recorded(5), Served)
    const results = await Promise.all(Array.from({ length: 7 }, () => reading.next()))
    expect(results.map(({ value }) => value?.value.millis)).toEqual([0, 1, 2, 3, 4, undefined, undefined])
    expect(results.map(({ done }) => done)).toEqual([false, false, false, false, false, true, true])
  })

  test("that is left lets go of its source, and has no more events", async () => {
    const source = await recorded(5)
    let isLetGo = false
    const watched = {
      async *read() {
        try {
          yield* source.read()
        } finally {
          isLetGo = true
        }
      },
    }
    const reading = readEvents(watched, Served)
    for await (const { value } of reading) if (value.millis === 2) break
    expect(isLetGo).toBe(true)
    expect(await reading.next()).toEqual({ done: true, value: undefined })
  })

  test("ends with what the source throws, after the events before it", async () => {
    const source = await recorded(2)
    const broken = {
      async *read() {
        yield* source.read()
        throw new Error("the disk is gone")
      },
    }
    const reading = readEvents(broken, Served)
    expect((await reading.next()).value?.value.millis).toBe(0)
    expect((await reading.next()).value?.value.millis).toBe(1)
    await expect(reading.next()).rejects.toThrow("the disk is gone")
    expect(await reading.next()).toEqual({ done: true, value: undefined })
  })

  test("ends with the signal's reason at once, and not behind what is read already", async () => {
    const controller = new AbortController()
    const reading = readEvents(await recorded(5), Served, { signal: controller.signal })
    expect((await reading.next()).value?.value.millis).toBe(0)
    controller.abort(new Error("enough"))
    await expect(reading.next()).rejects.toThrow("enough")
    expect(await reading.next()).toEqual({ done: true, value: undefined })
  })

  test("refuses a time that is none", () => {
    expect(() => readEvents(new MemorySink(), Served, { since: new Date("tomorrow") })).toThrow(RangeError)
  })
})

async function recorded(count: number): Promise<MemorySink> {
  const sink = new MemorySink()
  const recorder = createRecorder(sink)
  for (let index = 0; index < count; index++) recorder.record(Served, { route: "/", millis: index })
  await recorder.close()
  return sink
}
