// @ts-check
// One measurement: a hundred slow names at once, a quick one after them, and a file that is read all the while.

import { fork } from "node:child_process"
import { lookup as nodeLookup } from "node:dns"
import { once } from "node:events"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { performance } from "node:perf_hooks"
import { setTimeout as wait } from "node:timers/promises"
import { promisify } from "node:util"
import { lookup as ourLookup } from "../../packages/dns/dist/index.js"
import { median } from "../shared/statistics.js"

/**
 * @typedef {object} Measured
 * @property {number | null} namesMillis Until every slow name was resolved.
 * @property {number | null} quickMillis How long the quick name took.
 * @property {number} reads How many reads ended meanwhile; without names, in a second.
 * @property {number} medianMillis Of the reads.
 * @property {number} worstMillis Of the reads.
 */

const NAMES = 100
const READ_EVERY_MILLIS = 5

const kind = process.argv[2]
const lookup = kind === "node" ? promisify(nodeLookup) : kind === "ours" ? promisify(ourLookup) : undefined
const server = fork(join(import.meta.dirname, "server.js"))
await once(server, "message")
await readFile(import.meta.filename)
await lookup?.("warm.test")

const startedAt = performance.now()
/** @type {number | null} */
let quickMillis = null
const names = lookup === undefined ? wait(1000) : resolveAll(lookup)
const reads = await readUntil(names)
/** @type {Measured} */
const measured = {
  namesMillis: lookup === undefined ? null : performance.now() - startedAt,
  quickMillis,
  reads: reads.length,
  medianMillis: median(reads),
  worstMillis: Math.max(...reads),
}
console.log(JSON.stringify(measured))
server.disconnect()

/** @param {(name: string) => Promise<{ address: string }>} look */
async function resolveAll(look) {
  const slow = Array.from({ length: NAMES }, (_, i) => look(`slow-${i}.test`))
  const askedAt = performance.now()
  const quick = look("quick.test").then((found) => {
    quickMillis = performance.now() - askedAt
    return found
  })
  for (const { address } of await Promise.all([quick, ...slow])) {
    if (address !== "192.0.2.1") throw new Error(`got ${address}`)
  }
}

/** Begins a read every few milliseconds, and gives how long each took. @param {Promise<unknown>} done */
async function readUntil(done) {
  let isDone = false
  const ended = done.then(() => (isDone = true))
  /** @type {Promise<number>[]} */
  const times = []
  while (!isDone) {
    times.push(read())
    await Promise.race([wait(READ_EVERY_MILLIS), ended])
  }
  return Promise.all(times)
}

async function read() {
  const begunAt = performance.now()
  await readFile(import.meta.filename)
  return performance.now() - begunAt
}
