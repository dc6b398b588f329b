// @ts-check
// The service whose loss of throughput is measured: node service.js PAIRS TITLE …. It answers the requests of its parent, and
// meanwhile switches the contestants on and off, again and again. What it got done in each slice goes to the parent.

import { once } from "node:events"
import { closeSync, openSync, readSync } from "node:fs"
import { createServer } from "node:http"
import { json } from "node:stream/consumers"
import { setTimeout as sleep } from "node:timers/promises"
import { SWITCHES } from "./switches.js"

/**
 * @typedef {object} Slice What was done in it.
 * @property {number} requestsPerSecond
 * @property {number} mainMicros The main thread's processor time for a request.
 * @property {number} allMicros The same of all threads.
 *
 * @typedef {{ on: Slice, off: Slice }} Pair Two slices, one right after the other.
 */

const WARM_UP_MILLIS = 3000
/** To begin with there is what it costs to start and stop, which is not asked for. */
const SETTLE_MILLIS = 200
const SLICE_MILLIS = 400

const [, , count, ...titles] = process.argv
const buffer = Buffer.alloc(64)
let requests = 0

const server = createServer((request, response) => void answer(request, response)).listen(0, "127.0.0.1")
await once(server, "listening")
const address = server.address()
process.send?.({ port: typeof address === "object" ? address?.port : undefined })
await sleep(WARM_UP_MILLIS)
const file = openSync(`/proc/self/task/${process.pid}/schedstat`, "r")
for (let i = 0; i < Number(count); i++) {
  for (const title of titles) process.send?.({ title, pair: await takePair(title) })
}
closeSync(file)
process.exit()

/**
 * @param {import("node:http").IncomingMessage} request
 * @param {import("node:http").ServerResponse} response
 */
async function answer(request, response) {
  const order = /** @type {{ items: { name: string, quantity: number, cents: number }[] }} */ (
    await json(request)
  )
  const lines = await Promise.all(order.items.map(priced))
  const total = lines.reduce((sum, { cents }) => sum + cents, 0)
  requests++
  response.setHeader("content-type", "application/json")
  response.end(JSON.stringify({ lines, total, currency: "EUR" }))
}

/** @param {{ name: string, quantity: number, cents: number }} item */
async function priced({ name, quantity, cents }) {
  await Promise.resolve()
  return { name, cents: quantity * cents }
}

/**
 * In an order that is drawn: what comes and goes with the slices, such as collections, then favours none of the two.
 * @param {string} title
 * @returns {Promise<Pair>}
 */
async function takePair(title) {
  const isOnFirst = Math.random() < 0.5
  const first = await takeSlice(title, isOnFirst)
  const second = await takeSlice(title, !isOnFirst)
  return isOnFirst ? { on: first, off: second } : { on: second, off: first }
}

/**
 * @param {string} title
 * @param {boolean} isOn
 * @returns {Promise<Slice>}
 */
async function takeSlice(title, isOn) {
  const switchOff = isOn ? await SWITCHES.get(title)?.() : undefined
  await sleep(SETTLE_MILLIS)
  const before = readings()
  await sleep(SLICE_MILLIS)
  const after = readings()
  switchOff?.()
  const done = after.requests - before.requests
  return {
    requestsPerSecond: (1000 * done) / (after.millis - before.millis),
    mainMicros: (after.mainMicros - before.mainMicros) / done,
    allMicros: (after.allMicros - before.allMicros) / done,
  }
}

function readings() {
  const { user, system } = process.cpuUsage()
  const nanos = Number(buffer.latin1Slice(0, readSync(file, buffer, 0, buffer.length, 0)).split(" ")[0])
  return { requests, millis: performance.now(), mainMicros: nanos / 1000, allMicros: user + system }
}
