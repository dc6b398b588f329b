// @ts-check
// Completes package-lock.json after `npm install`: node scripts/complete-lockfile.js
//
// Tools that ship a binary list one optional package for each platform. npm leaves those out of the
// lock file that the registry at hand does not have, and then `npm ci` refuses the lock file on every
// platform. Here each of them gets its entry back: enough for `npm ci` to pass over it where it does
// not fit, and to fetch it where it does.

import { readFileSync, writeFileSync } from "node:fs"

const path = new URL("../package-lock.json", import.meta.url)
const lock = JSON.parse(readFileSync(path, "utf8"))

let added = 0
for (const parent of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    const key = `node_modules/${name}`
    if (lock.packages[key] !== undefined || !/^\d/.test(version)) continue
    const platform = platformOf(name)
    if (platform === undefined) continue
    lock.packages[key] = { version, ...platform, dev: true, optional: true }
    added++
  }
}

const sorted = Object.entries(lock.packages).toSorted(([a], [b]) => (a < b ? -1 : 1))
lock.packages = Object.fromEntries(sorted)
writeFileSync(path, `${JSON.stringify(lock, undefined, 2)}\n`)
console.log(`package-lock.json: ${added} packages of other platforms added`)

/**
 * The platform that a package's name ends in: `…-linux-x64-musl`.
 * @param {string} name
 */
function platformOf(name) {
  const match =
    /(android|darwin|freebsd|linux|openharmony|win32)-(arm64|arm|x64|ia32|ppc64|riscv64|s390x)(?:-(\w+))?$/.exec(
      name,
    )
  if (match === null) return undefined
  const [, os, cpu, abi = ""] = match
  const libc = os === "linux" && abi !== "" ? { libc: [abi.startsWith("musl") ? "musl" : "glibc"] } : {}
  return { cpu: [cpu], os: [os], ...libc }
}
