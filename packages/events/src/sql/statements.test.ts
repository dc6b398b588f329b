import { schema } from "@avrolet/avro"
import { describe, expect, test } from "vitest"
import type { EventSource } from "../source.ts"
import { all } from "../testing/all.ts"
import { memorySource, stored } from "../testing/memory-source.ts"
import { loadEvents, type QueryOptions, query } from "./query.ts"

const Served = schema({
  type: "record",
  name: "Served",
  namespace: "example",
  fields: [{ name: "route", type: "string" }],
})

const events = served(4)

describe("statements", () => {
  test.each(["", " ;", "-- nothing"])("%j is none", async (sql) => {
    await expect(rowsOf(events, sql)).rejects.toMatchObject({
      code: "ERR_EVENTS_SQL",
      message: expect.stringContaining("the statement is empty") as string,
    })
  })

  test("what has no syntax is told with the place in it", async () => {
    await expect(rowsOf(events, "select rou te from from Served")).rejects.toMatchObject({
      code: "ERR_EVENTS_SQL",
      message: expect.stringMatching(/syntax error at or near "from"[^]*LINE 1: .*\n +\^/),
    })
  })

  test("a column or table that is not there is told, with those that are alike", async () => {
    await expect(rowsOf(events, "select rout from Served")).rejects.toThrow(/"rout" not found/)
    await expect(rowsOf(events, "from Servd")).rejects.toThrow(
      /Table with name Servd does not exist[^]*\{ events: \[schema\] \}/,
    )
  })

  test("a table that is there already is not told as one that is missing", async () => {
    const error: unknown = await rowsOf(events, 'create table "example.Served" (x int)').catch(
      (thrown: unknown) => thrown,
    )
    expect(error).toMatchObject({
      code: "ERR_EVENTS_SQL",
      message: expect.stringMatching(/already exists(?![^]*\{ events: \[schema\] \})/) as string,
    })
  })

  test.each([
    "from read_csv('/etc/hostname')",
    "copy (select 1) to '/tmp/avrolet-written.csv'",
    "attach '/tmp/avrolet-written.db'",
    "install httpfs",
    "load '/tmp/some.duckdb_extension'",
    "set enable_external_access = true",
    "set memory_limit = '1TB'",
    "from '/etc/hostname'",
  ])("no file, network or setting is reached by %s", async (sql) => {
    await expect(rowsOf(events, sql)).rejects.toMatchObject({ code: "ERR_EVENTS_SQL" })
  })

  test("a long that no number holds is refused, and read with an option", async () => {
    const sql = "select 9007199254740993 as big, sum(9007199254740993) as sum"
    await expect(rowsOf(events, sql)).rejects.toMatchObject({
      code: "ERR_EVENTS_SQL",
      message: expect.stringMatching(/column big \(BIGINT\).*long: "bigint"/),
    })
    expect(await rowsOf(events, sql, { long: "bigint" })).toEqual([
      { big: 2n ** 53n + 1n, sum: 2n ** 53n + 1n },
    ])
  })

  test("it ends when it is told to, while it loads and while it runs", async () => {
    await expect(rowsOf(events, "from Served", { signal: AbortSignal.abort() })).rejects.toThrow("aborted")
    const endless = "select count(*) from range(1000000000000) a, range(1000000)"
    await expect(rowsOf(events, endless, { signal: AbortSignal.timeout(200) })).rejects.toMatchObject({
      name: "TimeoutError",
    })
  })

  test("what is loaded once can be asked often, and a loop may be left early", async () => {
    await using tables = await loadEvents(events)
    for await (const row of tables.query("from range(100000)")) {
      expect(row).toEqual({ range: 0 })
      break
    }
    const rows = await all(tables.query<{ n: number }>("select count(*) n from Served"))
    expect(rows).toEqual([{ n: 4 }])
  })

  test("statements that run at once have all their rows each", async () => {
    await using tables = await loadEvents(events)
    const sql = "select range as n from range(30000)"
    const inLoop: unknown[] = []
    let rows = 0
    for await (const _ of tables.query(sql)) {
      if (rows++ === 10) inLoop.push(...(await all(tables.query("select 1 as one"))))
    }
    expect([rows, inLoop]).toEqual([30_000, [{ one: 1 }]])
    const atOnce = await Promise.all([1, 2, 3].map(() => all(tables.query(sql))))
    expect(atOnce.map(({ length }) => length)).toEqual([30_000, 30_000, 30_000])
  })

  test("what fails among its rows is told, and not taken for their end", async () => {
    const sql = "select if(range < 500000, range, error('too far')) from range(1000000)"
    await expect(rowsOf(events, sql)).rejects.toMatchObject({
      code: "ERR_EVENTS_SQL",
      message: expect.stringContaining("too far") as string,
    })
  })

  test("a loop that is told to end does not take what it has for all rows", async () => {
    const controller = new AbortController()
    const rows = query(events, "from range(1000000)", { signal: controller.signal })
    await rows.next()
    controller.abort()
    await expect(all(rows)).rejects.toThrow("aborted")
  })

  test("what does not fit into the memory that it may take is still answered", async () => {
    const sql = "select count(*) n, count(distinct route) r from Served"
    const rows = await rowsOf(served(200_000), sql, { maxMemoryMegabytes: 60 })
    expect(rows).toEqual([{ n: 200_000, r: 200_000 }])
  })
})

function served(count: number): EventSource {
  const values = Array.from({ length: count }, (_, index) => ({ route: `/${index}`.padEnd(200, "x") }))
  return memorySource(
    stored(
      Served,
      values.map((value, index) => ({ at: BigInt(index), value })),
    ),
  )
}

async function rowsOf(source: EventSource, sql: string, options?: QueryOptions): Promise<unknown[]> {
  return all(query(source, sql, options))
}
