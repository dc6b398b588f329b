// @ts-check
// Runs the process that is measured, under one of the contestants.

import { spawn } from "node:child_process"
import { once } from "node:events"
import { text } from "node:stream/consumers"
import { fileURLToPath } from "node:url"
import { startIngest } from "./sentry-ingest.js"

const SUBJECT = fileURLToPath(new URL("subject.js", import.meta.url))

/**
 * @typedef {object} Contestant
 * @property {string} title
 * @property {string} [file] Is imported before the program; absent: nothing watches.
 */

/** @type {Contestant} */
export const NOTHING = { title: "nothing" }
/** @type {Contestant} */
export const OURS = { title: "ours", file: "ours.js" }
/** @type {Contestant} */
export const GUARDED = { title: "ours, guarded", file: "ours-guarded.js" }
/** @type {Contestant} */
export const SENTRY = { title: "Sentry, native", file: "sentry-native.js" }
/** @type {Contestant} */
export const BLOCKED_AT = { title: "blocked-at", file: "blocked-at.js" }
/** @type {Contestant} */
export const DELAYS = { title: "monitorEventLoopDelay", file: "event-loop-delay.js" }

/**
 * What the subject printed, and when it was told in which function the loop was blocked.
 * @param {Contestant} contestant
 * @param {string[]} subject Its arguments.
 */
export async function measure({ file }, ...subject) {
  const preload = file === undefined ? [] : ["--import", new URL(`peers/${file}`, import.meta.url).href]
  const ingest = await startIngest()
  const child = spawn(process.execPath, [...preload, SUBJECT, ...subject], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env.PATH, SENTRY_DSN: ingest.dsn, AVROLET_PRINT: "pretty" },
  })
  /** @type {Map<string, number>} */
  const toldMillis = new Map()
  child.stderr.setEncoding("utf8").on("data", (/** @type {string} */ chunk) => {
    const now = Number(process.hrtime.bigint()) / 1e6
    for (const [, name = ""] of chunk.matchAll(/so far, in (spin\d+)/g)) toldMillis.set(name, now)
  })
  const [printed, [code]] = await Promise.all([text(child.stdout), once(child, "close")])
  ingest.close()
  if (code !== 0) throw new Error(`${file} ${subject.join(" ")} ended with code ${code}`)
  for (const { atMillis, frames = [] } of ingest.reports) {
    const name = frames.find((frame) => frame.name.startsWith("spin"))?.name ?? ""
    if (!toldMillis.has(name)) toldMillis.set(name, atMillis)
  }
  /** @type {Record<string, any>[]} */
  const figures = printed
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line))
  return { figures, toldMillis }
}
