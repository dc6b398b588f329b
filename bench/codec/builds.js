// @ts-check
// Two copies of packages/avro as it is built now: one as it is, one in which code is never made from
// strings, so that it interprets, as it would under --disallow-code-generation-from-strings. avsc
// does not run under that flag, and what is compared has to run in one process. Copies share no function, so
// neither back end spoils what V8 learns of the other, and a build in the meantime changes no measurement.

import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"

const root = join(import.meta.dirname, "../..")

/** Makes the copies, to be removed with `remove`. They lie where their imports are found. */
export function copyBuilds() {
  const parent = join(root, "bench/node_modules")
  mkdirSync(parent, { recursive: true })
  const path = mkdtempSync(join(parent, ".builds-"))
  for (const name of ["emitted", "closures"]) {
    cpSync(join(root, "packages/avro/package.json"), join(path, name, "package.json"))
    cpSync(join(root, "packages/avro/dist"), join(path, name, "dist"), { recursive: true })
  }
  const decides = join(path, "closures/dist/compile/can-generate.js")
  if (!existsSync(decides)) throw new Error("compile/can-generate.js is gone: how are closures chosen now?")
  writeFileSync(decides, "export const canGenerate = () => false\n")
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}
