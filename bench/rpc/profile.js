// @ts-check
// Where the CPU of one contestant's calls goes, on both sides: by package, and the functions that take most.
//
//   node bench/rpc/profile.js http echo 16        contestant, message, calls in flight
//   node bench/rpc/profile.js http order 128 10   and for how many seconds
//
// The profiles stay where it says, for a viewer.

import { mkdtempSync, readFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { hrtime } from "node:process"
import { copyBuilds } from "./builds.js"
import { contestantOf } from "./contestants.js"
import { startPair } from "./processes.js"
import { messages } from "./workload.js"

/** @typedef {{ functionName: string, url: string, lineNumber: number }} Frame */

const SHOWN = 40
const WARM_MILLIS = 5000

const [contestant = "http", messageName = "echo", inFlight = "16", seconds = "5"] = process.argv.slice(2)
const message = messages.find((one) => one === messageName)
if (message === undefined) throw new Error(`no message "${messageName}"; there are: ${messages.join(", ")}`)

const folder = mkdtempSync(join(tmpdir(), "rpc-profiles-"))
const builds = copyBuilds()
process.once("exit", () => builds.remove())

const pair = await startPair(contestantOf(contestant).name, builds.path, (role) => [
  "--cpu-prof",
  `--cpu-prof-dir=${folder}`,
  `--cpu-prof-name=${role}.cpuprofile`,
  "--cpu-prof-interval=200",
])
const cell = { message, inFlight: Number(inFlight), leadMillis: 0, millis: Number(seconds) * 1000 }
await pair.run({ ...cell, millis: WARM_MILLIS })
const from = microsNow()
const { callsPerSecond, clientMicros, serverMicros } = await pair.run(cell)
const until = microsNow()
await pair.stop()

console.log(
  `${contestant}, ${message}, ${inFlight} in flight: ${callsPerSecond.toFixed(0)} calls/s while it is watched`,
)
show("client", clientMicros)
show("server", serverMicros)
console.log(`\n${folder}`)

/** The clock that profiles are stamped with, which all processes of a machine share. */
function microsNow() {
  return Number(hrtime.bigint() / 1000n)
}

/**
 * @param {string} role
 * @param {number} perCall Microseconds.
 */
function show(role, perCall) {
  const times = timesOf(JSON.parse(readFileSync(join(folder, `${role}.cpuprofile`), "utf8")))
  const busy = sum(times.map(({ micros }) => micros))
  console.log(`\n${role}: ${perCall.toFixed(1)} µs of CPU a call`)
  const print = (/** @type {Map<string, number>} */ micros) => {
    const sorted = [...micros].toSorted(([, a], [, b]) => b - a).slice(0, SHOWN)
    for (const [what, time] of sorted) {
      const share = time / busy
      console.log(
        `${(share * perCall).toFixed(2).padStart(6)} µs ${(share * 100).toFixed(1).padStart(5)} %  ${what}`,
      )
    }
  }
  print(totals(times, ({ frame }) => packageOf(frame)))
  console.log("")
  print(totals(times, ({ frame }) => placeOf(frame)))
}

/**
 * What the process was doing while it was measured, sample by sample.
 * @param {{ startTime: number, nodes: { id: number, callFrame: Frame }[], samples: number[], timeDeltas: number[] }} profile
 */
function timesOf({ startTime, nodes, samples, timeDeltas }) {
  const frames = new Map(nodes.map((node) => [node.id, node.callFrame]))
  let now = startTime
  return samples.flatMap((id, index) => {
    const micros = timeDeltas[index] ?? 0
    now += micros
    const frame = frames.get(id)
    if (frame === undefined || frame.functionName === "(idle)" || now < from || now > until) return []
    return [{ frame, micros }]
  })
}

/**
 * @param {ReturnType<typeof timesOf>} times
 * @param {(time: { frame: Frame }) => string} keyOf
 */
function totals(times, keyOf) {
  /** @type {Map<string, number>} */
  const all = new Map()
  for (const time of times) all.set(keyOf(time), (all.get(keyOf(time)) ?? 0) + time.micros)
  return all
}

/** @param {Frame} frame */
function packageOf({ functionName, url }) {
  if (url.startsWith("node:")) return "node"
  const [, scope, name] =
    /\/node_modules\/(?:\.builds-\w+\/node_modules\/)?(@[\w-]+\/)?([\w-]+)\/(?!.*\/node_modules\/)/.exec(
      url,
    ) ?? []
  if (name !== undefined) return `${scope ?? ""}${name}`
  if (url.includes("/bench/")) return "bench"
  return functionName.startsWith("(") ? functionName : "native, or made from text"
}

/** @param {Frame} frame */
function placeOf({ functionName, url, lineNumber }) {
  const file = url.replace(/^.*\/node_modules\//, "").replace(/^.*\/bench\//, "bench/")
  return `${functionName || "(anonymous)"} ${file}${file === "" ? "" : `:${lineNumber + 1}`}`
}

/** @param {number[]} numbers */
function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0)
}
