// @ts-check
// A copy of our packages as they are built now, laid out as npm would install them, so that a build in the
// meantime changes no measurement.

import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"

const root = join(import.meta.dirname, "../..")
const installed = join(root, "bench/node_modules")

/**
 * Makes the copy, to be removed with `remove`. It lies where its imports are found: `undici` is then the one
 * that the raw limit of HTTP uses too.
 */
export function copyBuilds() {
  checkUndici()
  mkdirSync(installed, { recursive: true })
  const path = mkdtempSync(join(installed, ".builds-"))
  for (const name of ["avro", "rpc", "nats"]) {
    const from = join(root, "packages", name)
    const to = join(path, "node_modules/@avrolet", name)
    cpSync(join(from, "package.json"), join(to, "package.json"))
    cpSync(join(from, "dist"), join(to, "dist"), { recursive: true })
  }
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/**
 * The address of a module of the copy: `moduleOf(builds, "rpc/dist/http/index.js")`.
 * @param {string} builds
 * @param {string} file
 */
export function moduleOf(builds, file) {
  return pathToFileURL(join(builds, "node_modules/@avrolet", file)).href
}

/** Whether our TCP transport is there to be measured. */
export function hasTcp() {
  return existsSync(join(root, "packages/rpc/dist/tcp/index.js"))
}

function checkUndici() {
  const read = (/** @type {string} */ file) => JSON.parse(readFileSync(file, "utf8"))
  const ours = read(join(root, "packages/rpc/package.json")).dependencies.undici
  const theirs = read(join(installed, "undici/package.json")).version
  if (ours !== theirs) {
    throw new Error(
      `packages/rpc uses undici ${ours}, bench/package.json ${theirs}: they have to be the same`,
    )
  }
}
