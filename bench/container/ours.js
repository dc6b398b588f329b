// @ts-check
// Our container files, as users write and read them.

import { createWriteStream } from "node:fs"
import { pipeline } from "node:stream/promises"
import { schema as parse } from "@avrolet/avro"
import {
  createContainerWriter,
  readContainer,
  readContainerBlocks,
  writeContainer,
} from "@avrolet/avro/container"
import { records, schema } from "./workload.js"

const Served = parse(schema)

/** @param {import("./worker.js").Task} task */
export async function write({ file, codec, count }) {
  await pipeline(records(count), writeContainer(Served, { codec }), createWriteStream(file))
  return { count, sum: 0 }
}

/** @param {import("./worker.js").Task} task */
export async function writeValues({ file, codec, count }) {
  const writer = await createContainerWriter(Served, file, { codec })
  for (const record of records(count)) {
    const written = writer.write(record)
    if (written !== undefined) await written
  }
  await writer.close()
  return { count, sum: 0 }
}

/** @param {import("./worker.js").Task} task */
export async function read({ file, range }) {
  let [count, sum] = [0, 0]
  for await (const { id } of readContainer(Served, range === undefined ? {} : { range })(file)) {
    count++
    sum += id
  }
  return { count, sum }
}

/** @param {import("./worker.js").Task} task */
export async function readBlocks({ file }) {
  let [count, sum] = [0, 0]
  for await (const block of readContainerBlocks(Served)(file)) {
    for (const { id } of await block.values()) {
      count++
      sum += id
    }
  }
  return { count, sum }
}

/**
 * As `read`, and weighs what is in use at the last record; in a process with `--expose-gc`.
 * @param {import("./worker.js").Task} task
 */
export async function readWeighed({ file, count: last }) {
  let [count, sum, liveMegabytes] = [0, 0, 0]
  for await (const { id } of readContainer(Served)(file)) {
    count++
    sum += id
    if (count === last) liveMegabytes = weigh()
  }
  return { count, sum, liveMegabytes }
}

function weigh() {
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return (heapUsed + external) / 2 ** 20
}
