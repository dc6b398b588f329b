// Files of events, and what is exported of them, as Spark reads them.

import { execFile } from "node:child_process"
import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { schema } from "@avrolet/avro"
import { createRecorder } from "@avrolet/events"
import { fileSink, fileSource } from "@avrolet/events/file"
import { exportEvents, query } from "@avrolet/events/sql"
import { afterAll, beforeAll, expect, test } from "vitest"

const Served = schema({
  type: "record",
  name: "Served",
  namespace: "shop",
  fields: [
    { name: "route", type: "string" },
    { name: "millis", type: "double" },
    { name: "user", type: ["null", "string"] },
    { name: "price", type: { type: "bytes", logicalType: "decimal", precision: 10, scale: 2 } },
    { name: "day", type: { type: "int", logicalType: "date" } },
    { name: "sent", type: { type: "long", logicalType: "timestamp-micros" } },
    { name: "region", type: { type: "enum", name: "Region", symbols: ["EU", "US"] } },
    { name: "tags", type: { type: "array", items: "string" } },
    { name: "counts", type: { type: "map", values: "long" } },
    { name: "either", type: ["int", "string"] },
  ],
})

const folder = mkdtempSync(join(tmpdir(), "avrolet-spark-"))
const venv = join(import.meta.dirname, ".venv")
afterAll(() => rmSync(folder, { recursive: true }))

interface Answer {
  readonly types: Readonly<Record<string, string>>
  readonly rows: readonly Readonly<Record<string, unknown>>[]
}

async function ask(question: object): Promise<Answer[]> {
  const jar = readdirSync(join(venv, "jars")).find((name) => name.startsWith("spark-avro"))
  const parameters = [
    join(import.meta.dirname, "ask.py"),
    join(venv, "jars", String(jar)),
    JSON.stringify(question),
  ]
  const { stdout } = await promisify(execFile)(join(venv, "bin", "python"), parameters)
  return JSON.parse(stdout) as Answer[]
}

const GROUPED = "select route, count(*) as n, sum(millis) as total"
let [grouped, times, fields, exported]: (Answer | undefined)[] = []

beforeAll(async () => {
  await using recorder = createRecorder(fileSink(folder, { codec: "deflate" }), { service: "shop" })
  for (let index = 0; index < 1000; index++) {
    recorder.record(Served, {
      route: `/${index % 3}`,
      millis: index / 4,
      user: index % 2 === 0 ? null : "Ada",
      price: "12.50",
      day: new Date("2026-12-01"),
      sent: 1_795_444_020_123_456,
      region: "US",
      tags: ["a", "b"],
      counts: { a: 1 },
      either: index % 2 === 0 ? 7 : "seven",
    })
  }
  await recorder.close()
  await exportEvents(fileSource(folder), "from Served", join(folder, "served.parquet"))
  const tables = {
    Served: ["avro", join(folder, "shop.Served")],
    Exported: ["parquet", join(folder, "served.parquet")],
  }
  ;[grouped, times, fields, exported] = await ask({
    tables,
    sql: [
      "select value.route, count(*) as n, sum(value.millis) as total from Served group by 1 order by 1",
      "select at, timestamp_micros(at div 1000) > now() - interval 1 hour as recent, service from Served limit 1",
      "select value.* from Served where value.millis = 0.25",
      "select * from Exported where millis = 0.25",
    ],
  })
}, 180_000)

test("Spark answers a question of the recorded files as our SQL does", async () => {
  const ours: unknown[] = []
  for await (const row of query(fileSource(folder), `${GROUPED} from Served group by 1 order by 1`))
    ours.push(row)
  expect(grouped?.rows).toEqual(ours)
})

test("when it was recorded is a long of nanoseconds to Spark, which knows no timestamp-nanos", () => {
  expect(times?.types).toEqual({ at: "bigint", recent: "boolean", service: "string" })
  expect(times?.rows).toMatchObject([{ recent: true, service: "shop" }])
})

test("fields have their types, and a union of two is a struct", () => {
  expect(fields?.types).toEqual({
    route: "string",
    millis: "double",
    user: "string",
    price: "decimal(10,2)",
    day: "date",
    sent: "timestamp",
    region: "string",
    tags: "array<string>",
    counts: "map<string,bigint>",
    either: "struct<member0:int,member1:string>",
  })
  expect(fields?.rows).toMatchObject([
    {
      user: "Ada",
      price: "12.50",
      day: "2026-12-01",
      sent: "2026-11-23 14:27:00.123456",
      region: "US",
      counts: { a: 1 },
      either: { member0: null, member1: "seven" },
    },
  ])
})

test("what is exported as Parquet has the same types and values", () => {
  expect(exported?.types).toMatchObject({
    recorded_at: "timestamp",
    recorded_at_nanos: "bigint",
    route: "string",
    price: "decimal(10,2)",
    day: "date",
    sent: "timestamp",
    tags: "array<string>",
    counts: "map<string,bigint>",
    either: "struct<int:int,string:string>",
  })
  const [{ either, ...read } = {}] = exported?.rows ?? []
  const [{ either: _, ...recorded } = {}] = fields?.rows ?? []
  expect(read).toMatchObject(recorded)
  expect(either).toEqual({ int: null, string: "seven" })
})
