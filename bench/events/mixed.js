// @ts-check
// One file for each kind of event beside one file of all kinds, a union: what either takes on the disk, to write, and
// to read one kind of four.

import { createWriteStream, statSync } from "node:fs"
import { join } from "node:path"
import { pipeline } from "node:stream/promises"
import { parseSchema } from "@avrolet/avro"
import { readContainerBlocks, writeContainer } from "@avrolet/avro/container"
import { definition, values } from "./workload.js"

const kinds = [
  definition,
  record("Logged", { level: "int", message: "string", logger: "string" }),
  record("Measured", { name: "string", value: "double" }),
  record("Blocked", { millis: "double", file: "string", line: "int" }),
]

/** @param {string} name @param {Record<string, string>} fields */
function record(name, fields) {
  const entries = Object.entries(fields).map(([field, type]) => ({ name: field, type }))
  return { type: "record", name, namespace: "bench", fields: entries }
}

/** @param {unknown} value */
const stored = (value) => ({
  type: "record",
  name: "Recorded",
  namespace: "avrolet.events",
  fields: [
    { name: "at", type: "long" },
    { name: "host", type: "string" },
    { name: "pid", type: "int" },
    { name: "service", type: "string" },
    { name: "value", type: value },
  ],
})

const schemas = kinds.map((kind) => parseSchema(stored(kind)))
const mixed = parseSchema(stored(kinds))
/** Reads the first kind, and passes over the fields of the others. */
const first = parseSchema(stored([definition, ...kinds.slice(1).map((kind) => ({ ...kind, fields: [] }))]))

/** As a union has it, its value is wrapped. @param {number} index @param {boolean} wrapped */
function event(index, wrapped) {
  const kind = index % kinds.length
  const value = [
    values[index % values.length],
    { level: 30, message: `request ${index % 1000} was served`, logger: "http" },
    { name: "queue.length", value: index % 100 },
    { millis: 120.5, file: "src/orders.ts", line: 42 },
  ][kind]
  const at = 1_795_444_020_000_000 + index * 100
  const envelope = { at, host: "here", pid: 4242, service: "bench" }
  return { ...envelope, value: wrapped ? { [`bench.${kinds[kind]?.name}`]: value } : value }
}

/** @typedef {{ folder: string, count: number, codec: string }} Task */
/** @param {Task} task @param {number} kind */
const pathOf = ({ folder, codec }, kind) => join(folder, `kind-${kind}-${codec}.avro`)
/** @param {Task} task */
const mixedPath = ({ folder, codec }) => join(folder, `mixed-${codec}.avro`)

/** @type {Readonly<Record<string, (task: Task) => Promise<{ count: number, bytes?: number }>>>} */
export const stores = {
  "write, one file a kind": async (task) => {
    let bytes = 0
    for (const [kind, schema] of schemas.entries()) {
      const own = function* () {
        for (let index = kind; index < task.count; index += kinds.length) yield event(index, false)
      }
      await pipeline(
        own(),
        writeContainer(schema, { codec: task.codec }),
        createWriteStream(pathOf(task, kind)),
      )
      bytes += statSync(pathOf(task, kind)).size
    }
    return { count: task.count, bytes }
  },
  "write, one of all": async (task) => {
    const all = function* () {
      for (let index = 0; index < task.count; index++) {
        yield event(index, true)
      }
    }
    await pipeline(all(), writeContainer(mixed, { codec: task.codec }), createWriteStream(mixedPath(task)))
    return { count: task.count, bytes: statSync(mixedPath(task)).size }
  },
  "read one kind, one file a kind": async (task) => {
    let count = 0
    for await (const block of readContainerBlocks(schemas[0])(pathOf(task, 0))) {
      count += (await block.values()).length
    }
    return { count }
  },
  "read one kind, one of all": async (task) => {
    let count = 0
    for await (const block of readContainerBlocks(first)(mixedPath(task))) {
      for (const { value } of /** @type {any[]} */ (await block.values()))
        if ("bench.Served" in value) count++
    }
    return { count }
  },
}
