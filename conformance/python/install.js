// @ts-check
// Gives the Python peers their home: makes `.venv` beside this file and installs requirements.txt there.
// A stamp in the environment holds the requirements it was made for, so a second run does nothing.
//
//   node conformance/python/install.js

import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fail, must, run } from "../run-command.js"

const requirements = join(import.meta.dirname, "requirements.txt")
const venv = join(import.meta.dirname, ".venv")
const stamp = join(venv, "requirements.installed")
const python =
  process.platform === "win32" ? join(venv, "Scripts", "python.exe") : join(venv, "bin", "python")

/** What the machine's own python3 lacks, on standard error; silent with status 0 when it will do. */
const PROBE = `
import importlib.util, sys
if sys.version_info < (3, 11): sys.exit("python3 is version %d.%d" % sys.version_info[:2])
for name in ("venv", "ensurepip"):
    if importlib.util.find_spec(name) is None: sys.exit("python3 has no %s module" % name)
`

if (!isInstalled()) await install()

function isInstalled() {
  return (
    existsSync(python) &&
    existsSync(stamp) &&
    readFileSync(stamp, "utf8") === readFileSync(requirements, "utf8")
  )
}

async function install() {
  const probe = await run("Looking for python3", "python3", ["-c", PROBE])
  if (!probe.ok) {
    fail(
      `The Python peers need python3, version 3.11 or newer with its venv module, but ${probe.output.trim()}: ` +
        "install it with the system's package manager, such as " +
        "`apt install python3 python3-venv` or `brew install python`.",
    )
  }
  await must("Making the Python environment", "python3", ["-m", "venv", "--clear", venv])
  // Every package is pinned, so one that is not listed is a mistake to hear of and not to install.
  const pip = ["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", "--no-deps"]
  await must("Installing the Python packages", python, [...pip, "--requirement", requirements])
  writeFileSync(stamp, readFileSync(requirements))
}
