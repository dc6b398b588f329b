// @ts-check
// The process that is measured: `node subject.js idle|work|block on|off`. Prints one value as JSON.

import { readdirSync, readFileSync } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"
import { watchEventLoop } from "../../packages/watchdog/dist/index.js"

const [, , what, state] = process.argv
const IDLE_MILLIS = 6000
const WORK_TURNS = 120_000
const BLOCKS = 15
const BLOCK_MILLIS = 250

const memoryBefore = process.memoryUsage.rss()
const watchdog = state === "on" ? watchEventLoop({ thresholdMillis: 50 }) : undefined
await sleep(2000)

if (what === "idle") print(await idle())
if (what === "work") print(await work())
if (what === "block") await block()
watchdog?.close()

// What a service costs that waits for work.
async function idle() {
  const before = runMillis()
  await sleep(IDLE_MILLIS)
  const after = runMillis()
  const total = Object.entries(after).reduce(
    (sum, [thread, millis]) => sum + millis - (before[thread] ?? 0),
    0,
  )
  return {
    mainPercent: (100 * mainMillis(before, after)) / IDLE_MILLIS,
    totalPercent: (100 * total) / IDLE_MILLIS,
    megabytes: (process.memoryUsage.rss() - memoryBefore) / 1e6,
  }
}

// A busy service: turns of the loop, promises, some computing. By the processor's time, not the clock's, so that other
// work on the machine does not count.
async function work() {
  const before = runMillis()
  let sum = 0
  for (let turn = 0; turn < WORK_TURNS; turn++) {
    sum += (await new Promise((resolve) => setImmediate(resolve, turn))) % 7
    for (let i = 0; i < 20; i++) sum += await Promise.resolve(i)
    sum += JSON.parse(JSON.stringify({ turn, list: [1, 2, 3] })).list.length
  }
  return { microsPerTurn: (1000 * mainMillis(before, runMillis())) / WORK_TURNS, sum }
}

// Blocks, each in a function of another name: a place is reported once a minute. Says when each began.
async function block() {
  for (let i = 0; i < BLOCKS; i++) {
    const spin = new Function("end", `return function spin${i}() { while (Date.now() < end); }`)(
      Date.now() + 300 + BLOCK_MILLIS,
    )
    await sleep(300)
    print({ name: `spin${i}`, beganMillis: Number(process.hrtime.bigint()) / 1e6 })
    spin()
  }
}

/** @returns {Record<string, number>} Milliseconds each thread has run. */
function runMillis() {
  return Object.fromEntries(
    readdirSync("/proc/self/task").map((thread) => [
      thread,
      Number(readFileSync(`/proc/self/task/${thread}/schedstat`, "latin1").split(" ")[0]) / 1e6,
    ]),
  )
}

/**
 * @param {Record<string, number>} before
 * @param {Record<string, number>} after
 */
function mainMillis(before, after) {
  return (after[process.pid] ?? 0) - (before[process.pid] ?? 0)
}

/** @param {unknown} value */
function print(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}
