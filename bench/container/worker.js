// @ts-check
// A process that writes or reads one file, once: node worker.js '{"action": "read", ...}'. Answers with a
// measure in JSON on standard output. The time is without the start of the process and what the contestant prepares,
// and with the compiling.

import { readFileSync } from "node:fs"
import { performance } from "node:perf_hooks"

/**
 * @typedef {object} Task
 * @property {"ours" | "avsc" | "floor"} who
 * @property {string} action What the contestant's module does.
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
 * @property {number} [liveMegabytes] What is still in use when the last record is read.
 */

/** @type {Task} */
const task = JSON.parse(process.argv[2] ?? "")
const contestant = await import(`./${task.who}.js`)
const prepared = await contestant.prepare?.(task)
const started = performance.now()
const cpuBefore = process.cpuUsage()
const done = await contestant[task.action](task, prepared)
const millis = performance.now() - started
const cpu = process.cpuUsage(cpuBefore)
const cpuMillis = (cpu.user + cpu.system) / 1000
console.log(JSON.stringify({ ...done, millis, cpuMillis, peakMegabytes: peakMegabytes() }))

function peakMegabytes() {
  if (process.platform !== "linux") return process.resourceUsage().maxRSS / 1024
  return Number(/^VmHWM:\s*(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) / 1024
}
