// @ts-check
// What docs/guide/scale.md shows, as Markdown.

import { table } from "../../bench/shared/markdown.js"
import { compare } from "./compare.js"
import { carry } from "./model.js"

/** The simulation beside what was measured. */
export function comparison() {
  const rows = compare().map(({ transport, message, lanes, measured, isScattered, simulated }) => [
    `${transport.toUpperCase()}, ${message}`,
    String(lanes),
    `${isScattered ? "~" : ""}${thousands(measured)}`,
    thousands(simulated),
    (simulated / measured).toFixed(2),
  ])
  return lines([["", "in flight", "measured", "simulated", "ratio"], ...rows])
}

const LANES = 128

const fleets = [
  { name: "one core", machines: 1, cores: 1, clients: 1 },
  { name: "two cores", machines: 1, cores: 2, clients: 1 },
  { name: "a machine of 8 cores", machines: 1, cores: 8, clients: 4 },
  { name: "10 machines of 8 cores", machines: 10, cores: 8, clients: 40 },
]

/** What larger machines carry, and more of them. */
export function growth() {
  const transports = /** @type {const} */ (["http", "tcp", "nats"])
  const messages = /** @type {const} */ (["echo", "order"])
  const cells = transports.flatMap((transport) => messages.map((message) => ({ transport, message })))
  const rows = fleets.map(({ name, ...fleet }) => [
    name,
    ...cells.map(({ transport, message }) => {
      const { callsPerSecond, p99Micros } = carry({ ...fleet, transport, message, lanes: LANES })
      return `${thousands(callsPerSecond)} · ${(p99Micros / 1000).toFixed(1)}`
    }),
  ])
  const head = cells.map(({ transport, message }) => `${transport.toUpperCase()}, ${message}`)
  return lines([["calls/s · p99 ms", ...head], ...rows])
}

/** @param {string[][]} rows */
const lines = (rows) => table(rows).join("\n")

/** @param {number} value */
function thousands(value) {
  return value >= 1e6
    ? `${(value / 1e6).toFixed(1)} M`
    : `${(value / 1000).toFixed(value < 20_000 ? 1 : 0)} k`
}
