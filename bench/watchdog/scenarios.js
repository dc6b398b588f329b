// @ts-check
// Blocks an event loop in fifteen ways, under our watchdog and under each peer, and prints what was told of each:
// for the Node that runs this. `npm run scenarios` does so for two lines of Node.

import {
  isBlamed,
  isExact,
  runScenario,
  SCENARIOS,
} from "../../packages/watchdog/dist/fixtures/scenario-table.js"
import { versionsOf } from "../shared/environment.js"
import { table } from "../shared/markdown.js"
import { PEERS, runUnderPeers } from "./peers.js"

/** @typedef {import("../../packages/watchdog/dist/fixtures/scenario-table.js").Scenario} Scenario */
/** @typedef {import("../../packages/watchdog/dist/fixtures/scenario-table.js").Told} Told */
/** @typedef {import("./peers.js").PeerOutcome} PeerOutcome */

const only = process.argv.slice(2)
const scenarios = SCENARIOS.filter(({ name }) => only.length === 0 || only.includes(name))
const startedAt = Date.now()
const failures = new Map()
const rows = [
  [
    "scenario",
    "ours",
    "ours, guarded",
    "its cause",
    "ours, reading stacks",
    ...PEERS.map(({ title }) => title),
  ],
]
for (const scenario of scenarios) {
  process.stderr.write(`${process.version} ${scenario.title}\n`)
  const plain = await runScenario(scenario, "no guard")
  const guarded = await runScenario(scenario, "guard")
  const row = [scenario.title, ours(scenario, plain), ours(scenario, guarded), causeOf(guarded)]
  // what answers when it is asked needs no other way
  const isSilent = scenario.guarded !== undefined || plain.block?.stackTaken === "after"
  row.push(isSilent ? ours(scenario, await runScenario(scenario, "reader")) : "as ours")
  for (const outcome of await runUnderPeers(scenario.name)) {
    row.push(theirs(scenario, outcome))
    if (outcome.failure !== undefined) failures.set(outcome.title, outcome.failure)
  }
  rows.push(row)
}
const seconds = Math.round((Date.now() - startedAt) / 1000)
process.stdout.write(
  [
    `Node ${process.version}, threshold 50 ms, ${versionsOf(["blocked-at", "@sentry/node-native", "@sentry/node"])}; ${seconds} s`,
    "",
    ...table(rows),
    "",
    ...[...failures].map(([title, failure]) => `${title} did not run: ${failure}\n`),
  ].join("\n"),
)

/**
 * @param {Scenario} scenario
 * @param {Told} told
 */
function ours(scenario, told) {
  const { report, block, frame } = told
  if (scenario.causes.length === 0) return isBlamed(told) ? "WRONGLY BLAMED" : "nothing, rightly"
  if (report === undefined) return "nothing"
  const millis = `${Math.round(report.millis)} ms`
  const line = isExact(scenario, frame) ? "line" : frame === undefined ? "no line" : wrong(frame)
  if ((block?.stackTaken ?? "during") === "during") return `${line}, ${millis}`
  const [, call = "native call"] = /inside ([\w.]+\.\w+|gc)\b/.exec(report.text) ?? []
  return `${call}, ${millis}; ${line} afterwards`
}

/** @param {Told} told */
function causeOf({ block, report }) {
  return block?.cause ?? /cause: (\S+)/.exec(report?.text ?? "")?.[1] ?? ""
}

/**
 * @param {Scenario} scenario
 * @param {PeerOutcome} outcome
 */
function theirs(scenario, { reports, failure }) {
  if (failure !== undefined) return "did not run"
  if (scenario.causes.length === 0) return reports.length > 0 ? "WRONGLY BLAMED" : "nothing, rightly"
  const best = reports.find(({ frame }) => isExact(scenario, frame)) ?? reports[0]
  if (best === undefined) return "nothing"
  const { frame, hasStack, during, millis } = best
  const when = during ? `${Math.round(millis)} ms` : "afterwards"
  if (!hasStack) return `number, ${when}`
  if (frame === undefined) return `no line, ${when}`
  return `${isExact(scenario, frame) ? "line" : wrong(frame)}, ${when}`
}

/** @param {{ line?: number }} frame */
function wrong({ line }) {
  return `WRONG LINE (${line})`
}
