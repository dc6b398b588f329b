// @ts-check
// A process that records or reads, once: node worker.js '{"part": "record", "name": "winston", ...}'. Answers with a
// measure in JSON on standard output. The time is without the start of the process and with the compiling.

import { performance } from "node:perf_hooks"
import { setImmediate } from "node:timers/promises"

/**
 * @typedef {object} Task
 * @property {"record" | "latency" | "read" | "mixed"} part
 * @property {string} name
 * @property {string} [path]
 * @property {number} count
 * @property {string} [directory]
 * @property {string} [lines]
 * @property {string} [folder]
 * @property {string} [codec]
 */

/** Between them the loop turns, as it does in a service. */
const IN_A_TURN = 500

const task = /** @type {Task} */ (JSON.parse(process.argv[2] ?? ""))
const act = await actionOf(task)
const started = performance.now()
const cpuBefore = process.cpuUsage()
const done = await act()
const millis = performance.now() - started
const cpu = process.cpuUsage(cpuBefore)
console.log(JSON.stringify({ millis, cpuMillis: (cpu.user + cpu.system) / 1000, ...done }))

/** @param {Task} task @returns {Promise<() => Promise<object | undefined>>} */
async function actionOf({ part, name, ...rest }) {
  if (part === "read") {
    const { readers } = await import("./readers.js")
    return () => readers[name]?.(/** @type {any} */ (rest)) ?? Promise.reject(new Error(name))
  }
  if (part === "mixed") {
    const { stores } = await import("./mixed.js")
    return () => stores[name]?.(/** @type {any} */ (rest)) ?? Promise.reject(new Error(name))
  }
  const [{ recorders }, { values }] = await Promise.all([import("./recorders.js"), import("./workload.js")])
  const contestant = recorders[name]?.(rest.path ?? "")
  if (contestant === undefined) throw new Error(name)
  return part === "record"
    ? () => recorded(contestant, values, rest.count)
    : () => timed(contestant, values, rest.count)
}

/** @param {import("./recorders.js").Contestant} contestant @param {readonly object[]} values @param {number} count */
async function recorded({ record, room, close }, values, count) {
  for (let index = 0; index < count; index++) {
    if (!record(values[index % values.length])) await room()
    if (index % IN_A_TURN === 0) await setImmediate()
  }
  await close()
  return { count }
}

/**
 * How long each call took. Reading the clock is in it, some 40 ns, for everyone.
 * @param {import("./recorders.js").Contestant} contestant @param {readonly object[]} values @param {number} count
 */
async function timed({ record, room, close }, values, count) {
  const warmUp = count
  const nanos = new Float64Array(count)
  for (let index = -warmUp; index < count; index++) {
    const value = values[(index + warmUp) % values.length]
    const before = performance.now()
    const goesOn = record(value)
    const after = performance.now()
    if (index >= 0) nanos[index] = (after - before) * 1e6
    if (!goesOn) await room()
    if (index % IN_A_TURN === 0) await setImmediate()
  }
  await close()
  nanos.sort()
  return { p50: nanos[Math.floor(count * 0.5)], p99: nanos[Math.floor(count * 0.99)] }
}
