// Where the Python peers are.

import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { type Peer, startProgram } from "../peer.ts"

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const python = here(".venv/bin/python")

/** Starts a Python program; its path is relative to this folder. Rejects if Python is not installed here. */
export async function startPythonProgram(program: string, ...args: string[]): Promise<Peer> {
  if (!existsSync(python))
    throw new Error("The Python peers are not installed: node conformance/python/install.js")
  return startProgram(python, [here(program), ...args])
}
