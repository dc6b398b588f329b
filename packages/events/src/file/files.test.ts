import { readFile } from "node:fs/promises"
import { basename, dirname } from "node:path"
import { schema } from "@avrolet/avro"
import { readContainer } from "@avrolet/avro/container"
import { expect, test } from "vitest"
import { readEvents } from "../read-events.ts"
import { createRecorder } from "../recorder.ts"
import { all } from "../testing/all.ts"
import { filesIn, newDirectory } from "../testing/directory.ts"
import { Served } from "../testing/served.ts"
import { fileSink, fileSource } from "./index.ts"

test.for(["buffered", "flushed", "synced"] as const)(
  "what is recorded %s is read back",
  async (durability) => {
    const directory = await newDirectory()
    const recorder = createRecorder(fileSink(directory, { durability }))
    for (let index = 0; index < 5000; index++) recorder.record(Served, { route: `/${index}`, millis: index })
    await recorder.flush()
    expect(recorder.stats()).toMatchObject({ acknowledged: 5000, failed: 0 })
    const read = await all(readEvents(fileSource(directory), Served))
    expect(read.map(({ value }) => value.millis)).toEqual(Array.from({ length: 5000 }, (_, index) => index))
    await recorder.close()
    expect(await filesIn(directory)).toHaveLength(1)
  },
)

test("a file stands in the folder of its event, is named by its start, and is what anything that reads Avro reads", async () => {
  const directory = await newDirectory()
  const recorder = createRecorder(fileSink(directory))
  recorder.record(Served, { route: "/a", millis: 1 })
  await recorder.close()
  const [path = ""] = await filesIn(directory)
  expect(basename(dirname(path))).toBe("example.Served")
  expect(basename(path)).toMatch(/^\d{8}T\d{9}Z_[A-Za-z0-9.-]+_\d+_[0-9a-f]{12}\.avro$/)
  const values = await all(readContainer()(await readFile(path)))
  expect(values).toMatchObject([{ pid: process.pid, value: { route: "/a", millis: 1 }, traceId: null }])
})

test("an event without a namespace keeps none within its envelope", async () => {
  const Plain = schema({ type: "record", name: "Plain", fields: [{ name: "next", type: ["null", "Plain"] }] })
  const directory = await newDirectory()
  const recorder = createRecorder(fileSink(directory))
  recorder.record(Plain, { next: { next: null } })
  await recorder.close()
  expect((await all(readEvents(fileSource(directory), Plain)))[0]?.value).toEqual({ next: { next: null } })
})

test("a directory without a name is refused at once", () => {
  expect(() => fileSink(undefined as never)).toThrow("directory must be a string")
  expect(() => fileSource(undefined as never)).toThrow("directory must be a string")
  expect(() => fileSource("events", { pollMillis: 0 })).toThrow(TypeError)
})

test("a directory that is not there has no events", async () => {
  const directory = await newDirectory()
  expect(await all(readEvents(fileSource(`${directory}/none`), Served))).toEqual([])
})
