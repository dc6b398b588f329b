// @ts-check
// Keeps so many calls in flight for so long, and says how many were answered, how late, and for how much CPU.

import { performance } from "node:perf_hooks"

/** @typedef {import("./contestants.js").Call} Call */

/**
 * @typedef {object} Load
 * @property {number} inFlight
 * @property {number} leadMillis How long calls are made before the clock runs: connections are made again
 *   and caches filled.
 * @property {number} millis
 */

/**
 * @typedef {object} Sample
 * @property {number} callsPerSecond
 * @property {number} p50Micros
 * @property {number} p99Micros
 * @property {number} clientMicros CPU for each call.
 * @property {number} calls With those before and after the clock.
 */

/** More than a second's calls of the fastest; what comes after them takes the place of the first. */
const latencies = new Float64Array(2 ** 21)

/**
 * @param {Call} call
 * @param {Load} load
 * @returns {Promise<Sample>}
 */
export function load(call, { inFlight, leadMillis, millis }) {
  return new Promise((resolve) => {
    const from = performance.now() + leadMillis
    let begunCalls = 0
    let lanes = inFlight
    /** @type {ReturnType<typeof begin> | undefined} */
    let begun
    /** @type {Omit<Sample, "calls"> | undefined} */
    let measured

    /** An answer is there. Returns whether to go on. */
    function answered(/** @type {number} */ startedAt, /** @type {number} */ now) {
      if (measured !== undefined) return false
      if (begun !== undefined) {
        latencies[begun.answers++ & (latencies.length - 1)] = now - startedAt
        if (now >= begun.until) measured = finish(begun, now)
      } else if (now >= from) {
        begun = begin(now, millis)
      }
      return measured === undefined
    }

    /** One call after another. A call begins when the last one is answered, so one look at the clock does. */
    function lane() {
      let startedAt = performance.now()
      const done = () => {
        const now = performance.now()
        const goOn = answered(startedAt, now)
        startedAt = now
        if (goOn) call(begunCalls++, done)
        else if (--lanes === 0 && measured !== undefined) resolve({ ...measured, calls: begunCalls })
      }
      call(begunCalls++, done)
    }
    for (let i = 0; i < inFlight; i++) lane()
  })
}

/** @param {number} now @param {number} millis */
function begin(now, millis) {
  return { at: now, until: now + millis, cpu: process.cpuUsage(), answers: 0 }
}

/** @param {ReturnType<typeof begin>} begun @param {number} now */
function finish({ at, cpu, answers }, now) {
  const { user, system } = process.cpuUsage(cpu)
  const sorted = latencies.subarray(0, Math.min(answers, latencies.length)).toSorted()
  const micros = (/** @type {number} */ share) =>
    (sorted[Math.floor(sorted.length * share)] ?? Number.NaN) * 1000
  return {
    callsPerSecond: (answers * 1000) / (now - at),
    p50Micros: micros(0.5),
    p99Micros: micros(0.99),
    clientMicros: (user + system) / answers,
  }
}
