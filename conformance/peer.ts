// Starts a program of another language and talks to it in lines of JSON.

import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"

/** A program under way. Ends with its scope. */
export interface Peer extends AsyncDisposable {
  /** What it said first: its versions and, if it is a server, its ports by what it serves over. */
  readonly hello: {
    readonly versions: Readonly<Record<string, string>>
    readonly ports?: Readonly<Record<string, readonly number[]>>
  }
  /** Writes one line and resolves to the next one it prints. */
  ask(question: unknown): Promise<unknown>
}

/** Starts a program. Rejects if it ends before its first line; what it says on standard error is shown. */
export async function startProgram(command: string, args: readonly string[]): Promise<Peer> {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] })
  const failed = once(child, "error").then(([error]) => {
    throw new Error(`${command} cannot be run (${(error as Error).message}); see conformance/README.md`)
  })
  failed.catch(() => {}) // whoever reads hears of it
  child.stdin.on("error", () => {}) // of a program that has ended: there is no answer to read either
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const read = async (): Promise<unknown> => {
    const { value, done } = await Promise.race([lines.next(), failed])
    if (done === true) throw new Error(`${command} ended before it answered; see above for its reason`)
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
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, "exit")
  child.stdin?.end()
  await exited
}
