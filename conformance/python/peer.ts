// Starts the Python peers and talks to them in lines of JSON.

import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const python = here(".venv/bin/python")

/** A Python program under way. Ends with its scope. */
export interface Peer extends AsyncDisposable {
  /** What it said first: its versions, and the port if it is a server. */
  readonly hello: Readonly<Record<string, string | number>>
  /** Writes one line and resolves to the next one it prints. */
  ask(question: unknown): Promise<unknown>
}

/** The path of a protocol that both sides read. */
export const protocolPath = (name: string): string => here(`../protocols/${name}.avpr`)

/** Starts a program of this folder. Rejects with what it printed if it ends before it is ready. */
export async function startPeer(program: string, ...args: string[]): Promise<Peer> {
  if (!existsSync(python))
    throw new Error("The Python peers are not installed: node conformance/python/install.js")
  const child = spawn(python, [here(program), ...args], { stdio: ["pipe", "pipe", "inherit"] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const read = async (): Promise<unknown> => {
    const { value, done } = await lines.next()
    if (done === true) throw new Error(`${program} ended before it answered; see above for its reason`)
    return JSON.parse(value)
  }
  return {
    hello: (await read()) as Peer["hello"],
    ask: async (question) => {
      child.stdin.write(`${JSON.stringify(question)}\n`)
      return read()
    },
    [Symbol.asyncDispose]: () => end(child),
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const exited = once(child, "exit")
  child.stdin?.end()
  await exited
}
