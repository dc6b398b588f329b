// @ts-check
// What was measured, as Markdown: a table for each message and number of calls in flight, and how far the
// targets are met.

import { table } from "../shared/markdown.js"
import { median, scatter } from "../shared/statistics.js"
import { targets } from "./targets.js"
import { callsInFlight, messages } from "./workload.js"

/** @typedef {import("./compete.js").Result} Result */
/** @typedef {import("./processes.js").FullSample} FullSample */

/**
 * @typedef {object} Report
 * @property {Record<string, string>} about
 * @property {Result[]} results
 * @property {import("./compete.js").Absent} absent
 */

/** Above this, a ratio is marked: its rounds disagree too much for its last digits to mean anything. */
const SCATTERED = 0.25

/** @param {Report} report */
export function render({ about, results, absent }) {
  const parts = [Object.entries(about).map(([key, value]) => `- ${key}: ${value}`)]
  for (const message of messages) {
    for (const inFlight of callsInFlight) {
      const rows = results.filter((one) => one.message === message && one.inFlight === inFlight)
      parts.push([`## ${message}, ${inFlight} in flight`], cellTable(rows))
    }
  }
  parts.push(["## Targets: calls"], targetTable(results, callRatios))
  parts.push(["## Targets: CPU"], targetTable(results, cpuRatios))
  if (results.some(({ contestant }) => contestant.watches !== undefined)) {
    parts.push(["## Watched: calls, % of those unwatched"], watchedTable(results, callRatios))
    parts.push(["## Watched: calls for the same CPU, % of those unwatched"], watchedTable(results, cpuRatios))
  }
  parts.push(absentees(absent))
  return parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")
}

/** @param {Result[]} rows */
function cellTable(rows) {
  const find = (/** @type {string} */ name) => rows.find(({ contestant }) => contestant.name === name)
  const http = find("raw-http")
  const tcp = find("raw-tcp")
  return table([
    ["", "calls/s", "× raw HTTP", "× raw TCP", "p50 µs", "p99 µs", "client µs", "server µs"],
    ...rows.map((row) => [
      row.contestant.title,
      middle(row, "callsPerSecond").toFixed(0),
      ratioText(row, http),
      row.contestant.tcp === true ? ratioText(row, tcp) : "",
      middle(row, "p50Micros").toFixed(0),
      middle(row, "p99Micros").toFixed(0),
      threeDigits(middle(row, "clientMicros")),
      threeDigits(middle(row, "serverMicros")),
    ]),
  ])
}

/** @param {Result} result @param {Exclude<keyof FullSample, "calls">} what */
function middle({ samples }, what) {
  return median(samples.map((sample) => sample[what]))
}

/** @param {Result} row @param {Result | undefined} base */
function ratioText(row, base) {
  if (base === undefined) return "–"
  const ofRounds = callRatios(row, base)
  return `${scatter(ofRounds) > SCATTERED ? "~" : ""}${threeDigits(median(ofRounds))}`
}

/**
 * How many times as many calls a second, in each of the rounds.
 * @param {Result} row
 * @param {Result} base
 */
function callRatios(row, base) {
  return ratios(row, base, ({ callsPerSecond }) => callsPerSecond)
}

/**
 * How many times as many calls for the same CPU of both sides.
 * @param {Result} row
 * @param {Result} base
 */
function cpuRatios(row, base) {
  return ratios(row, base, ({ clientMicros, serverMicros }) => 1 / (clientMicros + serverMicros))
}

/**
 * @param {Result} row
 * @param {Result} base
 * @param {(sample: FullSample) => number} speed
 */
function ratios(row, base, speed) {
  return row.samples.map((sample, round) => {
    const other = base.samples[round]
    return other === undefined ? Number.NaN : speed(sample) / speed(other)
  })
}

const cells = messages.flatMap((message) => callsInFlight.map((inFlight) => ({ message, inFlight })))
const cellNames = cells.map(({ message, inFlight }) => `${message} ${inFlight}`)

/**
 * What it costs to be watched. What differs from 100 no more than the rows "again" is no difference.
 * @param {Result[]} results
 * @param {typeof callRatios} ratiosOf
 */
function watchedTable(results, ratiosOf) {
  const watched = new Set(
    results.map(({ contestant }) => contestant).filter(({ watches }) => watches !== undefined),
  )
  const lines = Array.from(watched, (contestant) => [
    contestant.title,
    ...cells.map(({ message, inFlight }) => {
      const rows = results.filter((one) => one.message === message && one.inFlight === inFlight)
      const own = rows.find((row) => row.contestant === contestant)
      const base = rows.find((row) => row.contestant.name === contestant.watches)
      if (own === undefined || base === undefined) return "–"
      const ofRounds = ratiosOf(own, base)
      return `${scatter(ofRounds) > SCATTERED ? "~" : ""}${(median(ofRounds) * 100).toFixed(0)}`
    }),
  ])
  return table([["", ...cellNames], ...lines])
}

/**
 * @param {Result[]} results
 * @param {typeof callRatios} ratiosOf
 */
function targetTable(results, ratiosOf) {
  const lines = targets.map(({ title, ours, others, least }) => [
    title,
    ...cells.map(({ message, inFlight }) => {
      const rows = results.filter((one) => one.message === message && one.inFlight === inFlight)
      const own = rows.find(({ contestant }) => contestant.name === ours)
      const ratiosToOthers = rows
        .filter(({ contestant }) => others.includes(contestant.name))
        .map((other) => (own === undefined ? Number.NaN : median(ratiosOf(own, other))))
      return targetText(least[message]?.[inFlight], Math.min(...ratiosToOthers))
    }),
  ])
  const head = ["ours: theirs", ...cellNames]
  return table([head, ...lines.filter(([, ...texts]) => texts.some((text) => text !== ""))])
}

/** @param {number | undefined} least @param {number} ratio */
function targetText(least, ratio) {
  if (least === undefined || !Number.isFinite(ratio)) return ""
  const text = threeDigits(ratio)
  return `${ratio >= least ? text : `**${text}**`} (${least})`
}

/** @param {import("./compete.js").Absent} absent */
function absentees(absent) {
  return Array.from(absent, ([title, why]) => `- Not measured: ${title}: ${why}`)
}

/** @param {number} value */
function threeDigits(value) {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)
}
