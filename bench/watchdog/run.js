// @ts-check
// What the watchdog costs, and how soon it tells: `npm run bench:watchdog`. Each figure with the watchdog on stands
// beside the same with it off, in processes of their own, one after the other: off, on, on, off, …

import { spawn } from "node:child_process"
import { once } from "node:events"
import { loadavg } from "node:os"
import { text } from "node:stream/consumers"
import { fileURLToPath } from "node:url"
import { environment } from "../shared/environment.js"
import { table } from "../shared/markdown.js"
import { median } from "../shared/statistics.js"

const SUBJECT = fileURLToPath(new URL("subject.js", import.meta.url))
const THRESHOLD_MILLIS = 50
const IDLE_PAIRS = 2
const WORK_PAIRS = 8
/** Of Student's distribution, two-sided 95 %, for 7 degrees of freedom: one less than the pairs. */
const STUDENT = 2.365

const loadBefore = loadavg()
const idle = await pairs("idle", IDLE_PAIRS)
const work = await pairs("work", WORK_PAIRS)
const blocks = await latenciesOfBlocks()
const latencies = blocks.filter(Number.isFinite)

const { date, node, machine } = environment(loadBefore)
const busy = slowdown(work.map(({ off, on }) => on.microsPerTurn / off.microsPerTurn))
const of = (/** @type {"on" | "off"} */ state, /** @type {string} */ figure) =>
  median(idle.map((pair) => pair[state][figure]))
const rows = [
  ["", "off", "on", "bound"],
  [
    "idle, main thread, % of a processor",
    two(of("off", "mainPercent")),
    two(of("on", "mainPercent")),
    "+0.10",
  ],
  [
    "idle, all threads, % of a processor",
    two(of("off", "totalPercent")),
    two(of("on", "totalPercent")),
    "+0.50",
  ],
  ["memory, MB", two(of("off", "megabytes")), two(of("on", "megabytes")), "+15"],
  [
    "busy, processor time a turn, %",
    "0",
    `${two(busy.percent)} (95 %: ${two(busy.from)} to ${two(busy.to)})`,
    "+1, never +2",
  ],
  ["blocks told with their function meanwhile", "", `${latencies.length} of ${blocks.length}`, "all"],
  ["told after the threshold, ms, median", "", two(median(latencies)), ""],
  ["the same, worst", "", two(Math.max(...latencies)), "15 (p99)"],
]
process.stdout.write(`${[`${date}, Node ${node}`, machine, "", ...table(rows)].join("\n")}\n`)

/**
 * @param {string} what
 * @param {number} count
 */
async function pairs(what, count) {
  const measured = []
  for (let i = 0; i < count; i++) {
    process.stderr.write(`${what} ${i + 1} of ${count}\n`)
    const first = i % 2 === 0 ? "off" : "on"
    const one = await measure(what, first)
    const other = await measure(what, first === "off" ? "on" : "off")
    measured.push(first === "off" ? { off: one, on: other } : { off: other, on: one })
  }
  return measured
}

/**
 * @param {string} what
 * @param {string} state
 * @returns {Promise<Record<string, number>>}
 */
async function measure(what, state) {
  const child = spawn(process.execPath, [SUBJECT, what, state], { stdio: ["ignore", "pipe", "ignore"] })
  const [printed] = await Promise.all([text(child.stdout), once(child, "close")])
  return JSON.parse(printed)
}

// From the moment a block is as long as the threshold until its report arrives here.
async function latenciesOfBlocks() {
  process.stderr.write("blocks\n")
  const child = spawn(process.execPath, [SUBJECT, "block", "on"], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, AVROLET_PRINT: "pretty" },
  })
  /** @type {Map<string, number>} */
  const told = new Map()
  child.stderr.setEncoding("utf8").on("data", (/** @type {string} */ chunk) => {
    const now = Number(process.hrtime.bigint()) / 1e6
    for (const [, name = ""] of chunk.matchAll(/so far, in (spin\d+)/g)) told.set(name, now)
  })
  const [printed] = await Promise.all([text(child.stdout), once(child, "close")])
  return printed
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
    .map(
      ({ name, beganMillis }) =>
        (told.get(name) ?? Number.POSITIVE_INFINITY) - beganMillis - THRESHOLD_MILLIS,
    )
}

/**
 * The mean of ratios, as so many percent more than 1, with its confidence interval.
 * @param {number[]} ratios
 */
function slowdown(ratios) {
  const logs = ratios.map(Math.log)
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length
  const variance = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / (logs.length - 1)
  const half = STUDENT * Math.sqrt(variance / logs.length)
  const [percent = 0, from = 0, to = 0] = [mean, mean - half, mean + half].map(
    (log) => 100 * (Math.exp(log) - 1),
  )
  return { percent, from, to }
}

/** @param {number} number */
function two(number) {
  return number.toFixed(2)
}
