// Events that survive: a program records, is killed, is started again; then one asks what happened.
//
//   node examples/dist/events/events.js

import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, readdir, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { readEvents } from "@avrolet/events"
import { fileSource } from "@avrolet/events/file"
import { query } from "@avrolet/events/sql"
import { Ordered } from "./order.ts"

const KILLED_AFTER = 5000

const directory = await mkdtemp(join(tmpdir(), "avrolet-events-"))
try {
  const acknowledged = await recordUntilKilled(0)
  console.log(`killed with SIGKILL, after the shop was told that ${acknowledged} orders are stored`)
  const more = await recordUntilKilled(1_000_000)
  console.log(`started again in the same directory, and killed again, after ${more}`)
  console.log(`files: ${(await readdir(join(directory, "shop.Ordered"))).length}, one of each life`)
  await recover([acknowledged, more])
  await ask()
} finally {
  await rm(directory, { recursive: true })
}

/** Runs the shop until so many of its orders are stored, and kills it. Gives how many it knew to be. */
async function recordUntilKilled(first: number): Promise<number> {
  const shop = fileURLToPath(new URL("./shop.js", import.meta.url))
  const child = spawn(process.execPath, [shop, directory, String(first)], {
    stdio: ["ignore", "pipe", "inherit"],
  })
  const ended = once(child, "close")
  let stored = 0
  for await (const line of createInterface({ input: child.stdout })) {
    stored = Number(line)
    if (stored >= KILLED_AFTER) child.kill("SIGKILL")
  }
  await ended
  return stored
}

/** Reads everything back: what was acknowledged has to be there. */
async function recover(acknowledged: readonly number[]): Promise<void> {
  const numbers = new Set<number>()
  for await (const { value } of readEvents(fileSource(directory), Ordered)) numbers.add(value.number)
  const missing = acknowledged.flatMap((count, life) =>
    Array.from({ length: count }, (_, index) => life * 1_000_000 + index).filter(
      (number) => !numbers.has(number),
    ),
  )
  console.log(`read back: ${numbers.size} orders, of which acknowledged and missing: ${missing.length}`)
}

/** Asks how many orders there were from each country, and how long they took. */
async function ask(): Promise<void> {
  const sql =
    "select country, count(*) as orders, round(median(millis)) as millis from Ordered group by all order by 1"
  for await (const { country, orders, millis } of query<Answer>(fileSource(directory), sql)) {
    console.log(`${country}: ${orders} orders, half of them within ${millis} ms`)
  }
}

interface Answer {
  readonly country: string
  readonly orders: number
  readonly millis: number
}
