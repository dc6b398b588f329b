// @ts-check
// Installs the packed packages into a project of their own, as their users would, and uses each entry point there:
// imported, required, and compiled by strict TypeScript. What a workspace forgives shows here: a file that is not
// packed, a peer in a version that is not wanted, types that do not resolve. (What is imported but not declared, knip
// finds: npm hoists what another package brings.)

import { execFileSync, spawnSync } from "node:child_process"
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))

/** What README.md promises. */
const OLDEST_TYPESCRIPT = "5.7.3"

/**
 * @typedef {{
 *   name: string,
 *   exports: Record<string, unknown>,
 *   peerDependencies?: Record<string, string>,
 *   devDependencies?: Record<string, string>,
 * }} Manifest
 */

/**
 * @param {string} home an empty folder outside of the repository
 * @param {readonly string[]} tarballs
 * @param {readonly Manifest[]} manifests
 */
export function checkInstalled(home, tarballs, manifests) {
  install(home, [...tarballs, ...peersOf(manifests)])
  const entries = manifests.flatMap(({ name, exports }) =>
    Object.keys(exports)
      .filter((path) => path !== "./package.json")
      .map((path) => name + path.slice(1)),
  )
  load(home, entries)
  for (const typescript of [home, root]) {
    compile(home, entries, typescript, { module: "node16", moduleResolution: "node16" })
    compile(home, entries, typescript, { module: "esnext", moduleResolution: "bundler" })
  }
  for (const { name } of manifests) checkSourceMaps(join(home, "node_modules", name))
  execFileSync(join(home, "node_modules/.bin/avrolet"), ["--version"], { cwd: home })
  console.log(`${entries.length} entry points, installed: import, require and types are as they should be`)
}

/**
 * What users bring themselves, in the versions that are tested here.
 * @param {readonly Manifest[]} manifests
 */
function peersOf(manifests) {
  const peers = manifests.flatMap(({ peerDependencies = {}, devDependencies = {} }) =>
    Object.keys(peerDependencies).map((peer) => `${peer}@${devDependencies[peer]}`),
  )
  return [...new Set(peers)]
}

/**
 * @param {string} home
 * @param {readonly string[]} what
 */
function install(home, what) {
  // The overrides are for other people's packages that want a newer Node than they need.
  const { overrides, devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
  writeFileSync(join(home, "package.json"), JSON.stringify({ private: true, type: "module", overrides }))
  const types = [`@types/node@${devDependencies["@types/node"]}`, `typescript@${OLDEST_TYPESCRIPT}`]
  const options = ["--engine-strict", "--strict-peer-deps", "--no-audit", "--no-fund"]
  const { status, stderr } = run("npm", ["install", ...options, ...types, ...what], home)
  if (status !== 0 || /\bpeer\b|EBADENGINE|deprecated/.test(stderr))
    throw new Error(`npm complains of the packages:\n${stderr}`)
}

/**
 * @param {string} home
 * @param {readonly string[]} entries
 */
function load(home, entries) {
  const imported = entries.map((entry) => `await import(${JSON.stringify(entry)})`).join("\n")
  const required = entries.map((entry) => `require(${JSON.stringify(entry)})`).join("\n")
  writeFileSync(join(home, "import.mjs"), imported)
  writeFileSync(join(home, "require.cjs"), `${required}\nprocess.exit()`)
  for (const file of ["import.mjs", "require.cjs"]) {
    const { status, stderr } = run(process.execPath, [file], home)
    if (status !== 0) throw new Error(`${file} fails:\n${stderr}`)
  }
}

/**
 * Complaints about the declarations of other people's packages are theirs, and not shown.
 * @param {string} home
 * @param {readonly string[]} entries
 * @param {string} typescript the folder that has it installed
 * @param {Record<string, string>} resolution
 */
function compile(home, entries, typescript, resolution) {
  const imports = entries.map((entry, index) => `import * as entry${index} from "${entry}"`)
  const uses = entries.map((_entry, index) => `void entry${index}`)
  writeFileSync(join(home, "main.ts"), [...imports, ...uses].join("\n"))
  const compilerOptions = {
    ...resolution,
    target: "es2022",
    lib: ["es2023"],
    types: ["node"],
    strict: true,
    noEmit: true,
  }
  writeFileSync(join(home, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["main.ts"] }))
  const tsc = join(typescript, "node_modules/typescript/bin/tsc")
  const { status, stdout } = run(process.execPath, [tsc, "-p", ".", "--pretty", "false"], home)
  const complaints = stdout.split("\n").filter((line) => /^(?:main\.ts|node_modules\/@avrolet\/)/.test(line))
  if (complaints.length > 0)
    throw new Error(`types do not hold with ${resolution["moduleResolution"]}:\n${complaints.join("\n")}`)
  if (status !== 0 && !/^node_modules\//m.test(stdout)) throw new Error(stdout)
}

/**
 * Each map leads to a source that is there, so that debuggers and stacks do.
 * @param {string} folder
 */
function checkSourceMaps(folder) {
  for (const path of readdirSync(join(folder, "dist"), { recursive: true, encoding: "utf8" })) {
    if (!path.endsWith(".map")) continue
    const file = join(folder, "dist", path)
    for (const source of JSON.parse(readFileSync(file, "utf8")).sources) {
      if (!existsSync(join(dirname(file), source)))
        throw new Error(
          `${file} leads to ${source}, which is not packed; if it is gone, remove dist and build again`,
        )
    }
  }
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {string} cwd
 */
const run = (command, args, cwd) => spawnSync(command, args, { cwd, encoding: "utf8" })
