// @ts-check
// Records and reads events beside pino, winston, avsc, fastavro and DuckDB: npm run bench:events
//
//   --count N     so many events are recorded and read; default 1000000
//   --full        ten million
//   --rounds N    each so often, in turns; default 3, with --full 1. What is shown are medians
//
// Every measurement is a process of its own. fastavro comes from the environment that
// `node conformance/python/install.js` makes.

import { execFile } from "node:child_process"
import { createReadStream, createWriteStream, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs"
import { loadavg, tmpdir } from "node:os"
import { join } from "node:path"
import { pipeline } from "node:stream/promises"
import { parseArgs, promisify } from "node:util"
import { createGzip } from "node:zlib"
import { createRecorder } from "@avrolet/events"
import { fileSink } from "@avrolet/events/file"
import { environment, versionsOf } from "../shared/environment.js"
import { table } from "../shared/markdown.js"
import { median } from "../shared/statistics.js"
import { expectedSum, SERVICE, Served, values } from "./workload.js"

/** @typedef {{ millis: number, cpuMillis: number, count: number, sum: number, bytes: number, p50: number, p99: number }} Measure */

const PYTHON = join(import.meta.dirname, "../../conformance/python/.venv/bin/python")
const run = promisify(execFile)

const { values: given } = parseArgs({
  options: { count: { type: "string" }, rounds: { type: "string" }, full: { type: "boolean" } },
})
const events = Number(given.count ?? (given.full ? 10_000_000 : 1_000_000))
const rounds = Number(given.rounds ?? (given.full ? 1 : 3))
/** Who takes a second for what others do in ten milliseconds does a part of it. */
const few = Math.min(events, 200_000)
const load = loadavg()
const folder = mkdtempSync(join(tmpdir(), "avrolet-bench-events-"))
const stored = { directory: join(folder, "events"), lines: join(folder, "events.jsonl") }

try {
  const recording = await recordingTable()
  console.error("recording is measured")
  await measured({ part: "record", name: "ours, buffered", path: stored.directory, count: events })
  await measured({ part: "record", name: "pino, 4 KiB at a time", path: stored.lines, count: events })
  const sizes = await sizesTable()
  console.error("sizes are measured")
  const reading = await readingTable()
  console.error("reading is measured")
  const mixed = await mixedTable()
  const { date, node, machine } = environment(load)
  const peers = versionsOf(["pino", "winston", "avsc"])
  console.log(`${date}, Node ${node}, ${machine}; ${peers}; ${events} events; medians of ${rounds} rounds`)
  for (const part of [recording, sizes, reading, mixed]) console.log(`\n${table(part).join("\n")}`)
} finally {
  rmSync(folder, { recursive: true })
}

async function recordingTable() {
  const names = [
    "ours, buffered",
    "ours, flushed (default)",
    "ours, synced",
    "pino, 4 KiB at a time",
    "pino, every line (default)",
    "winston",
    "avsc, file encoder",
  ]
  const total = Math.min(events, 1_000_000)
  const runs = await inTurns(names, (name) => {
    const isSlow = name === "winston" || name === "pino, every line (default)"
    return measured({ part: "record", name, path: join(folder, "recorded"), count: isSlow ? few : total })
  })
  const calls = await inTurns(names, (name) =>
    measured({ part: "latency", name, path: join(folder, "recorded"), count: few }),
  )
  const perSecond = (/** @type {string} */ name) =>
    middle(runs, name, ({ millis, count }) => (count * 1000) / millis)
  const cpu = (/** @type {string} */ name) =>
    middle(runs, name, ({ cpuMillis, count }) => (cpuMillis * 1000) / count)
  return [
    ["recording", "thousand a second", "× pino", "CPU µs each", "× pino by CPU", "record() p50 ns", "p99 ns"],
    ...names.map((name) => [
      name,
      (perSecond(name) / 1000).toFixed(0),
      (perSecond(name) / perSecond("pino, 4 KiB at a time")).toFixed(2),
      cpu(name).toFixed(2),
      (cpu("pino, 4 KiB at a time") / cpu(name)).toFixed(2),
      middle(calls, name, ({ p50 }) => p50).toFixed(0),
      middle(calls, name, ({ p99 }) => p99).toFixed(0),
    ]),
  ]
}

async function sizesTable() {
  const lines = statSync(stored.lines).size
  const gzipped = join(folder, "lines.gz")
  await pipeline(createReadStream(stored.lines), createGzip(), createWriteStream(gzipped))
  const packed = statSync(gzipped).size
  rmSync(gzipped)
  const rows = [["on the disk", "bytes an event", "of JSON lines", "of JSON lines, gzip"]]
  const add = (/** @type {string} */ name, /** @type {number} */ bytes, /** @type {number} */ of) =>
    rows.push([
      name,
      (bytes / of).toFixed(1),
      (bytes / of / (lines / events)).toFixed(2),
      (bytes / of / (packed / events)).toFixed(2),
    ])
  add("JSON lines (pino)", lines, events)
  add("JSON lines, gzip", packed, events)
  add("ours", sizeOf(stored.directory), events)
  for (const codec of ["deflate", "zstandard"]) {
    const directory = join(folder, codec)
    const recorder = createRecorder(fileSink(directory, { codec }), { service: SERVICE })
    for (let index = 0; index < few; index++) {
      if (!recorder.record(Served, /** @type {any} */ (values[index % values.length]))) await recorder.room()
    }
    await recorder.close()
    add(`ours, ${codec}`, sizeOf(directory), few)
  }
  return rows
}

async function readingTable() {
  const names = [
    "JSON lines: JSON.parse",
    "JSON lines: DuckDB",
    "ours: aggregate, two fields",
    "ours: aggregate, all fields",
    "ours: readEvents",
    "ours: SQL",
    "fastavro",
  ]
  const runs = await inTurns(names, async (name) => {
    const isOther = name === "fastavro"
    const wanted = isOther ? few : events
    const measure = isOther
      ? await python([stored.directory, String(few)])
      : await measured({ part: "read", name, count: events, ...stored })
    const expected = expectedSum(wanted)
    if (measure.count !== wanted || Math.abs(measure.sum - expected) > expected * 1e-9) {
      throw new Error(
        `${name} answers ${measure.count} events of ${measure.sum} ms, not ${wanted} of ${expected}`,
      )
    }
    return measure
  })
  const nanos = (/** @type {string} */ name) =>
    middle(runs, name, ({ millis, count }) => (millis * 1e6) / count)
  const cpu = (/** @type {string} */ name) =>
    middle(runs, name, ({ cpuMillis, count }) => (cpuMillis * 1e6) / count)
  return [
    ["by route: count, sum, p99", "ns an event", "× JSON.parse", "CPU ns", "× JSON.parse by CPU"],
    ...names.map((name) => [
      name,
      nanos(name).toFixed(0),
      (nanos("JSON lines: JSON.parse") / nanos(name)).toFixed(2),
      cpu(name).toFixed(0),
      (cpu("JSON lines: JSON.parse") / cpu(name)).toFixed(2),
    ]),
  ]
}

async function mixedTable() {
  const total = Math.min(events, 1_000_000)
  const rows = [["four kinds in turn", "MB", "write ms", "CPU ms", "read one kind ms", "CPU ms"]]
  for (const codec of ["null", "deflate"]) {
    for (const way of ["one file a kind", "one of all"]) {
      const task = { part: "mixed", folder, count: total, codec }
      const writes = await inTurns([`write, ${way}`], (name) => measured({ ...task, name }))
      const reads = await inTurns([`read one kind, ${way}`], (name) => measured({ ...task, name }))
      rows.push([
        `${way}, ${codec}`,
        (middle(writes, `write, ${way}`, ({ bytes }) => bytes) / 1e6).toFixed(1),
        middle(writes, `write, ${way}`, ({ millis }) => millis).toFixed(0),
        middle(writes, `write, ${way}`, ({ cpuMillis }) => cpuMillis).toFixed(0),
        middle(reads, `read one kind, ${way}`, ({ millis }) => millis).toFixed(0),
        middle(reads, `read one kind, ${way}`, ({ cpuMillis }) => cpuMillis).toFixed(0),
      ])
    }
  }
  return rows
}

/**
 * @param {readonly string[]} names
 * @param {(name: string) => Promise<Measure>} measure
 */
async function inTurns(names, measure) {
  /** @type {Map<string, Measure[]>} */
  const measures = new Map(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      measures.get(name)?.push(await measure(name))
      rmSync(join(folder, "recorded"), { recursive: true, force: true })
    }
  }
  return measures
}

/** @param {Map<string, Measure[]>} measures @param {string} name @param {(measure: Measure) => number} of */
function middle(measures, name, of) {
  return median((measures.get(name) ?? []).map(of))
}

/** @param {object} task @returns {Promise<Measure>} */
async function measured(task) {
  const { stdout } = await run(process.execPath, [
    join(import.meta.dirname, "worker.js"),
    JSON.stringify(task),
  ])
  return JSON.parse(stdout)
}

/** @param {string[]} parameters @returns {Promise<Measure>} */
async function python(parameters) {
  const { stdout } = await run(PYTHON, [join(import.meta.dirname, "fastavro_worker.py"), ...parameters])
  return JSON.parse(stdout)
}

/** @param {string} directory */
function sizeOf(directory) {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .map((name) => statSync(join(directory, name)))
    .reduce((sum, entry) => sum + (entry.isFile() ? entry.size : 0), 0)
}
