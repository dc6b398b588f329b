// @ts-check
// Packs each package as it would be published and lets publint and attw look at it.

import { execFileSync } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const scratch = mkdtempSync(join(tmpdir(), "avrolet-packages-"))

try {
  for (const folder of readdirSync(join(root, "packages"))) check(folder)
} finally {
  rmSync(scratch, { recursive: true })
}

/** @param {string} folder */
function check(folder) {
  const directory = join(root, "packages", folder)
  const { name, exports } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"))
  const packed = run("npm", ["pack", "--json", "--silent", "--pack-destination", scratch], directory)
  const [{ filename, files }] = JSON.parse(packed)

  const stray = files.find((/** @type {{ path: string }} */ { path }) =>
    /\.test\b|\.contract\.|\/testing\//.test(path),
  )
  if (stray !== undefined)
    throw new Error(`${name} would publish ${stray.path}; see "files" in its package.json`)

  run(join(root, "node_modules/.bin/publint"), ["--strict", join(scratch, filename)], root)
  const hasTypes = Object.keys(exports).some((path) => path !== "./package.json")
  if (hasTypes)
    run(join(root, "node_modules/.bin/attw"), [join(scratch, filename), "--profile", "esm-only"], root)
  console.log(`${name}: ${files.length} files, as they should be`)
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {string} cwd
 */
function run(command, args, cwd) {
  try {
    return execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] })
  } catch (error) {
    const { stdout, stderr } = /** @type {{ stdout: string, stderr: string }} */ (error)
    console.error(stdout + stderr)
    throw new Error(`${command} ${args.join(" ")} failed`, { cause: error })
  }
}
