// @ts-check
// What the watchdog costs, and how soon it tells, beside its peers: `npm run bench:watchdog`. Each figure stands beside
// the same without any of them: of one process in which they are switched on and off, or of processes of their own.

import { loadavg } from "node:os"
import { environment, versionsOf } from "../shared/environment.js"
import { table } from "../shared/markdown.js"
import { median } from "../shared/statistics.js"
import { BLOCKED_AT, DELAYS, GUARDED, measure, NOTHING, OURS, SENTRY } from "./measure.js"
import { highest, percentAbove } from "./statistics.js"
import { pairsOf } from "./toggle.js"

/** @typedef {import("./measure.js").Contestant} Contestant */

const ALL = [NOTHING, OURS, GUARDED, BLOCKED_AT, DELAYS, SENTRY]
const IDLE_ROUNDS = 3
/** Ours is to be told from nothing by one percent; the others are not. */
const PAIRS = 100
const PAIRS_OF_OTHERS = 12
const BLOCK_RUNS = 7
const BLOCK_RUNS_OF_OTHERS = 2
const PAUSE_ROUNDS = 2

const loadBefore = loadavg()
const idle = await idleFigures()
const work = await underLoad()
const latencies = new Map([
  ["ours", await latenciesOf(OURS, 200, BLOCK_RUNS)],
  ["ours, after a second of idleness", await latenciesOf(OURS, 1000, BLOCK_RUNS_OF_OTHERS)],
  ["Sentry, native", await latenciesOf(SENTRY, 200, BLOCK_RUNS_OF_OTHERS)],
])
const pauses = await longestPauses()
const { date, node, machine } = environment(loadBefore)
const peers = versionsOf(["blocked-at", "@sentry/node-native"])
process.stdout.write(
  `${[`${date}, Node ${node}`, machine, peers, "", ...costs(), "", ...told(), "", ...paused()].join("\n")}\n`,
)

// All at once: idle processes do not disturb each other.
async function idleFigures() {
  const rounds = []
  for (let i = 0; i < IDLE_ROUNDS; i++) {
    progress(`idle ${i + 1} of ${IDLE_ROUNDS}`)
    rounds.push(await Promise.all(ALL.map(async (each) => (await measure(each, "idle")).figures[0] ?? {})))
  }
  return ALL.map((_, index) => {
    const middle = (/** @type {string} */ figure) => median(rounds.map((round) => round[index]?.[figure]))
    return {
      main: middle("mainPercent"),
      total: middle("totalPercent"),
      own: middle("ownMegabytes"),
      megabytes: middle("megabytes"),
    }
  })
}

// In turn with nothing, which is switched on and off like the others. What blocked-at switches on does not quite end.
async function underLoad() {
  progress("under load, ours")
  const ours = await pairsOf([NOTHING, OURS], PAIRS)
  progress("under load, the others")
  const others = await pairsOf([GUARDED, DELAYS], PAIRS_OF_OTHERS)
  return new Map([...ours, ...others, ...(await pairsOf([BLOCKED_AT], PAIRS_OF_OTHERS))])
}

/**
 * Milliseconds from the threshold until the report is here; not a number for a block that was not told while it lasted.
 * @param {Contestant} contestant
 * @param {number} gapMillis
 * @param {number} runs
 */
async function latenciesOf(contestant, gapMillis, runs) {
  const found = []
  for (let i = 0; i < runs; i++) {
    progress(`blocks, ${contestant.title}, ${i + 1} of ${runs}`)
    const { figures, toldMillis } = await measure(contestant, "blocks", String(gapMillis))
    found.push(
      ...figures.map(({ name, reachedMillis }) => (toldMillis.get(name) ?? Number.NaN) - reachedMillis),
    )
  }
  return found
}

async function longestPauses() {
  const contestants = [NOTHING, OURS, SENTRY]
  const found = contestants.map(({ title }) => ({ title, millis: /** @type {number[]} */ ([]) }))
  for (let i = 0; i < PAUSE_ROUNDS; i++) {
    for (const [index, contestant] of contestants.entries()) {
      progress(`pauses, ${contestant.title}, ${i + 1} of ${PAUSE_ROUNDS}`)
      const { figures } = await measure(contestant, "pauses")
      found[index]?.millis.push(...figures.map(({ longestMillis }) => longestMillis))
    }
  }
  return found
}

function costs() {
  const [nothing] = idle
  const rows = ALL.map(({ title }, index) => {
    const { main = 0, total = 0, own = 0, megabytes = 0 } = idle[index] ?? {}
    return [
      title,
      ...lossesOf(title),
      two(main),
      two(total),
      one(own - (nothing?.own ?? 0)),
      one(megabytes - (nothing?.megabytes ?? 0)),
    ]
  })
  const head = [
    "",
    "throughput lost",
    "main thread",
    "all threads",
    "idle, main, %",
    "idle, all, %",
    "memory, MB",
    "resident, MB",
  ]
  return table([head, ...rows, ["bound for ours", "≤ 1 %, never 2", "", "", "+0.10", "+0.50", "15", ""]])
}

/** @param {string} title */
function lossesOf(title) {
  const pairs = work.get(title)
  if (pairs === undefined) return ["cannot be switched off", "", ""]
  const more = (/** @type {"requestsPerSecond" | "mainMicros" | "allMicros"} */ figure) =>
    percentAbove(pairs.map(({ on, off }) => [on[figure], off[figure]]))
  const { percent, from, to } = more("requestsPerSecond")
  const lost = { percent: -percent, from: -to, to: -from }
  return [lost, more("mainMicros"), more("allMicros")].map(
    (each) => `${one(each.percent)} % (${one(each.from)} to ${one(each.to)})`,
  )
}

function told() {
  const rows = [...latencies].map(([title, millis]) => {
    const known = millis.filter((each) => !Number.isNaN(each))
    return [
      title,
      `${known.length} of ${millis.length}`,
      ...(known.length === 0 ? [] : [median(known), highest(known, 0.99), highest(known, 1)].map(one)),
    ]
  })
  return table([["told, ms after the threshold", "told meanwhile", "median", "p99", "worst"], ...rows])
}

function paused() {
  const rows = pauses.map(({ title, millis }) => [
    title,
    ...[median(millis), highest(millis, 0.9), highest(millis, 1)].map(one),
  ])
  return table([["longest pause in a block, ms", "median", "p90", "worst"], ...rows])
}

/** @param {string} text */
function progress(text) {
  process.stderr.write(`${text}\n`)
}

/** @param {number} number */
function one(number) {
  return number.toFixed(1)
}

/** @param {number} number */
function two(number) {
  return number.toFixed(2)
}
