// @ts-check
// Where and with what something was measured.

import { readFileSync } from "node:fs"
import { availableParallelism, cpus, loadavg } from "node:os"
import { join } from "node:path"

/**
 * What every report begins with. The load is that of the last minute: now, and when the run began.
 * @param {number[]} loadBefore `loadavg()` at the beginning.
 */
export function environment(loadBefore) {
  const [before, after] = [loadBefore, loadavg()].map(([minute = 0]) => minute.toFixed(1))
  return {
    date: new Date().toISOString().slice(0, 10),
    node: `${process.version} (V8 ${process.versions.v8}), ${process.platform} ${process.arch}`,
    machine: `${availableParallelism()} × ${cpus()[0]?.model.trim()}, load ${before} before and ${after} after`,
  }
}

/**
 * Names and versions of peers, as they are installed.
 * @param {string[]} names
 */
export function versionsOf(names) {
  return names.map((name) => `${name} ${manifestOf(name).version}`).join(", ")
}

/** @param {string} name */
function manifestOf(name) {
  return JSON.parse(readFileSync(join(import.meta.dirname, "../node_modules", name, "package.json"), "utf8"))
}
