// @ts-check
// Gives Spark its home: makes `.venv` beside this file with what requirements.txt and pom.xml name, half a gigabyte.
// A stamp holds what it was made from, so a second run does nothing.
//
//   node conformance/spark/install.js

import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { must } from "../run-command.js"

const here = import.meta.dirname
const venv = join(here, ".venv")
const python = join(venv, "bin", "python")
const stamp = join(venv, "installed")
const sources = ["requirements.txt", "pom.xml"].map((name) => readFileSync(join(here, name), "utf8")).join("")

if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== sources) {
  await must("Making the Python environment", "python3", ["-m", "venv", "--clear", venv])
  const pip = ["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", "--no-deps"]
  await must("Installing Spark", python, [...pip, "--requirement", join(here, "requirements.txt")])
  const goals = ["--batch-mode", "--quiet", "dependency:copy-dependencies"]
  await must("Getting Spark's reader of Avro", "mvn", goals, here)
  writeFileSync(stamp, sources)
}
