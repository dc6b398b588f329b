// @ts-check
// A process that keeps the last 20 000 results of one codec, as a queue or a cache would, and says how
// long a result takes then and how much memory they hold. One codec a process: the collector's work is
// charged to whoever runs when it happens. Started by run.js with a task in JSON and --expose-gc.

import { performance } from "node:perf_hooks"
import { operate } from "./measure.js"
import { loadPeer } from "./peers.js"
import { sampleOf } from "./schemas.js"

/**
 * @typedef {object} RetainTask
 * @property {string} sample
 * @property {"encode" | "decode"} direction
 * @property {import("./peers.js").PeerName} codec
 * @property {string} builds
 * @property {number} millis
 */

/**
 * @typedef {object} Retained
 * @property {number} nanos Per result, while as many are kept.
 * @property {number} kept How many.
 * @property {number} heldBytes By them, after collection: on the heap and in array buffers.
 * @property {number} rssBytes Of the process, before collection.
 */

/** @type {RetainTask} */
const task = JSON.parse(process.argv[2] ?? "")
const sample = sampleOf(task.sample)
const codec = (await loadPeer(task.codec, task.builds))(sample)
const operation = codec?.[task.direction]
if (codec === undefined || operation === undefined) throw new Error(`${task.codec} does not do this`)

const inputs = task.direction === "encode" ? codec.inputs : codec.encoded
const kept = sample.retained ?? 20_000
const ring = new Array(kept).fill(undefined)
const fill = filler()

operate(operation, inputs[0])
fillFor(task.millis / 2)
const nanos = fillFor(task.millis)
const rssBytes = process.memoryUsage.rss()
const full = afterCollection()
ring.fill(undefined)
const heldBytes = full - afterCollection()

/** @type {Retained} */
const retained = { nanos, kept, heldBytes, rssBytes }
console.log(JSON.stringify(retained))

/** Puts the results of all inputs into the ring, over the oldest ones. */
function filler() {
  const { expression, constants } = /** @type {import("./peers.js").Operation} */ (operation)
  const make = new Function(
    "ring",
    "inputs",
    ...Object.keys(constants),
    `"use strict"
    let next = 0
    return function fill() {
      for (let i = 0; i < inputs.length; i++) {
        const input = inputs[i]
        ring[next] = ${expression}
        if (++next === ring.length) next = 0
      }
    }`,
  )
  return /** @type {() => void} */ (make(ring, inputs, ...Object.values(constants)))
}

/**
 * Nanoseconds per result, over at least that time and at least one whole ring.
 * @param {number} millis
 */
function fillFor(millis) {
  const start = performance.now()
  let results = 0
  while (results < kept || performance.now() - start < millis) {
    fill()
    results += inputs.length
  }
  return ((performance.now() - start) * 1e6) / results
}

function afterCollection() {
  globalThis.gc?.()
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
