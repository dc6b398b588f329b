// A recording process and its broker are killed at random, and started again. Some seconds;
// AVROLET_CHAOS_SECONDS=60 makes it last longer.

import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { spool } from "@avrolet/events/spool"
import { jetstreamManager } from "@nats-io/jetstream"
import { expect, onTestFinished, test } from "vitest"
import { Counted, valuesOf } from "../../../events/src/fixtures/batches.ts"
import { eventually } from "../../../rpc/src/testing/outcome.ts"
import { type Broker, startBroker } from "../testing/nats-server.ts"
import { jetStreamSink, jetStreamSource } from "./index.ts"

const SECONDS = Number(process.env["AVROLET_CHAOS_SECONDS"] ?? 8)
const PAUSE_MILLIS = 400
/** It lasts until so many events are acknowledged, as on a busy machine a recorder may be killed before its first. */
const MIN_EVENTS = 1000
const script = fileURLToPath(new URL("../../dist/fixtures/recorder.js", import.meta.url))

test("whoever is killed: all that was acknowledged is there, once and in order", {
  timeout: SECONDS * 2000 + 60_000,
}, async () => {
  await using broker = await startBroker()
  const folder = mkdtempSync(join(tmpdir(), "avrolet-spool-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const acknowledged = new Map<string, number>()
  const kills = { broker: 0, recorder: 0 }
  const end = Date.now() + SECONDS * 1000
  let recorder = startRecorder(broker, "run-0", folder, acknowledged)
  const unlessItEnds = (other: Promise<unknown>): Promise<unknown> => Promise.race([recorder.ended, other])
  await unlessItEnds(firstStored(broker)) // a broker that is killed while it makes a stream may have none
  while (Date.now() < end || totalOf(acknowledged) < MIN_EVENTS) {
    await unlessItEnds(sleep(PAUSE_MILLIS * (0.5 + Math.random())))
    if (Math.random() < 0.6) {
      await broker.kill()
      await sleep(PAUSE_MILLIS * Math.random())
      await broker.restart()
      kills.broker++
    } else {
      await recorder.kill()
      recorder = startRecorder(broker, `run-${++kills.recorder}`, folder, acknowledged)
    }
  }
  await recorder.kill()
  await sendTheRest(broker, folder)

  const found = await countsByRun(broker)
  for (const [run, count] of acknowledged) {
    const counts = found.get(run) ?? []
    const misplaced = counts.filter((at, index) => at !== index) // in order, none missing, none twice
    expect(misplaced.slice(0, 3), `${run}: ${misplaced.length} of ${counts.length}`).toEqual([])
    expect(counts.length, run).toBeGreaterThanOrEqual(count)
  }
  process.stdout.write(
    `JetStream, ${SECONDS} s: ${kills.broker} times the broker was killed, ${kills.recorder + 1} times the recorder; ` +
      `of ${totalOf(acknowledged)} events acknowledged 0 are lost, 0 twice, 0 out of order\n`,
  )
})

function totalOf(acknowledged: ReadonlyMap<string, number>): number {
  return [...acknowledged.values()].reduce((sum, count) => sum + count, 0)
}

interface RecorderProcess {
  /** Resolves when it was killed; rejects when it has ended by itself, with what it said. */
  readonly ended: Promise<void>
  kill(): Promise<void>
}

function startRecorder(
  broker: Broker,
  by: string,
  folder: string,
  acknowledged: Map<string, number>,
): RecorderProcess {
  const child = spawn(process.execPath, [script, String(broker.port), by, folder])
  let [isKilled, said] = [false, ""]
  child.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString()
  })
  child.stdout.on("data", (chunk: Buffer) => {
    const lines = chunk.toString().split("\n").filter(Boolean)
    acknowledged.set(by, Math.max(acknowledged.get(by) ?? 0, ...lines.slice(0, -1).map(Number)))
  })
  const ended = once(child, "close").then(([code, signal]) => {
    if (!isKilled) throw new Error(`${by} ended by itself (${signal ?? code}): ${said}`)
  })
  ended.catch(() => {}) // until somebody asks
  return {
    ended,
    kill() {
      isKilled = true
      child.kill("SIGKILL")
      return ended
    },
  }
}

async function firstStored(broker: Broker): Promise<void> {
  const { streams } = await jetstreamManager(await broker.connect())
  await eventually(async () => {
    if ((await streams.info("EVENTS")).state.messages === 0) throw new Error("Nothing is stored")
  })
}

/** As the next process would. */
async function sendTheRest(broker: Broker, folder: string): Promise<void> {
  if (readdirSync(folder).length === 0) return
  await spool(jetStreamSink(await broker.connect()), folder, { closeMillis: 30_000 }).close()
}

async function countsByRun(broker: Broker): Promise<Map<string, number[]>> {
  const found = new Map<string, number[]>()
  for await (const events of jetStreamSource(await broker.connect()).read({})) {
    for (const { by, count } of valuesOf(Counted, events)) {
      const counts = found.get(by) ?? []
      counts.push(count)
      found.set(by, counts)
    }
  }
  return found
}
