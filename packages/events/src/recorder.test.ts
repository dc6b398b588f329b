import { hostname } from "node:os"
import { schema } from "@avrolet/avro"
import { expect, onTestFinished, test, vi } from "vitest"
import { readEvents } from "./read-events.ts"
import { createRecorder } from "./recorder.ts"
import type { RecorderOptions } from "./recorder-options.ts"
import { all } from "./testing/all.ts"
import { MemorySink } from "./testing/memory-sink.ts"
import { Served } from "./testing/served.ts"

test("what is recorded is read back, with when, where and by whom", async () => {
  const sink = new MemorySink()
  const before = Date.now()
  const traceId = "0af7651916cd43dd8448eb211c80319c"
  const recorder = createRecorder(sink, { service: "shop", traceId: () => traceId })
  recorder.record(Served, { route: "/a", millis: 1.5 })
  recorder.record(Served, { route: "/b", millis: 2.5 })
  await recorder.close()

  const [first, second] = await all(readEvents(sink, Served))
  expect(first).toMatchObject({ host: hostname(), pid: process.pid, service: "shop", traceId })
  expect(first?.at.getTime()).toBeGreaterThanOrEqual(before)
  expect(first?.at.getTime()).toBeLessThanOrEqual(Date.now())
  expect(first?.value).toEqual({ route: "/a", millis: 1.5 })
  expect(second?.value).toEqual({ route: "/b", millis: 2.5 })
  expect(second?.atNanos).toBeGreaterThan(first?.atNanos ?? 0n)
  expect(sink.isClosed).toBe(true)
})

test("an event is encoded at once: the value may be changed afterwards", async () => {
  const sink = new MemorySink()
  const recorder = createRecorder(sink)
  const value = { route: "/a", millis: 1 }
  recorder.record(Served, value)
  value.route = "/changed"
  await recorder.flush()
  expect((await all(readEvents(sink, Served)))[0]?.value.route).toBe("/a")
})

test("an event that does not fit is refused with the field, nothing of it is stored, and recording goes on", async () => {
  const sink = new MemorySink()
  const recorder = createRecorder(sink)
  recorder.record(Served, { route: "/a", millis: 1 })
  expect(() => recorder.record(Served, { route: "/b", millis: "2" as never })).toThrow(
    expect.objectContaining({ code: "ERR_AVRO_VALUE", path: ".millis" }),
  )
  recorder.record(Served, { route: "/c", millis: 3 })
  await recorder.flush()
  expect((await all(readEvents(sink, Served))).map(({ value }) => value.route)).toEqual(["/a", "/c"])
})

test("a trace id that cannot be asked for leaves nothing half-written", async () => {
  const sink = new MemorySink()
  let fails = true
  const recorder = createRecorder(sink, {
    traceId() {
      if (fails) throw new Error("no context")
      return "not a trace id"
    },
  })
  expect(() => recorder.record(Served, { route: "/a", millis: 1 })).toThrow("no context")
  fails = false
  recorder.record(Served, { route: "/b", millis: 2 })
  await recorder.flush()
  expect(await all(readEvents(sink, Served))).toMatchObject([{ traceId: undefined, value: { route: "/b" } }])
})

test("a trace id may be asked for by what records, too", async () => {
  const sink = new MemorySink()
  let asked = 0
  const recorder = createRecorder(sink, {
    traceId() {
      if (asked++ === 0) recorder.record(Served, { route: "/inner", millis: 1 })
      return undefined
    },
  })
  recorder.record(Served, { route: "/outer", millis: 2 })
  await recorder.close()
  const routes = (await all(readEvents(sink, Served))).map(({ value }) => value.route)
  expect(routes).toEqual(["/inner", "/outer"])
  expect(recorder.stats()).toMatchObject({ recorded: 2, acknowledged: 2, pendingBytes: 0 })
})

test("a value whose getter records an event of the same kind is refused, and nothing of it is stored", async () => {
  const sink = new MemorySink()
  const recorder = createRecorder(sink)
  const value = {
    get route() {
      recorder.record(Served, { route: "/inner", millis: 1 })
      return "/outer"
    },
    millis: 2,
  }
  expect(() => recorder.record(Served, value)).toThrow(
    "Cannot record example.Served while another is encoded",
  )
  recorder.record(Served, { route: "/next", millis: 3 })
  await recorder.close()
  expect((await all(readEvents(sink, Served))).map(({ value: { route } }) => route)).toEqual(["/next"])
})

test.for(["flush", "close"] as const)(
  "a value whose getter asks for a %s is stored with all that was recorded before it",
  async (asked) => {
    const sink = new MemorySink()
    const recorder = createRecorder(sink)
    let done: Promise<void> | undefined
    recorder.record(Served, { route: "/first", millis: 1 })
    recorder.record(Served, {
      get route() {
        done = recorder[asked]()
        return "/second"
      },
      millis: 2,
    })
    await done
    const values = (await all(readEvents(sink, Served))).map(({ value }) => value)
    expect(values).toEqual([
      { route: "/first", millis: 1 },
      { route: "/second", millis: 2 },
    ])
    expect(recorder.stats()).toMatchObject({ recorded: 2, acknowledged: 2, pendingBytes: 0 })
  },
)

test("time does not go back within a batch, though the clock is set back while one of another kind begins", async () => {
  vi.useFakeTimers({ toFake: ["Date"] })
  onTestFinished(() => void vi.useRealTimers())
  const Other = schema({ type: "record", name: "Other", fields: [] })
  const sink = new MemorySink()
  const recorder = createRecorder(sink)
  recorder.record(Served, { route: "/before", millis: 1 })
  vi.setSystemTime(Date.now() - 3_600_000)
  recorder.record(Other, {})
  recorder.record(Served, { route: "/same batch", millis: 2 })
  await recorder.flush()
  recorder.record(Served, { route: "/next batch", millis: 3 })
  await recorder.close()
  const [first, , next] = sink.batches
  expect(first?.lastAt).toBeGreaterThan(first?.firstAt ?? 0n)
  expect(next?.firstAt).toBeLessThan(first?.firstAt ?? 0n)
})

test("a batch goes to the sink when it is large enough", async () => {
  const sink = new MemorySink()
  const recorder = createRecorder(sink, { batchBytes: 1, batchMillis: 2 ** 30 })
  recorder.record(Served, { route: "/a", millis: 1 })
  recorder.record(Served, { route: "/b", millis: 1 })
  await vi.waitFor(() => expect(sink.batches).toHaveLength(2), 10_000)
  await recorder.close()
})

test("a batch goes to the sink when it is old enough", async () => {
  const sink = new MemorySink()
  const recorder = createRecorder(sink, { batchMillis: 10 })
  recorder.record(Served, { route: "/a", millis: 1 })
  await vi.waitFor(() => expect(sink.batches).toHaveLength(1), 10_000)
})

test("a batch says how many events it has, where each ends, and from when to when", async () => {
  const sink = new MemorySink()
  const recorder = createRecorder(sink)
  for (let index = 0; index < 1000; index++) recorder.record(Served, { route: "/", millis: index })
  await recorder.flush()
  const [{ count, bytes, ends, firstAt, lastAt } = sink.batches[0] as never] = sink.batches
  expect(count).toBe(1000)
  expect(ends).toHaveLength(1000)
  expect(ends.at(-1)).toBe(bytes.length)
  const each = bytes.length / 1000
  expect(ends[0]).toBe(each)
  expect(ends[499]).toBe(each * 500)
  const events = await all(readEvents(sink, Served))
  expect([events[0]?.atNanos, events.at(-1)?.atNanos]).toEqual([firstAt, lastAt])
})

test("who records faster than the sink stores is asked to wait, from half of what may wait", async () => {
  const sink = new MemorySink()
  const { release, held } = hold()
  sink.beforeWrite = () => held
  const recorder = createRecorder(sink, { batchBytes: 100, maxPendingBytes: 2000 })
  await recorder.room()
  while (recorder.record(Served, { route: "/", millis: 1 }));
  expect(recorder.stats().pendingBytes).toBeGreaterThanOrEqual(1000)
  expect(recorder.stats().pendingBytes).toBeLessThan(1100)
  const room = recorder.room()
  release()
  await room
  expect(recorder.stats().pendingBytes).toBeLessThan(1000)
  await recorder.close()
  const { recorded, acknowledged, dropped } = recorder.stats()
  expect([acknowledged, dropped]).toEqual([recorded, 0])
})

test("a sink with nothing to do gets what there is once it is full, however long a batch may wait", async () => {
  const sink = new MemorySink()
  const { release, held } = hold()
  sink.beforeWrite = () => held
  const recorder = createRecorder(sink, { maxPendingBytes: 2000, batchMillis: 2 ** 30 })
  while (recorder.record(Served, { route: "/", millis: 1 }));
  recorder.record(Served, { route: "/".repeat(1000), millis: 2 })
  const room = recorder.room()
  release()
  await room
  expect(sink.batches).toHaveLength(2)
  await recorder.close()
})

test("a value that is refused while its getter fills what may wait leaves those before it to be sent", async () => {
  const Other = schema({ type: "record", name: "Other", fields: [{ name: "text", type: "string" }] })
  const sink = new MemorySink()
  const recorder = createRecorder(sink, { maxPendingBytes: 2000, batchMillis: 10 })
  recorder.record(Served, { route: "/first", millis: 1 })
  const value = {
    get route(): string {
      recorder.record(Other, { text: "x".repeat(2000) })
      throw new Error("no route")
    },
    millis: 2,
  }
  expect(() => recorder.record(Served, value)).toThrow("no route")
  await vi.waitFor(() => expect(sink.batches).toHaveLength(2), 10_000)
  expect((await all(readEvents(sink, Served))).map(({ value: { route } }) => route)).toEqual(["/first"])
  await recorder.close()
})

test("with drop, nothing is dropped that an idle sink could have stored", async () => {
  const sink = new MemorySink()
  const recorder = createRecorder(sink, { maxPendingBytes: 20_000, batchMillis: 2 ** 30, whenFull: "drop" })
  for (let index = 0; index < 1000; index++) {
    recorder.record(Served, { route: "/", millis: index })
    if (index % 10 === 0) await new Promise(setImmediate)
  }
  expect(recorder.stats()).toMatchObject({ recorded: 1000, dropped: 0 })
  await recorder.close()
})

test.for(["block", "drop"] as const)(
  "with %s, what comes while all that may wait does is dropped and counted, so that memory is bounded",
  async (whenFull) => {
    const sink = new MemorySink()
    const { release, held } = hold()
    sink.beforeWrite = () => held
    const warned = vi.spyOn(process, "emitWarning").mockReturnValue()
    const recorder = createRecorder(sink, { batchBytes: 100, maxPendingBytes: 2000, whenFull })
    let waits = 0
    for (let index = 0; index < 1000; index++) {
      if (!recorder.record(Served, { route: "/", millis: index })) waits++
    }
    const { dropped, recorded, pendingBytes } = recorder.stats()
    expect(dropped + recorded).toBe(1000)
    expect(dropped).toBeGreaterThan(500)
    expect(pendingBytes).toBeLessThan(2100)
    expect(waits > 0).toBe(whenFull === "block")
    expect(warned.mock.calls).toHaveLength(whenFull === "block" ? 1 : 0)
    warned.mockRestore()
    release()
    await recorder.close()
    expect(await all(readEvents(sink, Served))).toHaveLength(recorded)
  },
)

test("what the sink fails with is told, rejects the next flush, is counted, and the next batch is tried", async () => {
  const sink = new MemorySink()
  const told: unknown[] = []
  const recorder = createRecorder(sink, { onError: (error) => told.push(error) })
  const failure = new Error("no space left")
  sink.beforeWrite = () => Promise.reject(failure)
  recorder.record(Served, { route: "/a", millis: 1 })
  const flushes = await Promise.allSettled([recorder.flush(), recorder.flush()])
  expect(flushes).toEqual([
    { status: "rejected", reason: failure },
    { status: "rejected", reason: failure },
  ])
  expect(told).toEqual([failure])

  sink.beforeWrite = async () => {}
  recorder.record(Served, { route: "/b", millis: 1 })
  await recorder.flush()
  expect(recorder.stats()).toMatchObject({ recorded: 2, acknowledged: 1, failed: 1, pendingBytes: 0 })
  await recorder.close()
})

test("what onError throws is thrown to nobody who waits", async () => {
  const sink = new MemorySink()
  sink.beforeWrite = () => Promise.reject(new Error("down"))
  const fault = new Error("a mistake in onError")
  const thrown = new Promise((resolve) => process.once("uncaughtException", resolve))
  const others = process.listeners("uncaughtException").slice(0, -1)
  for (const other of others) process.off("uncaughtException", other)
  const recorder = createRecorder(sink, {
    onError() {
      throw fault
    },
  })
  recorder.record(Served, { route: "/a", millis: 1 })
  await expect(recorder.flush()).rejects.toThrow("down")
  expect(await thrown).toBe(fault)
  for (const other of others) process.on("uncaughtException", other)
})

test("what failed before a flush is told by it, once", async () => {
  const sink = new MemorySink()
  const told = vi.fn<(error: unknown) => void>()
  const recorder = createRecorder(sink, { batchBytes: 1, onError: told })
  sink.beforeWrite = () => Promise.reject(new Error("down"))
  recorder.record(Served, { route: "/a", millis: 1 })
  await vi.waitFor(() => expect(told).toHaveBeenCalledOnce(), 10_000)
  await expect(recorder.flush()).rejects.toThrow("down")
  await recorder.flush()
  await recorder.close()
})

test("a schema that the sink refuses is refused to whoever records with it, and others are not", async () => {
  const Other = schema({ type: "record", name: "Other", fields: [] })
  const sink = new MemorySink()
  const refusal = Object.assign(new Error("cannot read what is there"), { code: "ERR_EVENTS_SCHEMA" })
  sink.beforeOpen = () => Promise.reject(refusal)
  const recorder = createRecorder(sink, { onError() {} })
  await expect(recorder.open(Served)).rejects.toBe(refusal)
  expect(() => recorder.record(Served, { route: "/a", millis: 1 })).toThrow(refusal)
  sink.beforeOpen = async () => {}
  recorder.record(Other, {})
  await recorder.close()
  expect(sink.batches).toHaveLength(1)
})

test("a sink that could not be opened is opened again with the next batch", async () => {
  const sink = new MemorySink()
  sink.beforeOpen = () => Promise.reject(new Error("no such disk"))
  const recorder = createRecorder(sink, { onError() {} })
  recorder.record(Served, { route: "/a", millis: 1 })
  await expect(recorder.flush()).rejects.toThrow("no such disk")
  sink.beforeOpen = async () => {}
  recorder.record(Served, { route: "/b", millis: 1 })
  await recorder.flush()
  expect(sink.batches).toHaveLength(1)
})

test("close stores what is recorded, and nothing can be recorded after it", async () => {
  const sink = new MemorySink()
  const recorder = createRecorder(sink)
  {
    await using using = recorder
    using.record(Served, { route: "/a", millis: 1 })
  }
  expect(sink.batches).toHaveLength(1)
  expect(() => recorder.record(Served, { route: "/b", millis: 1 })).toThrow(
    expect.objectContaining({ code: "ERR_EVENTS_CLOSED" }),
  )
  await expect(recorder.open(Served)).rejects.toMatchObject({ code: "ERR_EVENTS_CLOSED" })
  await recorder.close()
})

test.for([
  { batchBytes: 0 },
  { batchMillis: -1 },
  { batchMillis: 2 ** 31 },
  { maxPendingBytes: 1.5 },
  { whenFull: "wait" },
  { service: 5 },
  { host: null },
])("%j is refused", (options) => {
  expect(() => createRecorder(new MemorySink(), options as RecorderOptions)).toThrow(TypeError)
})

function hold(): { release: () => void; held: Promise<void> } {
  let release = (): void => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  return { release, held }
}
