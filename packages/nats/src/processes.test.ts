// Two servers in processes of their own, one of which is killed and started again, by turns, under load. Twelve
// times, in 12 seconds; AVROLET_CHAOS_SECONDS=60 has one killed each five seconds.

import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { createClient, RpcError } from "@avrolet/rpc"
import { expect, test } from "vitest"
import { until } from "../../rpc/src/testing/outcome.ts"
import { Doubler } from "./fixtures/doubler.ts"
import { type Broker, startBroker } from "./testing/nats-server.ts"
import { natsTransport } from "./transport.ts"

const SECONDS = Number(process.env["AVROLET_CHAOS_SECONDS"] ?? 12)
const KILLS = 12
const LANES = 16
const TIMEOUT_MILLIS = 1000 // on a slow machine the living take their time

test("while one of two servers is killed the other answers: it costs the calls that the dead one had, and no more", {
  timeout: SECONDS * 1000 + 180_000,
}, async () => {
  await using broker = await startBroker()
  const servers = [await startServer(broker), await startServer(broker)]
  await using transport = natsTransport(await broker.connect(), { subject: "doubler" })
  const client = createClient(Doubler, transport)
  const answeredBy = new Map<number, number>()
  const failures = new Map<string, number>()
  let isOver = false
  let next = 0

  const lane = async (): Promise<void> => {
    while (!isOver) {
      const number = next++
      try {
        const [twice, pid = 0] = await client.double({ number }, { timeoutMillis: TIMEOUT_MILLIS })
        expect(twice).toBe(2 * number)
        answeredBy.set(pid, (answeredBy.get(pid) ?? 0) + 1)
      } catch (error) {
        if (!(error instanceof RpcError)) throw error
        failures.set(error.code, (failures.get(error.code) ?? 0) + 1)
      }
    }
  }
  const lanes = Promise.all(Array.from({ length: LANES }, lane))
  const pause = (millis: number): Promise<unknown> =>
    Promise.race([lanes, new Promise((resolve) => setTimeout(resolve, millis))])

  const answersMore = async ({ pid = 0 }: ChildProcess, calls: number): Promise<void> => {
    const before = answeredBy.get(pid) ?? 0
    await Promise.race([lanes, until(() => (answeredBy.get(pid) ?? 0) >= before + calls)])
  }

  for (let kills = 0; kills < KILLS; kills++) {
    await pause((SECONDS * 1000) / KILLS)
    const [victim, survivor] = kills % 2 === 0 ? servers : servers.toReversed()
    await kill(victim as ChildProcess)
    await answersMore(survivor as ChildProcess, 100) // calls go on
    const started = await startServer(broker)
    await answersMore(started, 1)
    servers[kills % 2] = started
  }
  isOver = true
  await lanes
  for (const server of servers) await kill(server)

  expect(answeredBy.size).toBe(KILLS + 2) // each had its share
  expect([...failures.keys()].filter((code) => code !== "ERR_RPC_TIMEOUT")).toEqual([])
  expect(failures.get("ERR_RPC_TIMEOUT") ?? 0).toBeLessThanOrEqual(KILLS * LANES)
  if (process.env["AVROLET_CHAOS_SECONDS"] !== undefined) report(next, failures, answeredBy)
})

function report(
  calls: number,
  failures: ReadonlyMap<string, number>,
  answeredBy: ReadonlyMap<number, number>,
): void {
  const shares = [...answeredBy.values()].join(" ")
  process.stderr.write(
    `${calls} calls, failed: ${JSON.stringify([...failures])}, answered by each: ${shares}\n`,
  )
}

const SERVER = fileURLToPath(new URL("../dist/fixtures/server.js", import.meta.url))

async function startServer({ port }: Broker): Promise<ChildProcess> {
  const child = spawn(process.execPath, [SERVER, String(port), "doubler"], {
    stdio: ["pipe", "pipe", "inherit"],
  })
  const started = once(child.stdout as NodeJS.ReadableStream, "data")
  const ended = once(child, "exit").then(() => {
    throw new Error("The server ended before it served")
  })
  await Promise.race([started, ended])
  ended.catch(() => {}) // it is killed later
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  const exited = once(child, "exit")
  child.kill("SIGKILL")
  await exited
}
