import { appendFile, readFile, rm, truncate, utimes, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { indexContainer } from "@avrolet/avro/container"
import { afterEach, describe, expect, test, vi } from "vitest"
import { type ReadEventsOptions, tail } from "../read-events.ts"
import { createRecorder, type Recorder } from "../recorder.ts"
import { all } from "../testing/all.ts"
import { filesIn, newDirectory } from "../testing/directory.ts"
import { Served } from "../testing/served.ts"
import { fileSink, fileSource } from "./index.ts"

const HOUR = 3_600_000

afterEach(() => {
  vi.useRealTimers()
})

describe("tail gives what is recorded from now on", () => {
  test("over the rotation of files, and from recorders that come later", async () => {
    const directory = await newDirectory()
    const before = createRecorder(fileSink(directory))
    await recordSome(before, 0, 10)
    await new Promise((resolve) => setTimeout(resolve, 5))
    const { next, stop } = tailing(directory, {})
    const first = next(1) // the tail has begun once it is asked
    const recorder = createRecorder(fileSink(directory, { maxFileBytes: 1500 }))
    for (let round = 0; round < 5; round++) await recordSome(recorder, round * 20, 20)
    await first
    const rest = await next(99)
    expect([...(await first), ...rest].toSorted((a, b) => a - b)).toEqual(numbers(100))
    expect((await filesIn(directory)).length).toBeGreaterThan(3)

    const later = createRecorder(fileSink(directory))
    await recordSome(later, 100, 10)
    expect(await next(10)).toEqual(numbers(110).slice(100))
    await recordSome(before, 110, 1)
    expect(await next(1)).toEqual([110])
    for (const one of [before, recorder, later]) await one.close()
    await stop()
  })

  test("in a directory that is not there yet", async () => {
    const directory = join(await newDirectory(), "later", "events")
    const { next, stop } = tailing(directory, {})
    const first = next(10)
    const recorder = createRecorder(fileSink(directory))
    await recordSome(recorder, 0, 10)
    expect(await first).toEqual(numbers(10))
    await recorder.close()
    await stop()
  })

  test("and before that what was recorded since a time", async () => {
    const directory = await newDirectory()
    const recorder = createRecorder(fileSink(directory))
    await recordSome(recorder, 0, 10)
    const { next, stop } = tailing(directory, { since: new Date(0) })
    expect(await next(10)).toEqual(numbers(10))
    await recordSome(recorder, 10, 10)
    expect(await next(10)).toEqual(numbers(20).slice(10))
    await recorder.close()
    await stop()
  })

  test("a block that is being written is given once it is whole", async () => {
    const { directory, path, whole } = await fileOfTwoBlocks()
    await writeFile(path, whole.subarray(0, -20))
    const { next, stop } = tailing(directory, { since: new Date(0) })
    expect(await next(10)).toEqual(numbers(10))
    const rest = next(10)
    await appendFile(path, whole.subarray(-20, -5))
    await appendFile(path, whole.subarray(-5))
    expect(await rest).toEqual(numbers(20).slice(10))
    await stop()
  })

  test("from a file past its age too: a write was held up, or the reader's clock is ahead", async () => {
    const { directory, path, whole } = await fileOfTwoBlocks()
    const end = (await indexContainer(path)).blocks[1]?.offset
    await truncate(path, end)
    const { next, stop } = tailing(directory, { since: new Date(0) })
    expect(await next(10)).toEqual(numbers(10))
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + HOUR + 50_000 })
    const later = createRecorder(fileSink(directory))
    await recordSome(later, 20, 10)
    expect(await next(10)).toEqual(numbers(30).slice(20)) // it has looked at the file before this one
    await appendFile(path, whole.subarray(end))
    expect(await next(10)).toEqual(numbers(20).slice(10))
    await later.close()
    await stop()
  })

  test("and opens no file that was last modified long before, until it is written to again", async () => {
    const directory = await newDirectory()
    const recorder = createRecorder(fileSink(directory))
    await recordSome(recorder, 0, 10)
    const [path = ""] = await filesIn(directory)
    const foreign = join(dirname(path), "foreign.avro")
    await writeFile(foreign, "text")
    const hourAgo = new Date(Date.now() - HOUR)
    for (const file of [path, foreign]) await utimes(file, hourAgo, hourAgo)
    const told: string[] = []
    const since = new Date(Date.now() - 60_000)
    const { next, stop } = tailing(directory, { since, onDamage: ({ code }) => told.push(code) })
    const other = createRecorder(fileSink(directory))
    await recordSome(other, 10, 10)
    expect(await next(10)).toEqual(numbers(20).slice(10))
    await recordSome(other, 20, 10)
    expect(await next(10)).toEqual(numbers(30).slice(20))
    expect(told).toEqual([])
    await recordSome(recorder, 30, 1)
    expect(await next(11)).toEqual([...numbers(10), 30])
    const last = next(1)
    await appendFile(foreign, "and more")
    await vi.waitFor(() => expect(told).toEqual(["ERR_EVENTS_FOREIGN"]), { timeout: 10_000 })
    await recordSome(other, 31, 1)
    expect(await last).toEqual([31])
    for (const one of [recorder, other]) await one.close()
    await stop()
  })

  test.for([
    { name: "damage at the end of a file", damage: (path: string) => appendFile(path, new Uint8Array(500)) },
    { name: "a file that is none of ours", damage: (path: string) => writeFile(path, "text") },
  ])("and tells $name once, however often it looks at it", async ({ damage }) => {
    const directory = await newDirectory()
    const [before, after] = [createRecorder(fileSink(directory)), createRecorder(fileSink(directory))]
    await recordSome(before, 0, 10)
    await before.close()
    await damage((await filesIn(directory))[0] ?? "")
    const told: string[] = []
    const { next, stop } = tailing(directory, {
      since: new Date(Date.now() - HOUR),
      onDamage: ({ code }) => told.push(code),
    })
    for (let count = 100; count < 103; count++) {
      await recordSome(after, count, 1)
      let last = -1
      while (last < count) last = (await next(1))[0] ?? -1
    }
    expect(told).toEqual(["ERR_EVENTS_DAMAGED"])
    await after.close()
    await stop()
  })

  test("and goes on where a file is removed", async () => {
    const directory = await newDirectory()
    const recorder = createRecorder(fileSink(directory))
    await recordSome(recorder, 0, 10)
    await recorder.close()
    const { next, stop } = tailing(directory, { since: new Date(0) })
    expect(await next(10)).toEqual(numbers(10))
    await rm((await filesIn(directory))[0] ?? "")
    const later = createRecorder(fileSink(directory))
    await recordSome(later, 10, 10)
    expect(await next(10)).toEqual(numbers(20).slice(10))
    await later.close()
    await stop()
  })
})

test("the signal ends a tail that waits, with its reason", async () => {
  const directory = await newDirectory()
  const controller = new AbortController()
  const reading = tail(fileSource(directory), Served, { signal: controller.signal })
  const next = reading.next()
  controller.abort(new Error("enough"))
  await expect(next).rejects.toThrow("enough")
})

test("the signal ends a tail while it lists what there is, without a wait", async () => {
  const controller = new AbortController()
  const { signal } = controller
  const check = signal.throwIfAborted.bind(signal)
  signal.throwIfAborted = () => {
    check()
    queueMicrotask(() => controller.abort(new Error("enough"))) // behind this look at it, and before the next
  }
  const source = fileSource(await newDirectory(), { pollMillis: 60_000 })
  await expect(all(source.read({ follow: true, signal }))).rejects.toThrow("enough")
})

interface Tailing {
  readonly next: (count: number) => Promise<number[]>
  readonly stop: () => Promise<void>
}

function tailing(directory: string, options: ReadEventsOptions): Tailing {
  const controller = new AbortController()
  const { signal } = controller
  const reading = tail(fileSource(directory, { pollMillis: 50 }), Served, { ...options, signal })
  return {
    async next(count) {
      const found: number[] = []
      while (found.length < count) {
        const { value } = await reading.next()
        if (value !== undefined) found.push(value.value.millis)
      }
      return found
    },
    async stop() {
      const last = reading.next()
      controller.abort(new Error("the test is over"))
      await expect(last).rejects.toThrow("the test is over")
    },
  }
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

/** A file with the numbers to 10 in one block, and those to 20 in another. */
async function fileOfTwoBlocks() {
  const directory = await newDirectory()
  const recorder = createRecorder(fileSink(directory))
  await recordSome(recorder, 0, 10)
  await recordSome(recorder, 10, 10)
  await recorder.close()
  const [path = ""] = await filesIn(directory)
  return { directory, path, whole: await readFile(path) }
}

async function recordSome(recorder: Recorder, from: number, count: number): Promise<void> {
  for (let index = 0; index < count; index++) recorder.record(Served, { route: "/", millis: from + index })
  await recorder.flush()
}
