// @ts-check
// A server and a client of one contestant, each in a process of its own.

import { fork } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"

/** @typedef {import("node:child_process").ChildProcess} ChildProcess */
/** @typedef {import("./client.js").Cell} Cell */
/** @typedef {import("./load.js").Sample} Sample */

/** A sample with the server's CPU for each call. @typedef {Sample & { serverMicros: number }} FullSample */

/** What a process is told when it starts. @typedef {{ contestant: string, builds: string, port: number }} Setting */

/**
 * @typedef {object} Pair
 * @property {(cell: Cell) => Promise<FullSample>} run
 * @property {() => Promise<void>} stop Resolves when both have ended.
 */

/** More than starting takes while all others start, and verifying with a server that is slow. */
const START_MILLIS = 60_000
/** More than calls take that are under way when the time of a cell is over. */
const GRACE_MILLIS = 15_000

/**
 * Starts both and lets the client check every answer. Rejects when one of them ends, or takes too long.
 * @param {string} contestant
 * @param {string} builds
 * @param {(role: "server" | "client") => string[]} [nodeOptions]
 * @returns {Promise<Pair>}
 */
export async function startPair(contestant, builds, nodeOptions = () => []) {
  const start = (/** @type {"server" | "client"} */ role, /** @type {number} */ port) =>
    fork(join(import.meta.dirname, `${role}.js`), [JSON.stringify({ contestant, builds, port })], {
      execArgv: nodeOptions(role),
    })
  const server = start("server", 0)
  /** @type {ChildProcess | undefined} */
  let client
  const stop = async () => {
    for (const child of [client, server]) {
      if (child === undefined || child.exitCode !== null) continue
      if (child.connected) child.disconnect()
      await once(child, "exit")
    }
  }
  try {
    const port = await answerOf(server, START_MILLIS)
    client = start("client", port)
    await answerOf(client, START_MILLIS)
  } catch (error) {
    await stop()
    throw error
  }
  return { run: (cell) => run(server, /** @type {ChildProcess} */ (client), cell), stop }
}

/**
 * What `startPair` gave to this process.
 * @param {string[]} argv
 * @returns {Setting}
 */
export function settingOf(argv) {
  return JSON.parse(argv[2] ?? "")
}

/** @param {ChildProcess} server @param {ChildProcess} client @param {Cell} cell @returns {Promise<FullSample>} */
async function run(server, client, cell) {
  const before = await ask(server, "CPU", GRACE_MILLIS)
  /** @type {Sample} */
  const sample = await ask(client, cell, cell.leadMillis + cell.millis + GRACE_MILLIS)
  const after = await ask(server, "CPU", GRACE_MILLIS)
  return { ...sample, serverMicros: (after - before) / sample.calls }
}

/** @param {ChildProcess} child @param {any} question @param {number} millis */
function ask(child, question, millis) {
  if (child.connected) child.send(question)
  return answerOf(child, millis)
}

/** @param {ChildProcess} child @param {number} millis @returns {Promise<any>} */
function answerOf(child, millis) {
  return new Promise((resolve, reject) => {
    const settle = (/** @type {() => void} */ how) => {
      clearTimeout(timer)
      child.off("message", onMessage).off("exit", onExit)
      how()
    }
    const onMessage = (/** @type {unknown} */ message) => settle(() => resolve(message))
    const onExit = (/** @type {number | null} */ status) =>
      settle(() => reject(new Error(`a process ended with status ${status}`)))
    const timer = setTimeout(() => settle(() => reject(new Error(`no answer within ${millis} ms`))), millis)
    child.on("message", onMessage).on("exit", onExit)
    if (child.exitCode !== null) onExit(child.exitCode)
  })
}
