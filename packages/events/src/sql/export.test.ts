import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { schema } from "@avrolet/avro"
import { DuckDBInstance } from "@duckdb/node-api"
import { afterAll, describe, expect, test } from "vitest"
import { memorySource, stored } from "../testing/memory-source.ts"
import { exportEvents } from "./export.ts"

const folder = mkdtempSync(join(tmpdir(), "avrolet-it's-export-"))
afterAll(() => rmSync(folder, { recursive: true }))
const at = (name: string) => join(folder, name)

const Paid = schema({
  type: "record",
  name: "Paid",
  fields: [
    { name: "by", type: "string" },
    { name: "amount", type: { type: "bytes", logicalType: "decimal", precision: 12, scale: 2 } },
    { name: "due", type: { type: "int", logicalType: "date" } },
    { name: "tags", type: { type: "array", items: "string" } },
    { name: "note", type: ["null", "string"] },
  ],
})

const START = 1_795_444_020_123_456_789n
const events = memorySource(
  stored(Paid, [
    {
      at: START,
      value: {
        by: 'Ada "A", Lovelace',
        amount: "12.50",
        due: new Date("2026-12-01"),
        tags: ["a", "b"],
        note: "two\nlines",
      },
    },
    {
      at: START + 1_000_000_000n,
      value: { by: "Bob", amount: "-0.01", due: new Date("1969-12-31"), tags: [], note: null },
    },
  ]),
)
const sql = "select recorded_at, * exclude (recorded_at, host, pid, service, trace_id) from Paid"

describe("formats", () => {
  test("Parquet keeps the types, and is read by whatever reads Parquet", async () => {
    expect(await exportEvents(events, sql, at("paid.parquet"))).toBe(2)
    const file = at("paid.parquet").replaceAll("'", "''")
    const connection = await (await DuckDBInstance.create()).connect()
    const types = await connection.runAndReadAll(`describe from '${file}'`)
    expect(Object.fromEntries(types.getRows().map(([name, type]) => [name, type]))).toEqual({
      recorded_at: "TIMESTAMP WITH TIME ZONE",
      recorded_at_nanos: "BIGINT",
      by: "VARCHAR",
      amount: "DECIMAL(12,2)",
      due: "DATE",
      tags: "VARCHAR[]",
      note: "VARCHAR",
    })
    const rows = await connection.runAndReadAll(
      `select recorded_at_nanos, amount::varchar, due::varchar, note from '${file}'`,
    )
    expect(rows.getRows()).toEqual([
      [START, "12.50", "2026-12-01", "two\nlines"],
      [START + 1_000_000_000n, "-0.01", "1969-12-31", null],
    ])
    connection.closeSync()
  })

  test("CSV has a header, and quotes what has to be", async () => {
    await exportEvents(events, `${sql}; `, at("paid.csv"))
    expect(readFileSync(at("paid.csv"), "utf8")).toBe(
      "recorded_at,recorded_at_nanos,by,amount,due,tags,note\n" +
        '2026-11-23 14:27:00.123456+00,1795444020123456789,"Ada ""A"", Lovelace",12.50,2026-12-01,"[a, b]","two\nlines"\n' +
        "2026-11-23 14:27:01.123456+00,1795444021123456789,Bob,-0.01,1969-12-31,[],\n",
    )
  })

  test("NDJSON is a line for each row", async () => {
    await exportEvents(events, `${sql} -- all`, at("paid.txt"), { format: "ndjson" })
    const lines = readFileSync(at("paid.txt"), "utf8").trimEnd().split("\n")
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { by: 'Ada "A", Lovelace', due: "2026-12-01", tags: ["a", "b"], note: "two\nlines" },
      { by: "Bob", note: null },
    ])
  })
})

describe("the file", () => {
  test("is replaced once all is written; where that fails, it stays, and nothing is left beside it", async () => {
    const destination = at("kept.csv")
    writeFileSync(destination, "before")
    const before = readdirSync(folder)
    await expect(exportEvents(events, "select missing from Paid", destination)).rejects.toMatchObject({
      code: "ERR_EVENTS_SQL",
    })
    await expect(
      exportEvents(events, "select error('halfway') from range(100000), Paid", destination),
    ).rejects.toThrow("halfway")
    await expect(exportEvents(events, sql, destination, { signal: AbortSignal.abort() })).rejects.toThrow(
      "aborted",
    )
    expect([readFileSync(destination, "utf8"), readdirSync(folder)]).toEqual(["before", before])
    expect(await exportEvents(events, "select count(*) n from Paid", destination)).toBe(1)
    expect(readFileSync(destination, "utf8")).toBe("n\n2\n")
  })

  test("has a format by its name, or none", async () => {
    await expect(exportEvents(events, sql, at("paid.xlsx"))).rejects.toThrow(
      'parquet, csv or ndjson, got "xlsx"',
    )
  })

  test("has rows of the time that is asked for", async () => {
    const range = { since: START, until: START + 1n }
    expect(await exportEvents(events, sql, at("range.parquet"), range)).toBe(1)
  })

  test("takes no folder's place", async () => {
    mkdirSync(at("folder.csv"))
    const before = readdirSync(folder)
    await expect(exportEvents(events, sql, at("folder.csv"))).rejects.toMatchObject({
      code: "ERR_EVENTS_SQL",
      message: expect.stringMatching(/^Cannot write .*folder\.csv: /) as string,
    })
    expect(readdirSync(folder)).toEqual(before)
  })

  test("is in a folder that is there", async () => {
    await expect(exportEvents(events, sql, join(folder, "missing", "x.csv"))).rejects.toMatchObject({
      code: "ERR_EVENTS_SQL",
    })
  })
})
