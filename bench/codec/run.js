// @ts-check
// Measures this codec beside avsc, msgpackr, protobufjs and JSON: npm run bench:codec
//
//   --quick        in about a minute, with fewer rounds
//   --only a,b     only these schemas
//   --json FILE    every round's times, to look at later
//
// Tables on standard output, progress on standard error. What the numbers mean: ../README.md

import { execFileSync } from "node:child_process"
import { writeFileSync } from "node:fs"
import { loadavg } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { environment, versionsOf } from "../shared/environment.js"
import { copyBuilds } from "./builds.js"
import { render } from "./report.js"
import { sampleOf, samples } from "./schemas.js"

/** @typedef {import("./report.js").Result} Result */
/** @typedef {import("./report.js").Retention} Retention */
/** @typedef {import("./retain.js").Retained} Retained */
/** @typedef {import("./worker.js").Row} Row */

const { quick, json, names } = optionsOf(process.argv.slice(2))

const plan = quick
  ? { passes: 1, rounds: 5, batchMillis: 3, warmMillis: 18, keptRounds: 1, keptMillis: 200 }
  : { passes: 2, rounds: 15, batchMillis: 6, warmMillis: 60, keptRounds: 3, keptMillis: 400 }

const keepers = (quick ? ["log"] : ["rpc", "metric", "log", "strings", "batch"]).filter((name) =>
  names.includes(name),
)
const keptCodecs = ["avsc", "emitted", "closures", "msgpackr", "json"]

const loadBefore = loadavg()
const started = Date.now()
const builds = copyBuilds()
process.once("exit", () => builds.remove())

const results = measureSpeed()
const retentions = measureKept()
const report = { about: about(), results, retentions }
console.log(render(report))
if (json !== undefined) writeFileSync(json, JSON.stringify(report))

/** @param {string[]} args */
function optionsOf(args) {
  try {
    const { values } = parseArgs({
      args,
      options: { quick: { type: "boolean" }, only: { type: "string" }, json: { type: "string" } },
    })
    const chosen = values.only?.split(",").map(sampleOf) ?? samples
    return { quick: values.quick === true, json: values.json, names: chosen.map(({ name }) => name) }
  } catch (error) {
    console.error(`bench:codec: ${error instanceof Error ? error.message : error}`)
    process.exit(2)
  }
}

/** Passes take turns, so that a busy minute does not fall on one way of running alone. */
function measureSpeed() {
  /** @type {Map<string, Result>} */
  const all = new Map()
  for (let pass = 1; pass <= plan.passes; pass++) {
    for (const mode of /** @type {const} */ (["mixed", "solo"])) {
      console.error(`${mode}, pass ${pass} of ${plan.passes}`)
      const groups = mode === "mixed" ? [names] : names.map((name) => [name])
      for (const row of groups.flatMap(timed)) add(all, mode, row)
    }
  }
  return [...all.values()].toSorted((a, b) => names.indexOf(a.sample) - names.indexOf(b.sample))
}

/** @param {string[]} group @returns {Row[]} */
function timed(group) {
  const { rounds, batchMillis, warmMillis } = plan
  const effort = { rounds, batchMillis, warmMillis }
  const lines = child("worker.js", { samples: group, builds: builds.path, effort })
  return lines.map((line) => JSON.parse(line))
}

/**
 * @param {Map<string, Result>} all
 * @param {Result["mode"]} mode
 * @param {Row} row
 */
function add(all, mode, { sample, direction, times, sizes }) {
  const key = `${mode} ${sample} ${direction}`
  const known = all.get(key)
  if (known === undefined) {
    const { tuned, writer } = sampleOf(sample)
    all.set(key, { mode, sample, tuned, kind: writer === undefined ? direction : "resolve", times, sizes })
    return
  }
  for (const [codec, more] of Object.entries(times)) known.times[codec]?.push(...more)
}

function measureKept() {
  /** @type {Retention[]} */
  const all = []
  for (const sample of keepers) {
    for (const direction of /** @type {const} */ (["encode", "decode"])) {
      console.error(`results kept: ${sample}, ${direction}`)
      /** @type {Record<string, Retained[]>} */
      const runs = Object.fromEntries(keptCodecs.map((codec) => [codec, []]))
      for (let round = 0; round < plan.keptRounds; round++) {
        for (const codec of keptCodecs) {
          const task = { sample, direction, codec, builds: builds.path, millis: plan.keptMillis }
          const [line = ""] = child("retain.js", task)
          runs[codec]?.push(JSON.parse(line))
        }
      }
      all.push({ sample, direction, runs })
    }
  }
  return all
}

/**
 * The lines that another process answers a task with.
 * @param {string} file
 * @param {object} task
 */
function child(file, task) {
  const path = join(import.meta.dirname, file)
  const output = execFileSync(process.execPath, ["--expose-gc", path, JSON.stringify(task)], {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
    stdio: ["ignore", "pipe", "inherit"],
  })
  return output.trim().split("\n")
}

function about() {
  return {
    ...environment(loadBefore),
    codecs: versionsOf(["avsc", "msgpackr", "protobufjs"]),
    effort: `${plan.passes} × ${plan.rounds} rounds of ${plan.batchMillis} ms, in ${Math.round((Date.now() - started) / 1000)} s`,
  }
}
