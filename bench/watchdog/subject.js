// @ts-check
// The process that is measured: node --import peers/… subject.js idle | blocks GAP_MILLIS | pauses
// Prints a line of JSON for each figure. It knows nothing of what watches it.

import { openSync, readdirSync, readFileSync, readSync } from "node:fs"
import { stat } from "node:fs/promises"
import { setTimeout as sleep } from "node:timers/promises"
import { Script } from "node:vm"

const [, , what, gapMillis] = process.argv
const LEAD_MILLIS = 1200
const IDLE_MILLIS = 6000
const BLOCKS = 15
const BLOCK_MILLIS = 150
const THRESHOLD_MILLIS = 50
const SCRIPTS = 5000

if (what === "idle") print(await idle())
if (what === "blocks") await blocks()
if (what === "pauses") await pauses()

// What a service costs that waits for work.
async function idle() {
  await sleep(LEAD_MILLIS)
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
    ownMegabytes: residentMegabytes("RssAnon"),
    megabytes: residentMegabytes("VmRSS"),
  }
}

/** @param {string} field Of /proc/self/status. RssAnon is without the pages of Node's own program. */
function residentMegabytes(field) {
  const status = readFileSync("/proc/self/status", "latin1")
  return (Number(new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(status)?.[1]) * 1024) / 1e6
}

// Blocks, each in a function of another name: a place is reported once a minute. Says of each when it was as long as the
// threshold, without the time in which the machine gave the thread no processor: nobody is to blame for that.
async function blocks() {
  const file = openSync(`/proc/self/task/${process.pid}/schedstat`, "r")
  await sleep(LEAD_MILLIS)
  for (let i = 0; i < BLOCKS; i++) {
    const name = `spin${i}`
    const spin = new Script(spinSource(name), { filename: "/spins.js" }).runInThisContext()
    await sleep(Number(gapMillis))
    if (i % 2 === 1) await stat(".") // then an event begins the block, else a timer
    print({ name, reachedMillis: spin(readSync, file, Buffer.alloc(64), THRESHOLD_MILLIS, BLOCK_MILLIS) })
  }
}

/** @param {string} name */
function spinSource(name) {
  // nothing is a function in it: that one would be told instead
  return `(function ${name}(read, file, buffer, threshold, length) {
  const began = Number(process.hrtime.bigint()) / 1e6
  let queuedBefore
  let reached
  for (let late = 0; late < length; ) {
    for (const look = performance.now() + 0.5; performance.now() < look; );
    const now = Number(process.hrtime.bigint()) / 1e6
    const queued = Number(buffer.latin1Slice(0, read(file, buffer, 0, 64, 0)).split(" ")[1]) / 1e6
    queuedBefore ??= queued
    late = now - began - (queued - queuedBefore)
    if (late >= threshold) reached ??= now
  }
  return reached
})`
}

// The longest moment in each block in which it did not go on, with many scripts loaded.
async function pauses() {
  const scripts = Array.from(
    { length: SCRIPTS },
    (_, i) => new Script(`(function f${i}(a) { return a + ${i} })`, { filename: `script${i}.js` }),
  )
  const functions = scripts.map((script) => script.runInThisContext())
  await sleep(LEAD_MILLIS)
  for (let i = 0; i < BLOCKS; i++) {
    await sleep(150)
    print({ longestMillis: longestGap(BLOCK_MILLIS) })
  }
  if (functions.length !== SCRIPTS) throw new Error("not all of them were loaded")
}

/** @param {number} millis */
function longestGap(millis) {
  let longest = 0
  let last = performance.now()
  for (const end = last + millis; last < end; ) {
    const now = performance.now()
    if (now - last > longest) longest = now - last
    last = now
  }
  return longest
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
