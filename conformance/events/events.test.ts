// Files of events are ordinary container files: Java, Python's avro and fastavro read them, torn ones too as far as
// they are whole, and events that Java wrote into such a file are read by us.

import { mkdtemp, readdir, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { schema } from "@avrolet/avro"
import { createRecorder, kindOf, readEvents } from "@avrolet/events"
import { fileSink, fileSource } from "@avrolet/events/file"
import { afterAll, describe, expect, test } from "vitest"
import { startJavaProgram } from "../java/peer.ts"
import { startPythonProgram } from "../python/peer.ts"

interface FileAnswer {
  readonly ok?: { codec: string; values: string[] }
  readonly error?: string
}

const Served = schema({
  type: "record",
  name: "Served",
  fields: [
    { name: "route", type: "string" },
    { name: "millis", type: "double" },
    { name: "sizes", type: { type: "array", items: "long" } },
  ],
})
const served = Array.from({ length: 500 }, (_, index) => ({
  route: `/orders/${index} – é 🌍`,
  millis: index / 8,
  sizes: Array.from({ length: index % 3 }, (_unused, size) => size * 1_000_003),
}))

const java = await startJavaProgram("Files")
const avro = await startPythonProgram("../container/peer.py", "avro")
const fastavro = await startPythonProgram("../container/peer.py", "fastavro")
const folder = await mkdtemp(join(tmpdir(), "avrolet-conformance-"))
afterAll(async () => {
  for (const peer of [java, avro, fastavro]) await peer[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

const peers = [
  { name: "Java", peer: java },
  { name: "Python avro", peer: avro },
  { name: "fastavro", peer: fastavro },
]

describe.for(peers)("$name", ({ name, peer }) => {
  const ask = async (question: object): Promise<FileAnswer> => (await peer.ask(question)) as FileAnswer

  test.for(["null", "deflate", "zstandard"] as const)("reads what we record, with %s", async (codec) => {
    const directory = join(folder, name, codec)
    const path = await recordAll(directory, { codec })
    const { ok, error } = await ask({ do: "read", path })
    expect(error).toBeUndefined()
    expect(ok?.codec).toBe(codec)
    const values = (ok?.values ?? []).map((value) => JSON.parse(value) as Record<string, unknown>)
    expect(values.map(({ value }) => value)).toEqual(served)
    expect(values[0]).toMatchObject({ service: "shop", pid: process.pid, traceId: null })
  })
})

test("we read what Java wrote into a file of events, whose schema it has written its own way", async () => {
  const directory = join(folder, "written")
  const ours = await recordAll(directory, {})
  const { ok } = (await java.ask({ do: "read", path: ours })) as FileAnswer
  const path = join(directory, "Served", "java.avro")
  const definition = JSON.stringify(kindOf(Served).stored.definition)
  const question = {
    do: "write",
    path,
    codec: "deflate",
    schema: definition,
    values: ok?.values,
    metadata: {},
  }
  expect(await java.ask(question)).toEqual({ ok: true })
  await rm(ours)
  const events = []
  for await (const event of readEvents(fileSource(directory), Served)) events.push(event)
  expect(events.map(({ value }) => value)).toEqual(served)
  expect(events[0]).toMatchObject({ service: "shop", pid: process.pid, traceId: undefined })
})

/** Records all of them into one file; gives its path. */
async function recordAll(directory: string, options: Parameters<typeof fileSink>[1]): Promise<string> {
  const recorder = createRecorder(fileSink(directory, options), { service: "shop", batchBytes: 4000 })
  for (const event of served) recorder.record(Served, event)
  await recorder.close()
  const [file = ""] = await readdir(join(directory, "Served"))
  return join(directory, "Served", file)
}
