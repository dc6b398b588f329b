import { setTimeout as wait } from "node:timers/promises"
import { afterEach, describe, expect, test, vi } from "vitest"
import { readEvents } from "../read-events.ts"
import { createRecorder, type Recorder } from "../recorder.ts"
import { all } from "../testing/all.ts"
import { MemorySink } from "../testing/memory-sink.ts"
import { Counted, createMetrics, Gauged, Measured, ProcessVitals, recordVitals } from "./index.ts"

afterEach(() => {
  vi.useRealTimers()
})

describe("metrics are recorded at an interval:", () => {
  test("a counter, by how much it went up; not where it did not", async () => {
    const { sink, recorder } = memory()
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] })
    const metrics = createMetrics(recorder, { intervalMillis: 1000 })
    metrics.counter("calls", { route: "/a", status: "200" }).add()
    metrics.counter("calls", { status: "200", route: "/a" }).add(2)
    vi.advanceTimersByTime(2000)
    metrics.counter("calls", { route: "/a", status: "200" }).add()
    metrics[Symbol.dispose]()
    vi.advanceTimersByTime(5000)
    await recorder.close()
    const labels = { route: "/a", status: "200" }
    expect((await all(readEvents(sink, Counted))).map(({ value }) => value)).toEqual([
      { name: "calls", labels, increase: 3, total: 3 },
      { name: "calls", labels, increase: 1, total: 4 },
    ])
  })

  test("a gauge, by what it shows; not before it shows anything", async () => {
    const { sink, recorder } = memory()
    const metrics = createMetrics(recorder)
    metrics.gauge("unset")
    metrics.gauge("queue").set(5)
    metrics.gauge("queue").set(3)
    metrics[Symbol.dispose]()
    await recorder.close()
    expect((await all(readEvents(sink, Gauged))).map(({ value }) => value)).toEqual([
      { name: "queue", labels: {}, value: 3 },
    ])
  })

  test("a histogram, by how its values are spread, to 9 percent", async () => {
    const { sink, recorder } = memory()
    const metrics = createMetrics(recorder)
    for (let value = 0; value <= 100; value++) metrics.histogram("millis").record(value)
    metrics[Symbol.dispose]()
    await recorder.close()
    const [event] = await all(readEvents(sink, Measured))
    const { buckets = [], ...rest } = event?.value ?? {}
    expect(rest).toEqual({ name: "millis", labels: {}, count: 101, sum: 5050, min: 0, max: 100 })
    expect(buckets[0]).toEqual({ upTo: 0, count: 1 })
    for (const rank of [10, 50, 90, 100]) {
      let seen = 0
      const { upTo = 0 } = buckets.find(({ count }) => (seen += count) > rank) ?? {}
      expect(upTo).toBeGreaterThanOrEqual(rank)
      expect(upTo).toBeLessThan(rank * 1.0906)
    }
  })

  test("labels that somebody else chooses do not fill the memory: what comes beyond goes together", async () => {
    const { sink, recorder } = memory()
    const metrics = createMetrics(recorder, { maxMetrics: 2 })
    for (let user = 0; user < 100; user++) metrics.counter("calls", { user: String(user) }).add()
    metrics[Symbol.dispose]()
    await recorder.close()
    const counted = (await all(readEvents(sink, Counted))).map(({ value }) => value)
    expect(counted.map(({ labels, increase }) => [labels, increase])).toEqual([
      [{ user: "0" }, 1],
      [{ user: "1" }, 1],
      [{ overflow: "true" }, 98],
    ])
  })

  test.for([-1, Number.NaN, Number.POSITIVE_INFINITY, "5"])(
    "%s is refused by a counter and by a histogram",
    (value) => {
      using metrics = createMetrics(memory().recorder)
      expect(() => metrics.counter("calls").add(value as number)).toThrow(TypeError)
      expect(() => metrics.histogram("millis").record(value as number)).toThrow(TypeError)
    },
  )

  test("what a counter refuses does not change it", async () => {
    const { sink, recorder } = memory()
    const metrics = createMetrics(recorder)
    expect(() => metrics.counter("calls").add(Number.POSITIVE_INFINITY)).toThrow("0 or more, got Infinity")
    metrics.counter("calls").add(2)
    metrics[Symbol.dispose]()
    await recorder.close()
    expect((await all(readEvents(sink, Counted))).map(({ value }) => value)).toMatchObject([
      { increase: 2, total: 2 },
    ])
  })

  test.for([Number.NaN, "5"])("%j is refused by a gauge", (value) => {
    using metrics = createMetrics(memory().recorder)
    expect(() => metrics.gauge("queue").set(value as number)).toThrow(TypeError)
  })

  test.for([{ intervalMillis: 0 }, { intervalMillis: 2 ** 31 }, { maxMetrics: -1 }])(
    "%j is refused",
    (options) => {
      expect(() => createMetrics(memory().recorder, options)).toThrow(TypeError)
    },
  )
})

test("the vitals of the process are recorded, with how late its event loop was", async () => {
  const { sink, recorder } = memory()
  {
    using _vitals = recordVitals(recorder)
    await wait(50)
    const end = performance.now() + 100
    const before = process.cpuUsage()
    while (performance.now() < end || process.cpuUsage(before).user < 20_000);
    await wait(50)
  }
  await recorder.close()
  const [event] = await all(readEvents(sink, ProcessVitals))
  const {
    millis = 0,
    rssBytes,
    heapUsedBytes,
    userCpuMillis,
    loopUtilization,
    loopDelayMaxMillis,
  } = event?.value ?? {}
  expect(millis).toBeGreaterThan(190)
  expect(heapUsedBytes).toBeGreaterThan(1e6)
  expect(rssBytes).toBeGreaterThan(heapUsedBytes ?? 0)
  expect(userCpuMillis).toBeGreaterThan(10)
  expect(loopUtilization).toBeGreaterThan(0.1)
  expect(loopDelayMaxMillis).toBeGreaterThan(50)
  expect(loopDelayMaxMillis).toBeLessThan(millis)
})

test.for([0, 2 ** 31])("vitals are not recorded every %d ms", (intervalMillis) => {
  expect(() => recordVitals(memory().recorder, { intervalMillis })).toThrow(TypeError)
})

function memory(): { sink: MemorySink; recorder: Recorder } {
  const sink = new MemorySink()
  return { sink, recorder: createRecorder(sink) }
}
