// A server in a process of its own, as tests start, kill and restart it.

import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"

export type TransportName = "http" | "tcp"

/** A running server of `fixtures/counter.ts`; ends with its scope. */
export interface ServerProcess extends AsyncDisposable {
  readonly port: number
  /** Kills it with SIGKILL, and resolves when it is gone. */
  kill(): Promise<void>
}

const SERVER = fileURLToPath(new URL("../../dist/fixtures/server.js", import.meta.url))

/** Starts one from the compiled package, and resolves when it listens. */
export async function startServer(
  transport: TransportName,
  options: Readonly<Record<string, unknown>>,
  delayMillis = 0,
): Promise<ServerProcess> {
  const child = spawn(process.execPath, [SERVER, transport, JSON.stringify(options), String(delayMillis)], {
    stdio: ["pipe", "pipe", "inherit"],
  })
  const port = await firstLine(child)
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, "exit")
    child.kill("SIGKILL")
    await exited
  }
  return { port: Number(port), kill, [Symbol.asyncDispose]: kill }
}

async function firstLine(child: ChildProcess): Promise<string> {
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })
  for await (const line of lines) return line
  throw new Error("The server ended before it listened")
}
