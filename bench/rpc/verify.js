// @ts-check
// What is fast has to be right: before anything is timed, each value comes back, to whoever sent it.

import assert from "node:assert/strict"
import { messages, values } from "./workload.js"

/** @typedef {import("./contestants.js").Caller} Caller */

/**
 * Calls with all values at once, several times over. Rejects where one is lost or changed.
 * @param {Caller} caller
 */
export async function verify(caller) {
  for (let turn = 0; turn < 3; turn++) {
    for (const message of messages) await verifyMessage(caller, message)
  }
}

/** @param {Caller} caller @param {import("./workload.js").Message} message */
async function verifyMessage({ calls, answers, plain = (answer) => answer }, message) {
  const answered = values[message].map((_, index) => new Promise((resolve) => calls[message](index, resolve)))
  const got = await Promise.all(answered)
  assert.deepEqual(
    got.map((answer) => bare(plain(answer, message))),
    answers[message].map(bare),
    `${message}: another answer`,
  )
}

/**
 * The value without what does not count: whether a record has a prototype, whose bytes they are.
 * @param {unknown} value
 * @returns {unknown}
 */
function bare(value) {
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString("hex")}`
  if (Array.isArray(value)) return value.map(bare)
  if (typeof value !== "object" || value === null) return value
  return new Map(Object.entries(value).map(([key, item]) => [key, bare(item)]))
}
