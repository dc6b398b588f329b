// @ts-check
// Writes and reads a million records beside avsc and Python's fastavro: npm run bench:container
//
//   --count N     so many records; default 1000000
//   --rounds N    each so often, in turns; default 3. What is shown are medians
//
// Every measurement is a process of its own. All read the same file, which ours wrote. fastavro comes from the
// environment that `node conformance/python/install.js` makes.

import { execFile } from "node:child_process"
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs"
import { loadavg, tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs, promisify } from "node:util"
import { environment, versionsOf } from "../shared/environment.js"
import { table } from "../shared/markdown.js"
import { median } from "../shared/statistics.js"
import { records, schema } from "./workload.js"

/** @typedef {import("./worker.js").Measure} Measure */

const PYTHON = join(import.meta.dirname, "../../conformance/python/.venv/bin/python")
const run = promisify(execFile)

const { values } = parseArgs({ options: { count: { type: "string" }, rounds: { type: "string" } } })
const count = Number(values.count ?? 1_000_000)
const rounds = Number(values.rounds ?? 3)
const load = loadavg()
const folder = mkdtempSync(join(tmpdir(), "avrolet-bench-container-"))

try {
  const known = join(folder, "records.json")
  writeFileSync(known, JSON.stringify([...records(5000)]))
  const rows = [["", "thousand a second", "CPU ms", "× avsc", "by CPU", "× fastavro", "by CPU"]]
  for (const codec of ["null", "deflate", "zstandard"]) {
    const file = join(folder, `${codec}.avro`)
    await measured("ours", { action: "write", codec, file, count })
    rows.push(...(await competed("write", codec, join(folder, "written.avro"), known)))
    rows.push(...(await competed("read", codec, file, known)))
    console.error(`${codec} is measured`)
  }
  const { date, node, machine } = environment(load)
  console.log(
    `${date}, Node ${node}, ${machine}; ${versionsOf(["avsc"])}, fastavro ${await fastavroVersion()}`,
  )
  console.log(`\n${count} records; medians of ${rounds} rounds. "×" is how many times as fast as the peer\n`)
  console.log(table(rows).join("\n"))
  console.log(`\n${await halves()}\n\n${await memory()}`)
} finally {
  rmSync(folder, { recursive: true })
}

/**
 * @param {"write" | "read"} action
 * @param {string} codec
 * @param {string} file
 * @param {string} known
 */
async function competed(action, codec, file, known) {
  const contestants = [
    { name: "ours", who: "ours", action },
    ...(action === "read" ? [{ name: "ours, by blocks", who: "ours", action: "readBlocks" }] : []),
    { name: "avsc", who: "avsc", action },
    { name: "fastavro", who: "fastavro", action },
  ]
  /** @type {Map<string, Measure[]>} */
  const measures = new Map(contestants.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const { name, ...contestant } of contestants) {
      const task = { ...contestant, codec, file, count, records: known, schema }
      measures.get(name)?.push(await measured(contestant.who, task))
    }
  }
  const of = (/** @type {string} */ name, /** @type {"millis" | "cpuMillis"} */ what) =>
    median((measures.get(name) ?? []).map((measure) => measure[what]))
  return contestants.map(({ name }) => [
    `${action}, ${codec}: ${name}`,
    (count / of(name, "millis")).toFixed(0),
    of(name, "cpuMillis").toFixed(0),
    ...["avsc", "fastavro"].flatMap((peer) => [
      (of(peer, "millis") / of(name, "millis")).toFixed(2),
      (of(peer, "cpuMillis") / of(name, "cpuMillis")).toFixed(2),
    ]),
  ])
}

/** One process, and two that read half of the file each. */
async function halves() {
  const rows = [["read by values", "one process", "two, half each", "ratio"]]
  for (const codec of ["null", "deflate", "zstandard"]) {
    const file = join(folder, `${codec}.avro`)
    const { size } = statSync(file)
    const ranges = [0, 1].map((part) => ({ start: (size * part) / 2, end: (size * (part + 1)) / 2 }))
    /** @type {number[]} */
    const whole = []
    /** @type {number[]} */
    const split = []
    for (let round = 0; round < rounds; round++) {
      const task = { action: "read", codec, file }
      whole.push((await measured("ours", { ...task, count })).millis)
      const parts = await Promise.all(ranges.map((range) => measured("ours", { ...task, range }, false)))
      if (parts.reduce((sum, part) => sum + part.count, 0) !== count)
        throw new Error("The halves are no whole")
      split.push(Math.max(...parts.map(({ millis }) => millis)))
    }
    const [one, two] = [median(whole), median(split)]
    rows.push([codec, `${one.toFixed(0)} ms`, `${two.toFixed(0)} ms`, (two / one).toFixed(2)])
  }
  return table(rows).join("\n")
}

async function memory() {
  const rows = [["peak of the process's memory", ...[1, 4].map((times) => `${count * times} records`)]]
  for (const codec of ["null", "deflate", "zstandard"]) {
    const [write, read] = [[`write, ${codec}`], [`read, ${codec}`]]
    for (const times of [1, 4]) {
      const task = { codec, file: join(folder, "memory.avro"), count: count * times }
      write?.push(`${(await measured("ours", { ...task, action: "write" })).peakMegabytes.toFixed(0)} MB`)
      read?.push(`${(await measured("ours", { ...task, action: "read" })).peakMegabytes.toFixed(0)} MB`)
    }
    rows.push(/** @type {string[]} */ (write), /** @type {string[]} */ (read))
  }
  return table(rows).join("\n")
}

/**
 * @param {string} who
 * @param {object & { count?: number }} task
 * @param {boolean} isWhole Whether all records have to be met.
 * @returns {Promise<Measure>}
 */
async function measured(who, task, isWhole = true) {
  const worker = who === "fastavro" ? "fastavro_worker.py" : "worker.js"
  const program = who === "fastavro" ? PYTHON : process.execPath
  const { stdout } = await run(program, [join(import.meta.dirname, worker), JSON.stringify({ who, ...task })])
  const measure = JSON.parse(stdout)
  if (isWhole && measure.count !== task.count) throw new Error(`${who} met ${measure.count} records`)
  return measure
}

async function fastavroVersion() {
  const { stdout } = await run(PYTHON, ["-c", "import fastavro; print(fastavro.__version__)"])
  return stdout.trim()
}
