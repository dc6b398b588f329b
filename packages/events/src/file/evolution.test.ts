// What files do with several schemas of a name, beyond what every store does (store.contract.ts).

import { type Schema, schema } from "@avrolet/avro"
import { expect, test } from "vitest"
import { readEvents } from "../read-events.ts"
import { createRecorder } from "../recorder.ts"
import { all } from "../testing/all.ts"
import { newDirectory } from "../testing/directory.ts"
import { fileSink, fileSource } from "./index.ts"

test("events are read as the reader's schema has its longs and its logical types", async () => {
  const Counted = { type: "record", name: "Counted", fields: [{ name: "count", type: "long" }] } as const
  const directory = await newDirectory()
  await record(directory, schema(Counted), { count: 7 })
  expect(await valuesOf(directory, schema(Counted, { long: "bigint" }))).toEqual([{ count: 7n }])
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

test("a recorder is refused with the file whose events it could not read, though it was not the last", async () => {
  const Text = schema({ type: "record", name: "Sized", fields: [{ name: "size", type: "string" }] })
  const Number = schema({
    type: "record",
    name: "Sized",
    fields: [{ name: "size", type: "int", default: 0 }],
  })
  const Empty = schema({ type: "record", name: "Sized", fields: [] })
  const directory = await newDirectory()
  await record(directory, Text, { size: "S" })
  await record(directory, Empty, {})
  const recorder = createRecorder(fileSink(directory))
  await expect(recorder.open(Number)).rejects.toMatchObject({
    code: "ERR_EVENTS_SCHEMA",
    message: expect.stringMatching(/could not read .*Sized.*\.avro.*size.*string/) as string,
  })
  await recorder.close()
})

async function record<Input>(
  directory: string,
  event: Schema<unknown, Input>,
  value: NoInfer<Input>,
): Promise<void> {
  const recorder = createRecorder(fileSink(directory))
  recorder.record(event, value)
  await recorder.close()
}

async function valuesOf(directory: string, event: Schema): Promise<unknown[]> {
  const events = await all(readEvents(fileSource(directory), event))
  return events.map(({ value }) => value)
}
