// @ts-check
// Runs a script by the newest line of Node that is tested: node bench/shared/newest-node.js SCRIPT ARGUMENT…
// That Node comes from the registry, as a package without a script, and stays beside the peers.

import { spawnSync } from "node:child_process"
import { join } from "node:path"

const LINE = 26
const name = `node-${process.platform}-${process.arch}`
const directory = join(import.meta.dirname, "../node_modules/.newest-node")

run("npm", ["install", "--silent", "--no-save", "--ignore-scripts", "--prefix", directory, `${name}@${LINE}`])
run(join(directory, "node_modules", name, "bin/node"), process.argv.slice(2))

/**
 * @param {string} command
 * @param {string[]} args
 */
function run(command, args) {
  const { status, error } = spawnSync(command, args, { stdio: "inherit" })
  if (error !== undefined) throw error
  if (status !== 0) process.exit(status ?? 1)
}
