// @ts-check
// One measurement: a process that writes or reads one file, once.

import { execFile, spawn } from "node:child_process"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { promisify } from "node:util"

/** @typedef {import("./worker.js").Measure} Measure */

const PYTHON = join(import.meta.dirname, "../../conformance/python/.venv/bin/python")
const run = promisify(execFile)

/**
 * @param {string} who
 * @param {object & { count?: number, range?: object }} task
 * @param {readonly string[]} flags For Node.
 * @returns {Promise<Measure>}
 */
export async function measured(who, task, flags = []) {
  const isPython = who === "fastavro"
  const worker = join(import.meta.dirname, isPython ? "fastavro_worker.py" : "worker.js")
  const args = [...flags, worker, JSON.stringify({ who, ...task })]
  const measure = JSON.parse(await firstLine(isPython ? PYTHON : process.execPath, args))
  const isWhole = task.range === undefined
  if (isWhole && measure.count !== task.count) throw new Error(`${who} met ${measure.count} records`)
  return measure
}

/**
 * Does not wait for the end, at which Node 20 may wait for ever: for a compiler's thread that waits for a collection.
 *
 * @param {string} command
 * @param {string[]} args
 */
async function firstLine(command, args) {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] })
  try {
    for await (const line of createInterface({ input: child.stdout })) return line
    throw new Error(`${command} measured nothing`)
  } finally {
    child.kill("SIGKILL")
  }
}

export async function fastavroVersion() {
  const { stdout } = await run(PYTHON, ["-c", "import fastavro; print(fastavro.__version__)"])
  return stdout.trim()
}
