import { execFile } from "node:child_process"
import { readFile, rm, stat, utimes, writeFile } from "node:fs/promises"
import { basename, join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { schema } from "@avrolet/avro"
import { afterEach, describe, expect, test, vi } from "vitest"
import { kindOf } from "../kind.ts"
import { readEvents } from "../read-events.ts"
import { createRecorder, type Recorder } from "../recorder.ts"
import { all } from "../testing/all.ts"
import { filesIn, newDirectory } from "../testing/directory.ts"
import { Served } from "../testing/served.ts"
import { startOf } from "./file-name.ts"
import { type FileSinkOptions, fileSink, fileSource } from "./index.ts"
import { removeOldFiles } from "./retention.ts"

const HOUR = 3_600_000

const ServedOnce = schema({
  type: "record",
  name: "Served",
  namespace: "example",
  fields: [{ name: "route", type: "string" }],
})

afterEach(() => {
  vi.useRealTimers()
})

describe("a file ends", () => {
  test("with the batch that makes it large enough", async () => {
    const directory = await newDirectory()
    const recorder = createRecorder(fileSink(directory, { maxFileBytes: 2000 }))
    for (let index = 0; index < 10; index++) await recordSome(recorder, 20)
    await recorder.close()
    const files = await filesIn(directory)
    expect(files.length).toBeGreaterThan(2)
    for (const file of files.slice(0, -1)) expect((await stat(file)).size).toBeGreaterThanOrEqual(2000)
    await expectEvents(directory, 200)
  })

  test("when it is old enough, though nothing is written", async () => {
    const directory = await newDirectory()
    const recorder = createRecorder(fileSink(directory, { maxFileAgeMillis: 50 }))
    await recordSome(recorder, 1)
    const [path = ""] = await filesIn(directory)
    await vi.waitFor(async () => {
      await recordSome(recorder, 1)
      expect(await filesIn(directory)).toHaveLength(2)
    }, 10_000)
    expect((await stat(path)).size).toBeGreaterThan(0)
    await recorder.close()
  })

  test("before anything is written to it that is older than its header says", async () => {
    vi.useFakeTimers({ toFake: ["Date"] })
    const directory = await newDirectory()
    const recorder = createRecorder(fileSink(directory))
    await recordSome(recorder, 10)
    const [path = ""] = await filesIn(directory)
    const start = startOf(basename(path)) ?? 0
    vi.setSystemTime(start + HOUR - 1)
    await recordSome(recorder, 10)
    expect(await filesIn(directory)).toEqual([path])
    vi.setSystemTime(start + HOUR)
    await recordSome(recorder, 10)
    await recorder.close()
    expect(await filesIn(directory)).toHaveLength(2)
    vi.useRealTimers()
    await expectEvents(directory, 30)
  })

  test("when the clock is set back: within a file time goes on", async () => {
    vi.useFakeTimers({ toFake: ["Date"] })
    const directory = await newDirectory()
    const recorder = createRecorder(fileSink(directory))
    await recordSome(recorder, 10)
    vi.setSystemTime(Date.now() - HOUR / 2)
    await recordSome(recorder, 10)
    vi.setSystemTime(Date.now() + HOUR / 4)
    await recordSome(recorder, 10)
    await recorder.close()
    expect(await filesIn(directory)).toHaveLength(2)
    const events = await all(readEvents(fileSource(directory), Served))
    expect(events).toHaveLength(30)
    // What was recorded before the clock was set back has the latest times.
    expect(events.map(({ value }) => value.millis % 10)).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
    ])
    vi.useRealTimers()
    // Its file was modified before its last event, by the clock that was set back; it is found none the less.
    const since = events.at(-1)?.atNanos ?? 0n
    expect(await all(readEvents(fileSource(directory), Served, { since }))).toHaveLength(1)
  })
})

describe("writers on one directory", () => {
  test("have files of their own, and what all of them stored is read", async () => {
    const directory = await newDirectory()
    const recorders = Array.from({ length: 8 }, () => createRecorder(fileSink(directory)))
    await Promise.all(recorders.map((recorder) => recordSome(recorder, 50)))
    await Promise.all(recorders.map((recorder) => recorder.close()))
    expect(await filesIn(directory)).toHaveLength(8)
    await expectEvents(directory, 400)
  })

  test("of one process may have two schemas of one name", async () => {
    const directory = await newDirectory()
    const recorder = createRecorder(fileSink(directory))
    recorder.record(Served, { route: "/", millis: 1 })
    recorder.record(ServedOnce, { route: "/" })
    await recorder.close()
    expect(await filesIn(directory)).toHaveLength(2)
    expect(await all(readEvents(fileSource(directory), ServedOnce))).toHaveLength(2)
  })
})

describe("a sink that fails", () => {
  test("says so, stores nothing of that batch, and goes on when it can: a folder that cannot be made", async () => {
    const directory = await newDirectory()
    await writeFile(join(directory, "example.Served"), "in the way")
    const recorder = createRecorder(fileSink(directory), { onError() {} })
    await expect(recordSome(recorder, 10)).rejects.toMatchObject({
      code: "ERR_EVENTS_STORE",
      message: expect.stringContaining(directory) as string,
      cause: { code: expect.stringMatching(/EEXIST|ENOTDIR/) as string },
    })
    await rm(join(directory, "example.Served"))
    await recordSome(recorder, 20)
    await recorder.close()
    expect(recorder.stats()).toMatchObject({ acknowledged: 20, failed: 10 })
    await expectEvents(directory, 20)
  })

  test.for([
    { durability: "buffered", codec: "null" },
    { durability: "flushed", codec: "deflate" },
    { durability: "synced", codec: "null" },
  ] as const)(
    "because the disk is full goes on when there is space, with all that it acknowledged ($durability, $codec)",
    { timeout: 60_000 },
    async (options) => {
      const report = await fillDisk(await newDirectory(), options)
      expectRecovery(report)
    },
  )

  test("because its file is as large as a file may be goes on in another", async () => {
    const report = await fillFile(await newDirectory())
    expectRecovery(report)
    expect(report.failed).toBe(30) // one batch
  })

  test("because a batch is larger than what readers take stores nothing of it", async () => {
    const directory = await newDirectory()
    const sink = fileSink(directory)
    const bytes = new Uint8Array(200 * 1024 * 1024 + 1)
    const batch = {
      kind: kindOf(Served),
      count: 1,
      bytes,
      ends: Uint32Array.of(bytes.length),
      firstAt: 1n,
      lastAt: 1n,
    }
    await expect(sink.write(batch)).rejects.toMatchObject({ code: "ERR_EVENTS_TOO_LARGE" })
    await sink.close()
    expect(await filesIn(directory)).toEqual([])
  })

  test("because a codec is not known says so when it is opened", async () => {
    const recorder = createRecorder(fileSink(await newDirectory(), { codec: "gzip" as never }))
    await expect(recorder.open(Served)).rejects.toMatchObject({ code: "ERR_AVRO_CODEC" })
    await recorder.close()
  })
})

test("what is recorded after somebody removed the directory stands in a new one", async () => {
  const directory = await newDirectory()
  const recorder = createRecorder(fileSink(directory))
  await recordSome(recorder, 10)
  await rm(directory, { recursive: true })
  await recordSome(recorder, 20)
  await recorder.close()
  await expectEvents(directory, 20)
})

describe("retention", () => {
  test("removes files in which nothing is young enough", async () => {
    const directory = await newDirectory()
    const old = await closedFile(directory, 3 * HOUR)
    const young = await closedFile(directory, 2 * HOUR)
    expect(await removeOldFiles(directory, { ageMillis: 2.5 * HOUR })).toEqual([old])
    expect(await filesIn(directory)).toEqual([young])
  })

  test("removes the oldest files while all together take too much", async () => {
    const directory = await newDirectory()
    const files = [
      await closedFile(directory, 5 * HOUR),
      await closedFile(directory, 4 * HOUR),
      await closedFile(directory, 3 * HOUR),
    ]
    const { size } = await stat(files[2] ?? "")
    expect(await removeOldFiles(directory, { bytes: size * 2 })).toEqual([files[0]])
    expect(await removeOldFiles(directory, { bytes: 0 })).toEqual([files[1], files[2]])
  })

  test("never removes a file that may still be written, of this process or of another", async () => {
    const directory = await newDirectory()
    const recorder = createRecorder(fileSink(directory))
    await recordSome(recorder, 10)
    expect(await removeOldFiles(directory, { ageMillis: 1, bytes: 0 })).toEqual([])
    await recordSome(recorder, 10)
    await recorder.close()
    await expectEvents(directory, 20)
  })

  test("holds the bytes though files follow each other fast: those of its own sink that are over may go", async () => {
    const directory = await newDirectory()
    const options = { maxFileBytes: 2000, retention: { bytes: 10_000 } }
    const other = createRecorder(fileSink(directory))
    await recordSome(other, 10)
    const recorder = createRecorder(fileSink(directory, options))
    for (let batch = 0; batch < 100; batch++) await recordSome(recorder, 100)
    await recorder.close()
    const sizes = await Promise.all((await filesIn(directory)).map(async (path) => (await stat(path)).size))
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(10_000)
    await recordSome(other, 10) // which still has its file
    const read = await all(readEvents(fileSource(directory), Served))
    expect(read.filter(({ value }) => value.millis < 10).length).toBeGreaterThanOrEqual(20)
    await other.close()
  })

  test("does not touch what is not named as ours", async () => {
    const directory = await newDirectory()
    const path = await closedFile(directory, 9 * HOUR)
    const copy = join(directory, "example.Served", "kept.avro")
    await writeFile(copy, await readFile(path))
    await utimes(copy, 0, 0)
    expect(await removeOldFiles(directory, { ageMillis: 1, bytes: 0 })).toEqual([path])
    expect(await filesIn(directory)).toEqual([copy])
  })

  test("happens when a sink begins and ends a file", async () => {
    const directory = await newDirectory()
    await closedFile(directory, 3 * HOUR)
    const recorder = createRecorder(fileSink(directory, { retention: { ageMillis: HOUR } }))
    await recordSome(recorder, 1)
    await recorder.close()
    await expectEvents(directory, 1)
  })
})

test.for([
  { maxFileBytes: 0 },
  { maxFileAgeMillis: -1 },
  { maxFileAgeMillis: 2 ** 31 },
  { durability: "fsync" },
  { retention: { ageMillis: "7d" } },
  { retention: { bytes: -1 } },
])("%j is refused", (options) => {
  expect(() => fileSink("events", options as FileSinkOptions)).toThrow(TypeError)
})

async function recordSome(recorder: Recorder, count: number): Promise<void> {
  for (let index = 0; index < count; index++) recorder.record(Served, { route: "/", millis: index })
  await recorder.flush()
}

async function expectEvents(directory: string, count: number): Promise<void> {
  expect(await all(readEvents(fileSource(directory), Served))).toHaveLength(count)
}

/** A file that was begun and last written so long ago. */
async function closedFile(directory: string, ageMillis: number): Promise<string> {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() - ageMillis })
  const before = new Set(await filesIn(directory))
  const recorder = createRecorder(fileSink(directory))
  await recordSome(recorder, 10)
  await recorder.close()
  const modified = new Date()
  vi.useRealTimers()
  const path = (await filesIn(directory)).find((file) => !before.has(file)) ?? ""
  await utimes(path, modified, modified)
  return path
}

interface FullDisk {
  readonly failure: string
  readonly failed: number
  readonly acknowledgedBefore: number
  readonly acknowledgedAfter: number
  readonly damages: readonly string[]
  readonly missing: readonly number[]
}

function expectRecovery(report: FullDisk): void {
  expect(report.failure).toBe("ERR_EVENTS_FULL")
  expect(report.failed).toBeGreaterThan(0)
  expect(report.acknowledgedAfter).toBeGreaterThan(report.acknowledgedBefore)
  expect(report.damages).toEqual([])
  expect(report.missing).toEqual([])
}

const fillDiskProgram = fileURLToPath(new URL("../../dist/fixtures/fill-disk.js", import.meta.url))

/** Records into files of at most 300 KiB until one is full, and on. */
async function fillFile(directory: string): Promise<FullDisk> {
  const parameters = [
    "-c",
    'ulimit -f 600 && exec "$0" "$@"',
    process.execPath,
    fillDiskProgram,
    directory,
    "{}",
  ]
  return JSON.parse((await promisify(execFile)("sh", parameters)).stdout) as FullDisk
}

/** Records on a disk of 400 KiB until it is full, makes room, and records on: in a mount namespace of its own. */
async function fillDisk(directory: string, options: FileSinkOptions): Promise<FullDisk> {
  const inside = 'mount -t tmpfs -o size=400k tmpfs "$1" && exec "$2" "$3" "$1" "$4"'
  const parameters = [directory, process.execPath, fillDiskProgram, JSON.stringify(options)]
  const { stdout } = await promisify(execFile)("unshare", ["-rm", "sh", "-c", inside, "sh", ...parameters])
  return JSON.parse(stdout) as FullDisk
}
