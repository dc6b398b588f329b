// A log of measurements in container files: written, read, gone on with, torn and mended.
//
//   node examples/dist/container/container.js

import { createWriteStream } from "node:fs"
import { mkdtemp, rename, rm, stat, truncate } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pipeline } from "node:stream/promises"
import { AvroError, schema, type ValueOf } from "@avrolet/avro"
import {
  appendContainer,
  indexContainer,
  readContainer,
  repairContainer,
  writeContainer,
} from "@avrolet/avro/container"

const Measurement = schema({
  type: "record",
  name: "Measurement",
  fields: [
    { name: "station", type: "string" },
    { name: "at", type: { type: "long", logicalType: "timestamp-millis" } },
    { name: "degrees", type: "double" },
  ],
})
type Measurement = ValueOf<typeof Measurement>

const folder = await mkdtemp(join(tmpdir(), "avrolet-example-"))
const path = join(folder, "measurements.avro")
try {
  await write()
  await read()
  await append()
  await readInHalves()
  await tearAndRepair()
} finally {
  await rm(folder, { recursive: true })
}

/** A transform like any other: values in, bytes out, as fast as the file takes them. */
async function write(): Promise<void> {
  const options = { codec: "deflate", blockBytes: 4096, metadata: { source: "examples" } } as const
  await pipeline(measurements(0, 10_000), writeContainer(Measurement, options), createWriteStream(path))
  say("wrote 10000 values")
}

async function read(): Promise<void> {
  const values = readContainer(Measurement)(path)
  const { codec, metadata } = await values.header()
  const source = Buffer.from(metadata.get("source") ?? []).toString()
  let warmest = Number.NEGATIVE_INFINITY
  for await (const { degrees } of values) warmest = Math.max(warmest, degrees)
  say(`read a file of ${source}, codec ${codec}: ${warmest} degrees at most`)
}

async function append(): Promise<void> {
  await using writer = await appendContainer(Measurement, path)
  for (const measurement of measurements(10_000, 10_500)) await writer.write(measurement)
  say("appended 500 values")
}

/** What two processes or threads would do: every value is in exactly one of the ranges. */
async function readInHalves(): Promise<void> {
  const { size } = await stat(path)
  const halves = [0, 1].map((half) => ({ start: (size * half) / 2, end: (size * (half + 1)) / 2 }))
  const counts = await Promise.all(halves.map((range) => count(path, range)))
  const total = counts.reduce((sum, one) => sum + one, 0)
  say(`read in halves: ${total} values`)
}

/** As after a power cut: whoever wrote the file did not get to the end of its last block. */
async function tearAndRepair(): Promise<void> {
  await truncate(path, (await stat(path)).size - 10)
  try {
    await count(path)
  } catch (error) {
    if (!(error instanceof AvroError)) throw error
    say(`${error.code} in block ${error.block}`)
  }
  const repaired = `${path}.repaired`
  const { values, lost } = await repairContainer(path, repaired)
  await rename(repaired, path)
  const index = await indexContainer(path)
  say(
    `repaired: ${values === index.count ? "every" : "not every"} value of the whole blocks, ${lost.length} block lost`,
  )
}

async function count(file: string, range?: { start: number; end: number }): Promise<number> {
  let values = 0
  for await (const _ of readContainer(Measurement, range === undefined ? {} : { range })(file)) values++
  return values
}

function* measurements(from: number, to: number): Generator<Measurement> {
  for (let index = from; index < to; index++) {
    const at = new Date(Date.UTC(2026, 0, 1, 0, index))
    yield { station: `station ${index % 7}`, at, degrees: (index % 400) / 10 - 5 }
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
