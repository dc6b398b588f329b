// @ts-check
// The run itself: everyone is started and verified, warmed up, and measured in turns.

import { execFileSync } from "node:child_process"
import { join } from "node:path"
import { hasTcp } from "./builds.js"
import { startPair } from "./processes.js"
import { callsInFlight, messages } from "./workload.js"

/** @typedef {import("./client.js").Cell} Cell */
/** @typedef {import("./contestants.js").Contestant} Contestant */
/** @typedef {import("./processes.js").FullSample} FullSample */
/** @typedef {import("./processes.js").Pair} Pair */

/**
 * @typedef {object} Plan
 * @property {number} rounds
 * @property {number} leadMillis How long each cell runs before the clock does.
 * @property {number} millis How long each cell is measured.
 * @property {number} warmMillis How long each contestant runs before the first round.
 */

/**
 * @typedef {object} Result
 * @property {Contestant} contestant
 * @property {import("./workload.js").Message} message
 * @property {number} inFlight
 * @property {FullSample[]} samples One a round.
 */

/** Who takes no part, or no further part, and why, by title. @typedef {Map<string, string>} Absent */

const cells = messages.flatMap((message) => callsInFlight.map((inFlight) => ({ message, inFlight })))

/**
 * @param {readonly Contestant[]} chosen
 * @param {string} builds
 * @param {Plan} plan
 */
export async function compete(chosen, builds, plan) {
  /** @type {Absent} */
  const absent = new Map()
  const pairs = await startAll(chosen, builds, absent)
  await warmUp(pairs, plan, absent)
  const results = await measure(pairs, plan, absent)
  await Promise.all(Array.from(pairs.values(), (pair) => pair.stop()))
  return { results, absent }
}

/**
 * Starts all at once, and gives them in the order that they are chosen in.
 * @param {readonly Contestant[]} chosen
 * @param {string} builds
 * @param {Absent} absent
 */
async function startAll(chosen, builds, absent) {
  const pairs = await Promise.all(chosen.map((contestant) => start(contestant, builds, absent)))
  return new Map(
    chosen.flatMap((contestant, index) => {
      const pair = pairs[index]
      return pair === undefined ? [] : [/** @type {const} */ ([contestant, pair])]
    }),
  )
}

/** @param {Contestant} contestant @param {string} builds @param {Absent} absent */
async function start(contestant, builds, absent) {
  const missing = missingFor(contestant)
  if (missing !== undefined) {
    absent.set(contestant.title, missing)
    return undefined
  }
  try {
    const pair = await startPair(contestant.name, builds)
    console.error(`${contestant.name} answers right`)
    return pair
  } catch (error) {
    drop(contestant, error, absent)
    return undefined
  }
}

/** Why a contestant cannot take part, if it cannot. @param {Contestant} contestant */
function missingFor({ name }) {
  if (name === "tcp" && !hasTcp()) return "packages/rpc/dist/tcp is not built"
  if (name !== "eventlet") return undefined
  try {
    const install = join(import.meta.dirname, "../../conformance/python/install.js")
    execFileSync(process.execPath, [install], { stdio: ["ignore", "ignore", "pipe"] })
    return undefined
  } catch (error) {
    return String(/** @type {any} */ (error).stderr).trim()
  }
}

/**
 * One after another: two at a time would each have half of the machine, and half of the calls.
 * @param {Map<Contestant, Pair>} pairs
 * @param {Plan} plan
 * @param {Absent} absent
 */
async function warmUp(pairs, { warmMillis }, absent) {
  const load = { leadMillis: 0, millis: warmMillis / cells.length }
  for (const contestant of pairs.keys()) {
    console.error(`warming ${contestant.name}`)
    for (const cell of cells) await runOrDrop(pairs, contestant, { ...cell, ...load }, absent)
  }
}

/**
 * In a round everyone has every cell once. In a cell they take turns, and in each round another begins.
 * @param {Map<Contestant, Pair>} pairs
 * @param {Plan} plan
 * @param {Absent} absent
 * @returns {Promise<Result[]>}
 */
async function measure(pairs, { rounds, leadMillis, millis }, absent) {
  const contestants = [...pairs.keys()]
  const byCell = cells.map((cell) =>
    contestants.map((contestant) => ({ ...cell, contestant, samples: /** @type {FullSample[]} */ ([]) })),
  )
  for (let round = 0; round < rounds; round++) {
    console.error(`round ${round + 1} of ${rounds}`)
    for (const results of byCell) {
      const first = Math.floor((round * contestants.length) / rounds)
      for (const result of [...results.slice(first), ...results.slice(0, first)]) {
        const { contestant, message, inFlight, samples } = result
        const sample = await runOrDrop(pairs, contestant, { message, inFlight, leadMillis, millis }, absent)
        if (sample !== undefined) samples.push(sample)
      }
    }
  }
  return byCell.flat().filter(({ contestant }) => pairs.has(contestant))
}

/**
 * Who fails takes no further part.
 * @param {Map<Contestant, Pair>} pairs
 * @param {Contestant} contestant
 * @param {Cell} cell
 * @param {Absent} absent
 */
async function runOrDrop(pairs, contestant, cell, absent) {
  const pair = pairs.get(contestant)
  try {
    return await pair?.run(cell)
  } catch (error) {
    pairs.delete(contestant)
    drop(contestant, error, absent)
    await pair?.stop()
    return undefined
  }
}

/** @param {Contestant} contestant @param {unknown} error @param {Absent} absent */
function drop({ name, title }, error, absent) {
  const why = error instanceof Error ? error.message : String(error)
  absent.set(title, why)
  console.error(`${name} takes no further part: ${why}`)
  process.exitCode = 1
}
