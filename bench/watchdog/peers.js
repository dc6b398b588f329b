// @ts-check
// What else tells of a blocked event loop, and how a scenario is run under each.

import { setTimeout as sleep } from "node:timers/promises"
import { compiled, run } from "../../packages/watchdog/dist/fixtures/run.js"
import { playSignals, SOURCE } from "../../packages/watchdog/dist/fixtures/scenario-table.js"
import { createFrameMapper } from "../../packages/watchdog/dist/source-maps.js"
import { PREFIX } from "./peers/told.js"
import { startIngest } from "./sentry-ingest.js"

/** @typedef {import("../../packages/watchdog/dist/block.js").Frame} Frame */
/** @typedef {import("./peers/told.js").PeerReport} PeerReport */

/**
 * @typedef {object} Peer
 * @property {string} title
 * @property {string} file Is imported before the program.
 * @property {number} leadMillis How long it has to get ready.
 * @property {number} trailMillis How long it has to tell after the block.
 */

/** What is told so shortly before the program says that its block has ended was told at its end. */
const END_MILLIS = 20

/** @type {Peer[]} */
export const PEERS = [
  { title: "blocked-at", file: "blocked-at.js", leadMillis: 200, trailMillis: 100 },
  { title: "monitorEventLoopDelay", file: "event-loop-delay.js", leadMillis: 200, trailMillis: 100 },
  { title: "Sentry, native", file: "sentry-native.js", leadMillis: 1000, trailMillis: 500 },
  { title: "Sentry, ANR", file: "sentry-anr.js", leadMillis: 1000, trailMillis: 500 },
]

/**
 * @typedef {object} PeerOutcome
 * @property {string} title
 * @property {{ millis: number, during: boolean, frame?: Frame | undefined, hasStack: boolean }[]} reports Milliseconds
 *   are from the beginning of the block; the frame is the innermost one of the program.
 * @property {string} [failure] Why there was no run.
 */

/**
 * Runs a scenario under each peer, two at a time: what a peer tells late it tells seconds late.
 * @param {string} scenario
 */
export async function runUnderPeers(scenario) {
  const outcomes = []
  for (let i = 0; i < PEERS.length; i += 2) {
    outcomes.push(...(await Promise.all(PEERS.slice(i, i + 2).map((peer) => runUnderPeer(scenario, peer)))))
  }
  return outcomes
}

/**
 * What a peer says of the time before the block is left out.
 * @param {string} scenario
 * @param {Peer} peer
 * @returns {Promise<PeerOutcome>}
 */
async function runUnderPeer(scenario, { title, file, leadMillis, trailMillis }) {
  const ingest = await startIngest()
  const preload = new URL(`peers/${file}`, import.meta.url).href
  const program = run(
    ["--expose-gc", "--import", preload, compiled("fixtures/scenario.js"), scenario, "none"],
    {
      LEAD_MILLIS: String(leadMillis),
      TRAIL_MILLIS: String(trailMillis),
      SENTRY_DSN: ingest.dsn,
    },
  )
  const began = await program.prints("began .+").catch(() => "")
  if (began !== "") await playSignals(scenario, program, sleep(500))
  const { stdout, stderr } = await program.ended
  ingest.close()
  if (began === "") return { title, reports: [], failure: firstError(stderr) }
  const beganMillis = timeOf("began", stdout)
  const endedMillis = timeOf("ended", stdout)
  const reports = [...printedReports(stdout), ...ingest.reports]
    .filter(({ atMillis }) => atMillis > beganMillis)
    .toSorted((a, b) => a.atMillis - b.atMillis)
  return {
    title,
    reports: reports.map(({ atMillis, frames }) => ({
      millis: atMillis - beganMillis,
      during: !(atMillis > endedMillis - END_MILLIS),
      hasStack: frames !== undefined,
      frame: innermostOf(frames ?? []),
    })),
  }
}

/**
 * @param {string} what
 * @param {string} stdout
 */
const timeOf = (what, stdout) => Number(new RegExp(`^${what} (.+)$`, "m").exec(stdout)?.[1] ?? Number.NaN)

/**
 * @param {string} stdout
 * @returns {PeerReport[]}
 */
const printedReports = (stdout) =>
  stdout
    .split("\n")
    .filter((line) => line.startsWith(PREFIX))
    .map((line) => JSON.parse(line.slice(PREFIX.length)))

/** The program's innermost frame, at its TypeScript line: as Sentry's server would show it. */
const mapFrames = createFrameMapper()

/** @param {import("./peers/told.js").PeerFrame[]} frames */
const innermostOf = (frames) =>
  mapFrames(frames.map((frame) => ({ ...frame, async: false }))).find(({ file }) => file === SOURCE)

/** @param {string} stderr */
const firstError = (stderr) => stderr.split("\n").find((line) => /Error/.test(line)) ?? "it did not start"
