// @ts-check
// The contestants in turns: a row each, and one for what nothing can be faster than.

import { median } from "../shared/statistics.js"
import { measured } from "./measured.js"

/**
 * @typedef {object} Contestant
 * @property {string} name
 * @property {string} who
 * @property {string} action
 */

/** @type {Record<"write" | "read", { contestants: Contestant[], codec: Contestant, library: Contestant }>} */
const contests = {
  write: {
    contestants: [
      { name: "ours", who: "ours", action: "write" },
      { name: "ours, value by value", who: "ours", action: "writeValues" },
      { name: "avsc", who: "avsc", action: "write" },
      { name: "fastavro", who: "fastavro", action: "write" },
    ],
    codec: { name: "(our encoding alone)", who: "floor", action: "encode" },
    library: { name: "(compressing alone, in one thread)", who: "floor", action: "compress" },
  },
  read: {
    contestants: [
      { name: "ours", who: "ours", action: "read" },
      { name: "ours, by blocks", who: "ours", action: "readBlocks" },
      { name: "avsc", who: "avsc", action: "read" },
      { name: "fastavro", who: "fastavro", action: "read" },
    ],
    codec: { name: "(our decoding alone)", who: "floor", action: "decode" },
    library: { name: "(decompressing alone)", who: "floor", action: "decompress" },
  },
}

export const speedHead = ["", "thousand a second", "CPU ms", "× avsc", "by CPU", "× fastavro", "by CPU"]

/**
 * @param {"write" | "read"} action
 * @param {object & { codec: string, count: number }} task
 * @param {number} rounds
 */
export async function speedRows(action, task, rounds) {
  const { contestants, codec, library } = contests[action]
  const all = [...contestants, task.codec === "null" ? codec : library]
  /** @type {Map<string, import("./worker.js").Measure[]>} */
  const measures = new Map(all.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const { name, who, action: its } of all) {
      measures.get(name)?.push(await measured(who, { ...task, action: its }))
    }
  }
  const of = (/** @type {string} */ name, /** @type {"millis" | "cpuMillis"} */ what) =>
    median((measures.get(name) ?? []).map((measure) => measure[what]))
  return all.map(({ name }) => [
    `${action}, ${task.codec}: ${name}`,
    (task.count / of(name, "millis")).toFixed(0),
    of(name, "cpuMillis").toFixed(0),
    ...["avsc", "fastavro"].flatMap((peer) => [
      (of(peer, "millis") / of(name, "millis")).toFixed(2),
      (of(peer, "cpuMillis") / of(name, "cpuMillis")).toFixed(2),
    ]),
  ])
}
