import { schema } from "@avrolet/avro"
import { describe, expect, test } from "vitest"
import { readEvents } from "../read-events.ts"
import { createRecorder } from "../recorder.ts"
import { all } from "../testing/all.ts"
import { newDirectory } from "../testing/directory.ts"
import { fileSink, fileSource } from "./index.ts"

const First = schema({
  type: "record",
  name: "Served",
  namespace: "example",
  fields: [
    { name: "route", type: "string" },
    { name: "millis", type: "int" },
  ],
})
const WithDefault = schema({
  type: "record",
  name: "Served",
  namespace: "example",
  fields: [
    { name: "route", type: "string" },
    { name: "millis", type: "double" },
    { name: "status", type: "int", default: 200 },
  ],
})
const Without = schema({
  type: "record",
  name: "Served",
  namespace: "example",
  fields: [{ name: "route", type: "string" }],
})
const Renamed = schema({
  type: "record",
  name: "Answered",
  namespace: "example.http",
  aliases: ["example.Served"],
  fields: [{ name: "path", aliases: ["route"], type: "string" }],
})
const Incompatible = schema({
  type: "record",
  name: "Served",
  namespace: "example",
  fields: [{ name: "host", type: "string" }],
})

describe("events of one name, recorded with several schemas,", () => {
  test("are read with any that can read them all", async () => {
    const directory = await newDirectory()
    await record(directory, First, { route: "/first", millis: 1 })
    await record(directory, WithDefault, { route: "/second", millis: 2.5, status: 404 })
    await record(directory, Renamed, { path: "/third" })
    const source = fileSource(directory)

    expect(await valuesOf(directory, Renamed)).toEqual([
      { path: "/first" },
      { path: "/second" },
      { path: "/third" },
    ])
    expect(await valuesOf(directory, Without)).toEqual([{ route: "/first" }, { route: "/second" }])
    expect(await valuesOf(directory, WithDefault)).toEqual([
      { route: "/first", millis: 1, status: 200 },
      { route: "/second", millis: 2.5, status: 404 },
    ])
    await expect(all(readEvents(source, Incompatible))).rejects.toMatchObject({
      code: "ERR_EVENTS_SCHEMA",
      message: expect.stringContaining('field "host" is missing from the writer') as string,
    })
  })

  test("are read as the reader's schema has its longs and its logical types", async () => {
    const Counted = { type: "record", name: "Counted", fields: [{ name: "count", type: "long" }] } as const
    const directory = await newDirectory()
    await record(directory, schema(Counted), { count: 7 })
    expect(await valuesOf(directory, schema(Counted, { long: "bigint" }))).toEqual([{ count: 7n }])
  })
})

test("an event that is whole, and does not fit the schema wanted, is an error and no damage", async () => {
  const Wide = schema({ type: "record", name: "Sized", fields: [{ name: "size", type: ["null", "string"] }] })
  const Narrow = schema({ type: "record", name: "Sized", fields: [{ name: "size", type: "null" }] })
  const directory = await newDirectory()
  await record(directory, Wide, { size: null })
  expect(await valuesOf(directory, Narrow)).toEqual([{ size: null }])
  await record(directory, Wide, { size: "S" })
  await expect(valuesOf(directory, Narrow)).rejects.toMatchObject({ code: "ERR_AVRO_RESOLUTION" })
})

describe("a recorder is refused a directory whose events its schema could not read,", () => {
  test("with the reason, and nothing is stored", async () => {
    const directory = await newDirectory()
    await record(directory, First, { route: "/", millis: 1 })
    const recorder = createRecorder(fileSink(directory), { onError() {} })
    await expect(recorder.open(Incompatible)).rejects.toMatchObject({
      code: "ERR_EVENTS_SCHEMA",
      message: expect.stringMatching(/could not read .*example\.Served.*field "host" is missing/) as string,
    })
    expect(() => recorder.record(Incompatible, { host: "a" })).toThrow("could not read")
    await recorder.close()
  })

  test("also where the events had another name then", async () => {
    const Wrong = schema({
      ...(Renamed.definition as object),
      fields: [{ name: "size", type: "int" }],
    } as never)
    const directory = await newDirectory()
    await record(directory, First, { route: "/", millis: 1 })
    const recorder = createRecorder(fileSink(directory))
    await expect(recorder.open(Wrong)).rejects.toMatchObject({ code: "ERR_EVENTS_SCHEMA" })
    await recorder.close()
  })

  test("and not because a schema went that could be read", async () => {
    const directory = await newDirectory()
    for (const [index, event] of [First, WithDefault, Without, Renamed].entries()) {
      const value = { route: "/", path: "/", millis: index }
      await record(directory, event as never, value as never)
    }
    expect(await valuesOf(directory, Renamed)).toHaveLength(4)
  })
})

async function record<Input>(
  directory: string,
  event: Parameters<typeof readEvents>[1] & {
    readonly "~types"?: { readonly value: unknown; readonly input: Input }
  },
  value: Input,
): Promise<void> {
  const recorder = createRecorder(fileSink(directory))
  recorder.record(event, value)
  await recorder.close()
}

async function valuesOf(directory: string, event: Parameters<typeof readEvents>[1]): Promise<unknown[]> {
  const events = await all(readEvents(fileSource(directory), event))
  return events.map(({ value }) => value)
}
