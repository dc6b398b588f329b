// @ts-check
// What the install scripts of the peers share: commands that say that they are at work, and sentences
// instead of stacks.

import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"

/**
 * @param {string} what
 * @param {string} command
 * @param {string[]} args
 * @param {string} [cwd]
 */
export async function must(what, command, args, cwd) {
  const { ok, output } = await run(what, command, args, cwd)
  if (!ok) fail(`${what} failed: ${output.trim()}`)
}

/**
 * Runs a command and keeps what it prints. From the first second on it says that it is still at work.
 * @param {string} what
 * @param {string} command
 * @param {string[]} args
 * @param {string} [cwd]
 * @returns {Promise<{ ok: boolean, output: string }>}
 */
export async function run(what, command, args, cwd) {
  let seconds = 0
  const ticking = setInterval(() => process.stdout.write(seconds++ === 0 ? `${what} .` : "."), 1000)
  const child = spawn(command, args, { cwd, stdio: ["ignore", "pipe", "pipe"] })
  let output = ""
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += text))
  try {
    const [status] = await once(child, "close")
    return { ok: status === 0, output }
  } catch {
    return { ok: false, output: `there is no ${command} on the PATH` }
  } finally {
    clearInterval(ticking)
    if (seconds > 0) process.stdout.write("\n")
  }
}

/**
 * @param {string} message
 * @returns {never}
 */
export function fail(message) {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}

/**
 * Does `work` unless it was done for these very sources, of which `folder/.jars` has the stamp.
 * @param {string} folder
 * @param {string[]} sources
 * @param {() => Promise<void>} work
 */
export async function unlessStamped(folder, sources, work) {
  const stamp = join(folder, ".jars", `${sources.join("+")}.installed`)
  const text = sources.map((source) => readFileSync(join(folder, source), "utf8")).join("")
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === text) return
  await work()
  writeFileSync(stamp, text)
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {string} what
 */
export async function need(command, args, what) {
  const { ok, output } = await run(`Looking for ${command}`, command, args)
  if (!ok) {
    fail(
      `The Java peers need ${what}, but ${output.trim()}: install it with the system's package manager, ` +
        "such as `apt install openjdk-17-jdk-headless maven` or `brew install openjdk maven`.",
    )
  }
}
