// @ts-check
// What is lost of a service's throughput: one process under steady load, in which a contestant is switched on and off.

import { fork } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { startLoad } from "./load.js"

/**
 * @typedef {import("./service.js").Pair} Pair
 * @typedef {import("./measure.js").Contestant} Contestant
 */

/**
 * So many pairs of slices of each contestant, by its title, taken in turn within one process.
 * @param {Contestant[]} contestants
 * @param {number} count
 * @returns {Promise<Map<string, Pair[]>>}
 */
export async function pairsOf(contestants, count) {
  const titles = contestants.map(({ title }) => title)
  /** @type {Map<string, Pair[]>} */
  const pairs = new Map(titles.map((title) => [title, []]))
  const file = fileURLToPath(new URL("service.js", import.meta.url))
  const service = fork(file, [String(count), ...titles], { execArgv: [] })
  service.on(
    "message",
    (/** @type {{ port?: number, title?: string, pair: Pair }} */ { port, title, pair }) => {
      if (port !== undefined) startLoad(port)
      else pairs.get(title ?? "")?.push(pair)
    },
  )
  const [code] = await once(service, "exit")
  if (code !== 0) throw new Error(`the service ended with code ${code}`)
  return pairs
}
