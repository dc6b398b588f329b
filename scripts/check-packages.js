// @ts-check
// Packs each package as it would be published, lets publint and attw look at it, and uses all of them as installed.

import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { checkInstalled } from "./check-installed.js"

const root = fileURLToPath(new URL("..", import.meta.url))
const scratch = mkdtempSync(join(tmpdir(), "avrolet-packages-"))

try {
  const packages = readdirSync(join(root, "packages")).map(check)
  const home = join(scratch, "installed")
  mkdirSync(home)
  checkInstalled(
    home,
    packages.map(({ tarball }) => tarball),
    packages.map(({ manifest }) => manifest),
  )
} finally {
  rmSync(scratch, { recursive: true })
}

/** @param {string} folder */
function check(folder) {
  const directory = join(root, "packages", folder)
  const manifest = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"))
  const { name, exports } = manifest
  const packed = run("npm", ["pack", "--json", "--silent", "--pack-destination", scratch], directory)
  const [{ filename, files }] = JSON.parse(packed)
  const tarball = join(scratch, filename)

  const paths = files.map((/** @type {{ path: string }} */ { path }) => path)
  if (!paths.includes("LICENSE")) throw new Error(`${name} would be published without its licence`)
  const stray = paths.find((/** @type {string} */ path) => /\.test\b|\.contract\.|\/testing\//.test(path))
  if (stray !== undefined) throw new Error(`${name} would publish ${stray}; see "files" in its package.json`)

  run(join(root, "node_modules/.bin/publint"), ["--strict", tarball], root)
  const hasTypes = Object.keys(exports).some((path) => path !== "./package.json")
  if (hasTypes) run(join(root, "node_modules/.bin/attw"), [tarball, "--profile", "esm-only"], root)
  console.log(`${name}: ${files.length} files, as they should be`)
  return { tarball, manifest }
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
