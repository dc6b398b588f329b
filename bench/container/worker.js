// @ts-check
// A process that writes or reads one file, once: node worker.js '{"action": "read", ...}'. Answers with a
// measure in JSON on standard output. The time is without the start of the process and with the compiling.

import { readFileSync } from "node:fs"
import { performance } from "node:perf_hooks"

/**
 * @typedef {object} Task
 * @property {"ours" | "avsc"} who
 * @property {"write" | "read" | "readBlocks"} action
 * @property {string} codec
 * @property {string} file
 * @property {number} count
 * @property {{ start: number, end: number }} [range]
 */

/**
 * @typedef {object} Measure
 * @property {number} millis On the clock.
 * @property {number} cpuMillis Of all the process's threads.
 * @property {number} count
 * @property {number} sum
 * @property {number} peakMegabytes
 */

/** @type {Task} */
const task = JSON.parse(process.argv[2] ?? "")
const contestant = /** @type {Record<string, (task: Task) => Promise<{ count: number, sum: number }>>} */ (
  task.who === "ours" ? await import("./ours.js") : await import("./avsc.js")
)
const started = performance.now()
const cpuBefore = process.cpuUsage()
const done = await contestant[task.action]?.(task)
const millis = performance.now() - started
const cpu = process.cpuUsage(cpuBefore)
const cpuMillis = (cpu.user + cpu.system) / 1000
console.log(JSON.stringify({ ...done, millis, cpuMillis, peakMegabytes: peakMegabytes() }))

function peakMegabytes() {
  if (process.platform !== "linux") return process.resourceUsage().maxRSS / 1024
  return Number(/^VmHWM:\s*(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) / 1024
}
