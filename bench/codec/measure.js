// @ts-check
// Time per operation, of several operations in turn: a round times each for a few milliseconds, in an
// order that rotates, so that what disturbs the machine disturbs them alike. What counts is the ratio of
// two times of one round.

import { performance } from "node:perf_hooks"

/** @typedef {import("./peers.js").Operation} Operation */

/**
 * @typedef {object} Effort
 * @property {number} rounds
 * @property {number} batchMillis How long a round times one operation.
 * @property {number} warmMillis How long it runs before the first round.
 */

/** What was made last, kept so that V8 cannot skip making it. */
const sink = { value: /** @type {unknown} */ (undefined) }

let loopsMade = 0

/**
 * A function that performs the operation on each input once.
 * @param {Operation} operation
 * @param {unknown[]} inputs
 * @returns {() => void}
 */
export function loopOf({ expression, constants }, inputs) {
  const names = Object.keys(constants)
  // The number makes the text unique: functions of one text would share what V8 learns of them.
  const make = new Function(
    "sink",
    "inputs",
    ...names,
    `"use strict"
    return function loop${loopsMade++}() {
      for (let i = 0; i < inputs.length; i++) {
        const input = inputs[i]
        sink.value = ${expression}
      }
    }`,
  )
  return make(sink, inputs, ...Object.values(constants))
}

/**
 * The operation's result for one input.
 * @param {Operation} operation
 * @param {unknown} input
 * @returns {any}
 */
export function operate(operation, input) {
  loopOf(operation, [input])()
  return sink.value
}

/** @param {() => void} loop @param {number} millis */
export function warmUp(loop, millis) {
  for (const end = performance.now() + millis; performance.now() < end; ) loop()
}

/**
 * Nanoseconds per operation, one number a round, for each of the loops.
 * @param {Map<string, () => void>} loops
 * @param {number} inputs How many operations a loop performs.
 * @param {Effort} effort
 * @returns {Record<string, number[]>}
 */
export function measure(loops, inputs, { rounds, batchMillis, warmMillis }) {
  for (const loop of loops.values()) warmUp(loop, warmMillis)
  const contestants = [...loops].map(([name, loop]) => ({
    name,
    loop,
    repeats: repeatsFor(loop, batchMillis),
    times: /** @type {number[]} */ ([]),
  }))
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < contestants.length; turn++) {
      const contestant = contestants[(round + turn) % contestants.length]
      if (contestant === undefined) continue
      const { loop, repeats, times } = contestant
      times.push((millisOf(loop, repeats) * 1e6) / repeats / inputs)
    }
  }
  return Object.fromEntries(contestants.map(({ name, times }) => [name, times]))
}

/**
 * How often the loop runs in that time. The best of three, since a disturbance only makes it slower.
 * @param {() => void} loop
 * @param {number} millis
 */
function repeatsFor(loop, millis) {
  let repeats = 1
  while (millisOf(loop, repeats) < millis / 8) repeats *= 2
  const fastest = Math.min(...[1, 2, 3].map(() => millisOf(loop, repeats)))
  return Math.max(1, Math.round((repeats * millis) / fastest))
}

/** @param {() => void} loop @param {number} repeats */
function millisOf(loop, repeats) {
  const start = performance.now()
  for (let i = 0; i < repeats; i++) loop()
  return performance.now() - start
}
