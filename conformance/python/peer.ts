// Where the Python peers are, and the protocols that they share with us.

import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { type Peer, startProgram } from "../peer.ts"

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const python = here(".venv/bin/python")

/** The path of a protocol that both sides read. */
export const protocolPath = (name: string): string => here(`../protocols/${name}.avpr`)

/** Starts a Python program; its path is relative to this folder. Rejects if Python is not installed here. */
export async function startPeer(program: string, ...args: string[]): Promise<Peer> {
  if (!existsSync(python))
    throw new Error("The Python peers are not installed: node conformance/python/install.js")
  return startProgram(python, [here(program), ...args])
}
