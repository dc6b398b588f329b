// A real broker, as tests start, stop and restart it: Debian's package `nats-server`.

import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { connect as connectTo } from "node:net"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import type { NatsConnection } from "@nats-io/nats-core"
import { connect, type NodeConnectionOptions } from "@nats-io/transport-node"
import { freePort } from "./ports.ts"

/** A running broker; ends with its scope. */
export interface Broker extends AsyncDisposable {
  readonly port: number
  /** A connection to it, which ends with the broker, and until then never gives up unless its options say so. */
  connect(options?: NodeConnectionOptions): Promise<NatsConnection>
  /** Kills the broker and nothing else. */
  kill(): Promise<void>
  /** Has it do nothing, until it is to go on: a broker that is overloaded. */
  pause(): void
  resume(): void
  /** Starts it again where it was, with other lines in its configuration if they are given. */
  restart(configuration?: string): Promise<void>
}

/** Whether there is one to start. In CI there has to be. */
export function isBrokerInstalled(): boolean {
  const { PATH = "", CI } = process.env
  return Boolean(CI) || PATH.split(delimiter).some((folder) => existsSync(join(folder, "nats-server")))
}

/**
 * Starts one with these lines in its configuration, and with JetStream on a disk of its own, whose limits `jetStream`
 * has. Fails where the package is not installed.
 */
export async function startBroker(configuration = "max_payload: 8MB", jetStream = ""): Promise<Broker> {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), "avrolet-nats-"))
  const file = join(folder, "nats.conf")
  const storage = `jetstream { store_dir: ${JSON.stringify(join(folder, "jetstream"))}, ${jetStream} }`
  const configure = (lines: string): void =>
    writeFileSync(
      file,
      `listen: 127.0.0.1:${port}
${lines}
${storage}
`,
    )
  configure(configuration)
  const connections: NatsConnection[] = []
  let broker = await start(file, port)
  return {
    port,
    async connect(options = {}) {
      const patient = { servers: `127.0.0.1:${port}`, reconnectTimeWait: 50, maxReconnectAttempts: -1 }
      const connection = await connect({ ...patient, ...options })
      connections.push(connection)
      return connection
    },
    kill: () => broker.kill(),
    pause: () => broker.signal("SIGSTOP"),
    resume: () => broker.signal("SIGCONT"),
    async restart(lines) {
      if (lines !== undefined) configure(lines)
      broker = await start(file, port)
    },
    async [Symbol.asyncDispose]() {
      await broker.kill() // first: it may be paused
      await Promise.all(connections.map((connection) => connection.close()))
      rmSync(folder, { recursive: true })
    },
  }
}

/** Kills the broker, and gives a connection to it that knows of that and has not yet tried to connect again. */
export async function brokenConnection(broker: Broker): Promise<NatsConnection> {
  const connection = await broker.connect({ reconnectTimeWait: 60_000 })
  const isBroken = (async () => {
    for await (const { type } of connection.status()) if (type === "disconnect") return
  })()
  await broker.kill()
  await isBroken
  return connection
}

interface BrokerProcess {
  signal(name: NodeJS.Signals): void
  kill(): Promise<void>
}

async function start(file: string, port: number): Promise<BrokerProcess> {
  const child = spawn("nats-server", ["--config", file], { stdio: "ignore" })
  const failed = once(child, "error").then(([error]) => {
    throw new Error("nats-server cannot be started: apt-get install nats-server", { cause: error })
  })
  const ended = once(child, "exit").then(([code, signal]) => {
    throw new Error(`nats-server ended (${signal ?? code}) before it listened on port ${port}: who has it?`)
  })
  await Promise.race([greeting(port), failed, ended])
  return {
    signal: (name) => void child.kill(name),
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, "exit")
      child.kill("SIGKILL")
      await exited
    },
  }
}

const MAX_START_MILLIS = 15_000
const TRY_MILLIS = 20
const MAX_GREETING_MILLIS = 1000

/** Resolves when a broker greets who connects there; rejects when none does within 15 seconds. */
async function greeting(port: number): Promise<void> {
  for (const deadline = Date.now() + MAX_START_MILLIS; Date.now() < deadline; await sleep(TRY_MILLIS)) {
    const socket = connectTo(port, "127.0.0.1")
    try {
      const [chunk] = await once(socket, "data", { signal: AbortSignal.timeout(MAX_GREETING_MILLIS) })
      if (String(chunk).startsWith("INFO ")) return
    } catch {
      // Not yet: it is tried again.
    } finally {
      socket.destroy()
    }
  }
  throw new Error(`No nats-server greets on port ${port} within ${MAX_START_MILLIS} ms`)
}
