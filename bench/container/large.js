// @ts-check
// What a file of four times the records takes: of memory beside the smaller one, and of time for two that share it.

import { statSync } from "node:fs"
import { join } from "node:path"
import { median } from "../shared/statistics.js"
import { measured } from "./measured.js"

export const memoryHead = ["memory", "of the small file", "of the large one"]

/**
 * Writes the large file, and weighs.
 * @param {string} folder
 * @param {string} codec
 * @param {number} count Of the small file.
 */
export async function memoryRows(folder, codec, count) {
  const [write, peak, live] = [
    [`${codec}: peak, writing`],
    [`${codec}: peak, reading`],
    [`${codec}: live, reading`],
  ]
  for (const task of [
    { codec, file: join(folder, "weighed.avro"), count },
    { codec, file: largeFile(folder, codec), count: count * 4 },
  ]) {
    write.push(shown((await measured("ours", { ...task, action: "write" })).peakMegabytes))
    peak.push(shown((await measured("ours", { ...task, action: "read" })).peakMegabytes))
    const { liveMegabytes } = await measured("ours", { ...task, action: "readWeighed" }, ["--expose-gc"])
    live.push(shown(liveMegabytes ?? Number.NaN))
  }
  return [write, peak, live]
}

export const halvesHead = [
  "the large file, by values",
  "one process",
  "two, half each",
  "ratio",
  "CPU of both",
]

/**
 * One process, and two at once that read half of the large file each.
 * @param {string} folder
 * @param {string} codec
 * @param {number} count Of the large file.
 * @param {number} rounds
 */
export async function halvesRow(folder, codec, count, rounds) {
  const file = largeFile(folder, codec)
  const { size } = statSync(file)
  const ranges = [0, 1].map((part) => ({ start: (size * part) / 2, end: (size * (part + 1)) / 2 }))
  /** @type {{ millis: number, cpuMillis: number }[]} */
  const whole = []
  /** @type {{ millis: number, cpuMillis: number }[]} */
  const split = []
  for (let round = 0; round < rounds; round++) {
    const task = { action: "read", codec, file }
    whole.push(await measured("ours", { ...task, count }))
    const parts = await Promise.all(ranges.map((range) => measured("ours", { ...task, range })))
    if (sumOf(parts, "count") !== count) throw new Error("The halves are no whole")
    const millis = Math.max(...parts.map((part) => part.millis))
    split.push({ millis, cpuMillis: sumOf(parts, "cpuMillis") })
  }
  const [one, two] = [whole, split].map((all) => median(all.map(({ millis }) => millis)))
  const [cpuOfOne, cpuOfTwo] = [whole, split].map((all) => median(all.map(({ cpuMillis }) => cpuMillis)))
  return [
    codec,
    `${one?.toFixed(0)} ms`,
    `${two?.toFixed(0)} ms`,
    (Number(two) / Number(one)).toFixed(2),
    `× ${(Number(cpuOfTwo) / Number(cpuOfOne)).toFixed(2)}`,
  ]
}

/** @param {string} folder @param {string} codec */
const largeFile = (folder, codec) => join(folder, `large-${codec}.avro`)

const shown = (/** @type {number} */ megabytes) => `${megabytes.toFixed(megabytes < 20 ? 1 : 0)} MB`

/**
 * @param {import("./worker.js").Measure[]} parts
 * @param {"count" | "cpuMillis"} what
 */
const sumOf = (parts, what) => parts.reduce((sum, part) => sum + part[what], 0)
