// A `nats-server` of an example's own: apt install nats-server

import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"

/** Starts one, to be killed with the other children, and resolves to its address when it is ready. */
export async function startBroker(children: ChildProcess[]): Promise<string> {
  const anyPort = ["--addr", "127.0.0.1", "--port", "-1"]
  const broker = spawn("nats-server", anyPort, { stdio: ["ignore", "ignore", "pipe"] })
  const missing = once(broker, "error").then(([cause]) => {
    throw new Error("nats-server cannot be started: apt install nats-server, or set NATS_URL", { cause })
  })
  const line = await Promise.race([lineWith(broker.stderr, "Listening for client connections on"), missing])
  children.push(broker)
  return `nats://${line.split(" ").at(-1)}`
}

/** The first line with this text. What follows it is read, and let go. */
export async function lineWith(stream: NodeJS.ReadableStream, text: string): Promise<string> {
  const lines = createInterface({ input: stream })
  return new Promise((resolve, reject) => {
    lines.on("line", (line) => line.includes(text) && resolve(line))
    lines.on("close", () => reject(new Error(`The process ended before it said "${text}"`)))
  })
}
