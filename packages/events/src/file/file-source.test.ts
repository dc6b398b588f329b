import { copyFile, mkdir, readFile, rm, truncate, utimes, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { schema } from "@avrolet/avro"
import { createContainerWriter, indexContainer } from "@avrolet/avro/container"
import fc from "fast-check"
import { describe, expect, test, vi } from "vitest"
import type { EventsError } from "../errors.ts"
import { kindOf } from "../kind.ts"
import { type ReadEventsOptions, readEvents } from "../read-events.ts"
import { createRecorder } from "../recorder.ts"
import type { ReadProgress } from "../source.ts"
import { all } from "../testing/all.ts"
import { filesIn, newDirectory } from "../testing/directory.ts"
import { Served } from "../testing/served.ts"
import { fileSink, fileSource } from "./index.ts"

describe("several files", () => {
  test("are read as one series in the order of time, event by event", async () => {
    const directory = await newDirectory()
    const recorders = Array.from({ length: 3 }, () =>
      createRecorder(fileSink(directory), { batchBytes: 300 }),
    )
    for (let index = 0; index < 300; index++) {
      recorders[index % 3]?.record(Served, { route: "/", millis: index })
    }
    for (const recorder of recorders) await recorder.close()
    expect(await filesIn(directory)).toHaveLength(3)
    const events = await all(readEvents(fileSource(directory), Served))
    expect(isSorted(events.map(({ atNanos }) => atNanos))).toBe(true)
    expect(events.map(({ value }) => value.millis).toSorted((a, b) => a - b)).toEqual(numbers(300))
  })

  test("are read in part: since a time, and until one", async () => {
    const directory = await newDirectory()
    for (let file = 0; file < 3; file++) await recordFile(directory, file * 100, 100)
    const source = fileSource(directory)
    const events = await all(readEvents(source, Served))
    const at = (index: number): bigint => events[index]?.atNanos ?? 0n
    const millisOf = async (options: ReadEventsOptions): Promise<number[]> =>
      (await all(readEvents(source, Served, options))).map(({ value }) => value.millis)
    expect(await millisOf({ since: at(150) })).toEqual(numbers(300).slice(150))
    expect(await millisOf({ until: at(150) })).toEqual(numbers(150))
    expect(await millisOf({ since: at(99), until: at(201) })).toEqual(numbers(201).slice(99))
    expect(await millisOf({ since: new Date(Date.now() + 60_000) })).toEqual([])
    expect(await millisOf({ until: new Date(0) })).toEqual([])
  })

  test("are not opened where they were last modified before what is wanted", async () => {
    const directory = await newDirectory()
    await recordFile(directory, 0, 10)
    const [path = ""] = await filesIn(directory)
    await utimes(path, new Date(), new Date(Date.now() - 3_600_000))
    const since = new Date(Date.now() - 1_000_000)
    expect(await all(readEvents(fileSource(directory), Served, { since }))).toEqual([])
  })

  test("tell how far their reading is, up to the end", async () => {
    const directory = await newDirectory()
    await recordFile(directory, 0, 1000)
    await recordFile(directory, 1000, 1000)
    const told: ReadProgress[] = []
    await all(readEvents(fileSource(directory), Served, { onProgress: (progress) => told.push(progress) }))
    expect(told.length).toBeGreaterThan(10)
    expect(isSorted(told.map(({ bytes }) => BigInt(bytes)))).toBe(true)
    expect(told.at(-1)?.bytes).toBe(told[0]?.totalBytes)
  })

  test("end with the signal's reason", async () => {
    const directory = await newDirectory()
    await recordFile(directory, 0, 1000)
    const reading = readEvents(fileSource(directory), Served, {
      signal: AbortSignal.abort(new Error("enough")),
    })
    await expect(all(reading)).rejects.toThrow("enough")
  })

  test("that are removed while others are read are left out", async () => {
    const directory = await newDirectory()
    await recordFile(directory, 0, 100)
    await recordFile(directory, 100, 100)
    const reading = readEvents(fileSource(directory), Served)
    await reading.next()
    await rm((await filesIn(directory))[1] ?? "")
    expect(await all(reading)).toHaveLength(99)
  })
})

test("a file that ends anywhere is read up to its last whole block, and nothing is wrong with it", async () => {
  const directory = await newDirectory()
  await recordFile(directory, 0, 200)
  const [path = ""] = await filesIn(directory)
  const { blocks } = await indexContainer(path)
  const whole = await readFile(path)
  const told: EventsError[] = []
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: whole.length }), async (length) => {
      await writeFile(path, whole.subarray(0, length))
      const events = await all(
        readEvents(fileSource(directory), Served, { onDamage: (error) => told.push(error) }),
      )
      const complete = blocks.filter(({ offset, bytes }) => offset + bytes <= length)
      expect(events).toHaveLength(complete.reduce((sum, { count }) => sum + count, 0))
    }),
  )
  expect(told).toEqual([])
})

describe("damage in the middle of a file", () => {
  test.for([
    { name: "a block's marker", at: ({ offset, bytes }: Place) => offset + bytes - 1 },
    { name: "a block's size", at: ({ offset }: Place) => offset + 1 },
    { name: "a block's count", at: ({ offset }: Place) => offset },
    { name: "an event's time", at: ({ offset }: Place) => offset + 3 },
  ])("in $name is told, and what is behind it is read", async ({ at }) => {
    const directory = await newDirectory()
    await recordFile(directory, 0, 200)
    const [path = ""] = await filesIn(directory)
    const { blocks } = await indexContainer(path)
    const [first, second, third] = blocks
    if (first === undefined || second === undefined || third === undefined) throw new Error("too few blocks")
    const bytes = await readFile(path)
    bytes[at(second)] = (bytes[at(second)] ?? 0) ^ 0x55
    await writeFile(path, bytes)
    const told: EventsError[] = []
    const events = await all(
      readEvents(fileSource(directory), Served, { onDamage: (error) => told.push(error) }),
    )
    expect(told).toMatchObject([
      { code: "ERR_EVENTS_DAMAGED", message: expect.stringContaining(path) as string },
    ])
    const millis = events.map(({ value }) => value.millis)
    expect(millis.slice(0, first.count)).toEqual(numbers(first.count))
    const behind = numbers(200).slice(first.count + second.count)
    const rest = millis.slice(first.count)
    // The marker of a block that is lost may take the one behind it along.
    expect(behind.slice(-rest.length)).toEqual(rest.slice(-behind.length))
    expect(rest.length).toBeGreaterThanOrEqual(behind.length - third.count)
  })

  test("in its header is told, and what is in other files is read", async () => {
    const directory = await newDirectory()
    await recordFile(directory, 0, 10)
    const [path = ""] = await filesIn(directory)
    await recordFile(directory, 10, 10)
    await writeFile(path, (await readFile(path)).fill(0xff, 4, 40))
    const told: EventsError[] = []
    const events = await all(
      readEvents(fileSource(directory), Served, { onDamage: (error) => told.push(error) }),
    )
    expect(events.map(({ value }) => value.millis)).toEqual(numbers(20).slice(10))
    expect(told).toMatchObject([
      { code: "ERR_EVENTS_DAMAGED", message: expect.stringContaining(path) as string },
    ])
  })

  test("ends the reading where the caller wants that", async () => {
    const directory = await newDirectory()
    await recordFile(directory, 0, 200)
    const [path = ""] = await filesIn(directory)
    const bytes = await readFile(path)
    bytes[bytes.length / 2] = (bytes[bytes.length / 2] ?? 0) ^ 0xff
    await writeFile(path, bytes.fill(0xff, bytes.length / 2, bytes.length / 2 + 400))
    const reading = readEvents(fileSource(directory), Served, {
      onDamage(error) {
        throw error
      },
    })
    await expect(all(reading)).rejects.toMatchObject({ code: "ERR_EVENTS_DAMAGED" })
  })

  test("is a warning of the process where nobody asks", async () => {
    const directory = await newDirectory()
    await mkdir(join(directory, "example.Served"))
    await writeFile(join(directory, "example.Served", "text.avro"), "no container file")
    const warned = vi.spyOn(process, "emitWarning").mockReturnValue()
    expect(await all(readEvents(fileSource(directory), Served))).toEqual([])
    expect(warned).toHaveBeenCalledWith(
      expect.stringContaining("text.avro"),
      "EventsWarning",
      "ERR_EVENTS_FOREIGN",
    )
    warned.mockRestore()
  })
})

describe("a foreign file", () => {
  const Other = schema({ type: "record", name: "Other", fields: [{ name: "size", type: "int" }] })

  test.for([
    { name: "that is no container file", make: (path: string) => writeFile(path, "name,size\nAda,1\n") },
    {
      name: "of values without the envelope",
      make: (path: string) => writeContainer(path, Other, [{ size: 1 }]),
    },
    {
      name: "of other events",
      make: (path: string) =>
        writeContainer(path, kindOf(Other).stored, [
          { at: 1n, host: "", pid: 1, service: "", traceId: null, value: { size: 1 } },
        ]),
    },
  ])("$name is told and left out", async ({ make }) => {
    const directory = await newDirectory()
    await recordFile(directory, 0, 10)
    const path = join(directory, "example.Served", "foreign.avro")
    await make(path)
    const told: EventsError[] = []
    const events = await all(
      readEvents(fileSource(directory), Served, { onDamage: (error) => told.push(error) }),
    )
    expect(events).toHaveLength(10)
    expect(told).toMatchObject([
      { code: "ERR_EVENTS_FOREIGN", message: expect.stringContaining(path) as string },
    ])
  })

  test("that is no .avro file, or a folder, is nothing", async () => {
    const directory = await newDirectory()
    await recordFile(directory, 0, 10)
    await writeFile(join(directory, "example.Served", "_SUCCESS"), "")
    await writeFile(join(directory, "README.txt"), "events")
    await mkdir(join(directory, "example.Served", "old.avro"))
    const told: EventsError[] = []
    const events = await all(
      readEvents(fileSource(directory), Served, { onDamage: (error) => told.push(error) }),
    )
    expect([events.length, told.length]).toEqual([10, 0])
  })

  test("of ours under another name is read: a copy, or one that was moved", async () => {
    const directory = await newDirectory()
    await recordFile(directory, 0, 10)
    const [path = ""] = await filesIn(directory)
    await copyFile(path, join(dirname(path), "copy.avro"))
    expect(await all(readEvents(fileSource(directory), Served))).toHaveLength(20)
  })
})

test("a file whose codec is not known here ends the reading, and is named", async () => {
  const directory = await newDirectory()
  await mkdir(join(directory, "example.Served"))
  const path = join(directory, "example.Served", "odd.avro")
  const asItIs = async (bytes: Uint8Array): Promise<Uint8Array> => bytes
  const codecs = { odd: { compress: asItIs, decompress: asItIs } }
  const writer = await createContainerWriter(kindOf(Served).stored, path, { codec: "odd", codecs })
  await writer.write({
    at: 1n,
    host: "",
    pid: 1,
    service: "",
    traceId: null,
    value: { route: "/", millis: 1 },
  })
  await writer.close()
  await expect(all(readEvents(fileSource(directory), Served))).rejects.toMatchObject({
    code: "ERR_AVRO_CODEC",
    message: expect.stringContaining(path) as string,
  })
})

test("a name that is none of an event leads nowhere", async () => {
  const directory = await newDirectory()
  await recordFile(join(directory, "outside"), 0, 10)
  await mkdir(join(directory, "inside"))
  const names = ["../outside/example.Served", "example.Served/..", "", "/"]
  expect(await all(fileSource(join(directory, "inside")).read({ names }))).toEqual([])
})

test("an empty file is one whose writer was killed before it wrote", async () => {
  const directory = await newDirectory()
  await recordFile(directory, 0, 10)
  const [path = ""] = await filesIn(directory)
  await truncate(path, 0)
  const told: EventsError[] = []
  expect(
    await all(readEvents(fileSource(directory), Served, { onDamage: (error) => told.push(error) })),
  ).toEqual([])
  expect(told).toEqual([])
})

type Place = Readonly<Record<"offset" | "bytes", number>>

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

const isSorted = (times: readonly bigint[]): boolean =>
  times.every((time, index) => index === 0 || time >= (times[index - 1] ?? 0n))

/** One file, of many blocks. */
async function recordFile(directory: string, from: number, count: number): Promise<void> {
  const recorder = createRecorder(fileSink(directory), { batchBytes: 400 })
  for (let index = 0; index < count; index++) recorder.record(Served, { route: "/", millis: from + index })
  await recorder.close()
}

async function writeContainer(
  path: string,
  of: ReturnType<typeof kindOf>["stored"],
  values: unknown[],
): Promise<void> {
  const writer = await createContainerWriter(of, path)
  for (const value of values) await writer.write(value)
  await writer.close()
}
