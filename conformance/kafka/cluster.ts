// A broker of Kafka and a Schema Registry, real ones, as tests start, stop and restart them: on loopback, on ports of
// their own, on a disk of their own.

import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { text } from "node:stream/consumers"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { freePort } from "../../packages/nats/src/testing/ports.ts"

const jars = fileURLToPath(new URL(".jars", import.meta.url))
const javaJars = fileURLToPath(new URL("../java/.jars", import.meta.url))
/** Short-lived and small: no time for the better compiler, no threads for it either. */
const SMALL = ["-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]
const START_MILLIS = 60_000
const MAX_STARTS = 3

/** How a broker is made. */
export interface KafkaSetup {
  /** Protocols to listen with, each on a port of its own, beside plain text. */
  readonly listeners?: readonly string[]
  /** Lines of its configuration; what they name has to be in files of their own. */
  readonly configuration?: readonly string[]
  /** Users of SCRAM, as `SCRAM-SHA-256=[name=ada,password=…]`. */
  readonly users?: readonly string[]
}

/** A broker that runs; ends with its scope. */
export interface KafkaBroker extends AsyncDisposable {
  readonly address: string
  /** Where it listens with a protocol. */
  addressOf(listener: string): string
  kill(): Promise<void>
  pause(): void
  resume(): void
  /** Starts it again where it was. */
  restart(): Promise<void>
}

/** Starts a broker that is its own controller. */
export async function startKafka(setup: KafkaSetup = {}): Promise<KafkaBroker> {
  return onFreePorts(async () => startNode({ id: 1, controllers: [await freePort()] }, setup))
}

/** Starts brokers that are each other's controllers, and each have all that is in a topic. Broker 1 is the first. */
export async function startCluster(size: number): Promise<readonly KafkaBroker[] & AsyncDisposable> {
  return onFreePorts(async () => {
    const controllers: number[] = []
    while (controllers.length < size) controllers.push(await freePort())
    const starting = controllers.map((_, index) => startNode({ id: index + 1, controllers }, {}))
    const stop = async (): Promise<void> => {
      for (const each of await Promise.allSettled(starting))
        if (each.status === "fulfilled") await each.value[Symbol.asyncDispose]()
    }
    try {
      return Object.assign(await Promise.all(starting), { [Symbol.asyncDispose]: stop })
    } catch (error) {
      await stop()
      throw error
    }
  })
}

/** It ended before it listened, as it does where a port that was free a moment ago is another's. */
class EndedEarly extends Error {}

/** Starts what chooses its ports, and starts it again on others where it ended early. */
async function onFreePorts<Started>(start: () => Promise<Started>): Promise<Started> {
  for (let starts = 1; ; starts++) {
    try {
      return await start()
    } catch (error) {
      if (!(error instanceof EndedEarly) || starts === MAX_STARTS) throw error
    }
  }
}

/** One of the brokers of a cluster, and the ports of their controllers. */
interface Node {
  readonly id: number
  readonly controllers: readonly number[]
}

async function startNode(node: Node, setup: KafkaSetup): Promise<KafkaBroker> {
  const folder = mkdtempSync(join(tmpdir(), "avrolet-kafka-"))
  const ports = new Map([["PLAINTEXT", await freePort()]])
  for (const listener of setup.listeners ?? []) ports.set(listener, await freePort())
  const file = join(folder, "server.properties")
  writeFileSync(file, [...settings(folder, node, ports), ...(setup.configuration ?? [])].join("\n"))
  const users = (setup.users ?? []).flatMap((user) => ["--add-scram", user])
  const format = java(
    "kafka.tools.StorageTool",
    "format",
    "-t",
    "MkU3OEVBNTcwNTJENDM2Qk",
    "-c",
    file,
    ...users,
  )
  await once(format, "close")
  const addressOf = (listener: string): string => `127.0.0.1:${ports.get(listener)}`
  const port = ports.get("PLAINTEXT") as number
  const removeFolder = (): void => rmSync(folder, { recursive: true, force: true })
  let child = await startBroker(file, port).catch((error: unknown) => {
    removeFolder()
    throw error
  })
  const kill = (): Promise<void> => end(child)
  return {
    address: addressOf("PLAINTEXT"),
    addressOf,
    kill,
    pause: () => void child.kill("SIGSTOP"),
    resume: () => void child.kill("SIGCONT"),
    async restart() {
      child = await startBroker(file, port)
    },
    async [Symbol.asyncDispose]() {
      await kill()
      removeFolder()
    },
  }
}

/** A registry that runs; ends with its scope. */
export interface Registry extends AsyncDisposable {
  /** Where it speaks as Confluent's does. */
  readonly url: string
}

/** Starts Apicurio's, which keeps everything in its memory. */
export async function startRegistry(): Promise<Registry> {
  const folder = join(jars, "registry")
  const runner = readdirSync(installed(folder)).find((name) => name.endsWith("-runner.jar")) ?? ""
  const port = await freePort()
  const options = [...SMALL, "-Dquarkus.http.host=127.0.0.1", `-Dquarkus.http.port=${port}`]
  const child = spawn("java", [...options, "-jar", join(folder, runner)], { stdio: "ignore" })
  const url = `http://127.0.0.1:${port}/apis/ccompat/v7`
  await until(async () => (await fetch(`${url}/subjects`)).ok, "the registry")
  return { url, [Symbol.asyncDispose]: () => end(child) }
}

/** Runs the Java peer to its end. Resolves to the lines that it prints. */
export const runKafkaPeer = (input: string, ...args: string[]): Promise<string[]> =>
  runJava("KafkaPeer", input, ...args)

/** The same, of another program. */
export async function runJava(program: string, input: string, ...args: string[]): Promise<string[]> {
  const child = java(program, ...args)
  child.stdin?.end(input)
  const [printed, complaints, [status]] = await Promise.all([
    text(child.stdout as NonNullable<typeof child.stdout>),
    text(child.stderr as NonNullable<typeof child.stderr>),
    once(child, "close"),
  ])
  if (status !== 0) throw new Error(`${program} failed: ${complaints}`)
  return printed.trimEnd().split("\n")
}

function settings(folder: string, { id, controllers }: Node, ports: ReadonlyMap<string, number>): string[] {
  const voters = controllers.map((port, index) => `${index + 1}@127.0.0.1:${port}`)
  const listeners = [...ports].map(([listener, port]) => `${listener}://127.0.0.1:${port}`)
  return [
    "process.roles=broker,controller",
    `node.id=${id}`,
    `controller.quorum.voters=${voters.join(",")}`,
    `listeners=${listeners.join(",")},CONTROLLER://127.0.0.1:${controllers[id - 1]}`,
    "controller.listener.names=CONTROLLER",
    `listener.security.protocol.map=CONTROLLER:PLAINTEXT,${[...ports.keys()].map((name) => `${name}:${name}`).join(",")}`,
    "inter.broker.listener.name=PLAINTEXT",
    `advertised.listeners=${listeners.join(",")}`,
    `log.dirs=${join(folder, "data")}`,
    `default.replication.factor=${controllers.length}`,
    `min.insync.replicas=${Math.ceil(controllers.length / 2)}`,
    `offsets.topic.replication.factor=${controllers.length}`,
    "offsets.topic.num.partitions=1",
    "transaction.state.log.replication.factor=1",
    "transaction.state.log.min.isr=1",
    "group.initial.rebalance.delay.ms=0",
    "auto.create.topics.enable=false",
    // One that was killed is let in again once its session is over.
    "broker.session.timeout.ms=1000",
    "broker.heartbeat.interval.ms=200",
  ]
}

async function startBroker(file: string, port: number): Promise<ChildProcess> {
  const child = java("kafka.Kafka", file)
  child.stdout?.resume()
  child.stderr?.resume()
  try {
    await Promise.race([
      until(() => isListening(port), "Kafka to listen"),
      once(child, "exit").then(() => {
        throw new EndedEarly("Kafka ended before it listened")
      }),
    ])
    return child
  } catch (error) {
    await end(child)
    throw error
  }
}

function java(program: string, ...args: string[]): ChildProcess {
  const path = [join(installed(join(jars, "broker")), "*"), join(javaJars, "*"), join(jars, "classes")]
  return spawn("java", [...SMALL, "-cp", path.join(delimiter), program, ...args], { stdio: "pipe" })
}

function installed(folder: string): string {
  if (existsSync(folder)) return folder
  throw new Error(
    "Kafka is not installed here: node conformance/java/install.js && node conformance/kafka/install.js",
  )
}

/** Resolves once something holds; rejects where it does not within a minute. */
export async function until(holds: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + START_MILLIS
  while (!(await holds().catch(() => false))) {
    if (Date.now() > deadline) throw new Error(`Waited in vain for ${what}`)
    await sleep(50)
  }
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1")
  try {
    await once(socket, "connect")
    return true
  } finally {
    socket.destroy()
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, "exit")
  child.kill("SIGKILL")
  await exited
}
