// A `nats-server` of an example's own: apt install nats-server

import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { type AddressInfo, createServer } from "node:net"
import { createInterface } from "node:readline"

/** Starts one, to be killed with the other children, and resolves to its address when it is ready. */
export async function startBroker(children: ChildProcess[]): Promise<string> {
  const port = await freePort()
  const broker = spawn("nats-server", ["--addr", "127.0.0.1", "--port", String(port)], {
    stdio: ["ignore", "ignore", "pipe"],
  })
  const missing = once(broker, "error").then(([cause]) => {
    throw new Error("nats-server cannot be started: apt install nats-server, or set NATS_URL", { cause })
  })
  await Promise.race([lineWith(broker.stderr, "Server is ready"), missing])
  children.push(broker)
  return `nats://127.0.0.1:${port}`
}

/** The first line with this text. What follows it is read, and let go. */
export async function lineWith(stream: NodeJS.ReadableStream, text: string): Promise<string> {
  const lines = createInterface({ input: stream })
  return new Promise((resolve, reject) => {
    lines.on("line", (line) => line.includes(text) && resolve(line))
    lines.on("close", () => reject(new Error(`The process ended before it said "${text}"`)))
  })
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1")
  await once(probe, "listening")
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, "close")
  return port
}
