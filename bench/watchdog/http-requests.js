// @ts-check
// What it costs an HTTP server that blocks name the request: `node bench/watchdog/http-requests.js`, after a build.
// Servers with `httpRequests` and without it, in processes of their own, one after the other: without, with, with,
// without, … What counts is the processor's time of the server for a request, not the clock's.

import { fork } from "node:child_process"
import { once } from "node:events"
import { Agent, createServer, get } from "node:http"
import { loadavg } from "node:os"
import { fileURLToPath } from "node:url"
import { watchEventLoop } from "../../packages/watchdog/dist/index.js"
import { environment } from "../shared/environment.js"
import { table } from "../shared/markdown.js"
import { median } from "../shared/statistics.js"

const PAIRS = 10
const AWAITS = [0, 50]
const CONNECTIONS = 20
const WARM_UP_REQUESTS = 4000
const REQUESTS = 10_000

const [, , role, awaits] = process.argv
if (role === undefined) await compare()
else await serve(role === "with", Number(awaits))

async function compare() {
  const loadBefore = loadavg()
  const rows = [["a request that awaits", "without, µs", "with, µs", "with / without", "quartiles"]]
  for (const count of AWAITS) {
    /** @type {{ without: number, with: number }[]} */
    const pairs = []
    for (let i = 0; i < PAIRS; i++) {
      const [first, second] = await inTurn(i % 2 === 0 ? ["without", "with"] : ["with", "without"], count)
      pairs.push(i % 2 === 0 ? { without: first, with: second } : { without: second, with: first })
    }
    const ratios = pairs.map((pair) => pair.with / pair.without).toSorted((a, b) => a - b)
    const quartile = (/** @type {number} */ part) =>
      ratios[Math.floor(part * (ratios.length - 1))]?.toFixed(3)
    rows.push([
      `${count} times`,
      median(pairs.map((pair) => pair.without)).toFixed(1),
      median(pairs.map((pair) => pair.with)).toFixed(1),
      median(ratios).toFixed(3),
      `${quartile(0.25)} to ${quartile(0.75)}`,
    ])
  }
  const { date, node, machine } = environment(loadBefore)
  process.stdout.write(`${[`${date}, Node ${node}`, machine, "", ...table(rows)].join("\n")}\n`)
}

/**
 * @param {string[]} roles
 * @param {number} count
 */
async function inTurn(roles, count) {
  const [first = "", second = ""] = roles
  return /** @type {const} */ ([await microsPerRequest(first, count), await microsPerRequest(second, count)])
}

/**
 * @param {string} server
 * @param {number} count
 */
async function microsPerRequest(server, count) {
  const child = fork(fileURLToPath(import.meta.url), [server, String(count)], { execArgv: [] })
  const [port] = await once(child, "message")
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  await request(port, agent, WARM_UP_REQUESTS)
  const before = await ask(child)
  await request(port, agent, REQUESTS)
  const after = await ask(child)
  agent.destroy()
  child.send("end")
  await once(child, "exit")
  return (after - before) / REQUESTS
}

/**
 * @param {number} port
 * @param {Agent} agent
 * @param {number} count
 */
async function request(port, agent, count) {
  let left = count
  const requestOn = async () => {
    while (left-- > 0) {
      const [response] = await once(get({ port, host: "127.0.0.1", path: "/users/7?a=b", agent }), "response")
      await once(response.resume(), "end")
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, requestOn))
}

/** @param {import("node:child_process").ChildProcess} child */
async function ask(child) {
  child.send("time")
  const [micros] = await once(child, "message")
  return Number(micros)
}

/**
 * @param {boolean} httpRequests
 * @param {number} count
 */
async function serve(httpRequests, count) {
  watchEventLoop({ httpRequests, print: false })
  const answer = async (/** @type {import("node:http").ServerResponse} */ response) => {
    for (let i = 0; i < count; i++) await Promise.resolve(i)
    response.end("hello")
  }
  const server = createServer((_, response) => void answer(response)).listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  process.send?.(typeof address === "object" ? address?.port : undefined)
  process.on("message", (message) => {
    if (message === "end") process.exit()
    const { user, system } = process.cpuUsage()
    process.send?.(user + system)
  })
}
