import { join } from "node:path"
import { parseSchema, schema } from "@avrolet/avro"
import { describe, expect, test } from "vitest"
import type { EventsError } from "../errors.ts"
import { fileSink, fileSource } from "../file/index.ts"
import { createRecorder } from "../recorder.ts"
import type { EventSource, StoredEvents } from "../source.ts"
import { all } from "../testing/all.ts"
import { newDirectory } from "../testing/directory.ts"
import { memorySource, stored } from "../testing/memory-source.ts"
import { type QueryOptions, query } from "./query.ts"

const Served = schema({
  type: "record",
  name: "Served",
  namespace: "example",
  fields: [
    { name: "route", type: "string" },
    { name: "millis", type: "double" },
    { name: "user", type: ["null", "string"] },
  ],
})

const SECOND = 1_000_000_000n
const START = 1_795_444_020_000_000_000n

const served = (second: number, route: string, millis: number, user: string | null = null) => ({
  at: START + BigInt(second) * SECOND,
  value: { route, millis, user },
})

const events = memorySource(
  stored(Served, [
    served(0, "/a", 1),
    served(1, "/b", 30, "ada"),
    served(2, "/a", 3),
    served(3, "/a", 8, "bob"),
  ]),
)

async function rowsOf(source: EventSource, sql: string, options?: QueryOptions): Promise<unknown[]> {
  return all(query(source, sql, options))
}

const batchesOf = (source: EventSource) => all(source.read({}))

describe("tables", () => {
  test.each(["Served", "served", '"example.Served"', "example.Served"])(
    "%s is the table of example.Served",
    async (table) => {
      const rows = await rowsOf(
        events,
        `select route, count(*) as n, max(millis) as most from ${table} group by all order by route`,
      )
      expect(rows).toEqual([
        { route: "/a", n: 3, most: 8 },
        { route: "/b", n: 1, most: 30 },
      ])
    },
  )

  test("tables and their columns are listed", async () => {
    expect(await rowsOf(events, "select column_name as name from (describe Served)")).toEqual(
      [
        "recorded_at",
        "recorded_at_nanos",
        "host",
        "pid",
        "service",
        "trace_id",
        "route",
        "millis",
        "user",
      ].map((name) => ({ name })),
    )
    expect(await rowsOf(events, "select name from (show tables)")).toEqual([
      { name: "Served" },
      { name: "example.Served" },
    ])
  })

  test("two events of one short name have their full ones only", async () => {
    const Other = schema({
      type: "record",
      name: "Served",
      namespace: "other",
      fields: [{ name: "x", type: "int" }],
    })
    const both = memorySource(stored(Other, [{ at: START, value: { x: 1 } }]), ...(await batchesOf(events)))
    expect(await rowsOf(both, 'select x, count(*) n from "other.Served", example.Served group by x')).toEqual(
      [{ x: 1, n: 4 }],
    )
    await expect(rowsOf(both, "from Served")).rejects.toMatchObject({ code: "ERR_EVENTS_SQL" })
  })

  test("of names that differ in nothing but case, further ones get a number", async () => {
    const kind = (name: string, namespace = "example") =>
      schema({ type: "record", name, namespace, fields: [{ name: "x", type: "int" }] } as const)
    const alike = [kind("Served"), kind("SERVED"), kind("served", "Example"), kind("Other", "Example")]
    const batches = alike.map((each, x) => stored(each, [{ at: START, value: { x } }]))
    const names = ["example.Served", "example.SERVED", "Example.served", "Example.Other"]
    const sources = [memorySource(...batches), { ...memorySource(...batches), names: async () => names }]
    for (const source of sources) {
      for (const [x, table] of ["Served", "SERVED_2", "served_3", "Other"].entries()) {
        for (const asked of [table, `example.${table}`, `"example.${table}"`])
          expect(await rowsOf(source, `select x from ${asked}`)).toEqual([{ x }])
      }
    }
    const given = { events: [kind("SERVED")] }
    expect(await rowsOf(memorySource(...batches), "select x from Served", given)).toEqual([{ x: 1 }])
  })

  test.each(["main", "temp", "pg_catalog"])(
    "an event of DuckDB's own namespace %s has its names, too",
    async (namespace) => {
      const Odd = schema({
        type: "record",
        name: "Odd",
        namespace,
        fields: [{ name: "size", type: "int" }],
      } as const)
      const odd = memorySource(stored(Odd, [{ at: START, value: { size: 1 } }]))
      expect(await rowsOf(odd, "select size from Odd")).toEqual([{ size: 1 }])
      expect(await rowsOf(odd, `select size from "${namespace}.Odd"`)).toEqual([{ size: 1 }])
    },
  )

  test("all columns are read without an option", async () => {
    const [row] = await rowsOf(events, "from Served limit 1")
    expect(row).toMatchObject({ recorded_at_nanos: START, route: "/a" })
    expect(await rowsOf(events, "select s from Served s limit 1")).toEqual([{ s: row }])
  })

  test("columns that are asked for by their place, or by other names, are those of the whole table", async () => {
    expect(await rowsOf(events, "select #4 as pid, #8 as millis, route from Served limit 1")).toEqual([
      { pid: 7, millis: 1, route: "/a" },
    ])
    expect(await rowsOf(events, "select d, g, h from Served as s(a, b, c, d, e, f, g, h) limit 1")).toEqual([
      { d: 7, g: "/a", h: 1 },
    ])
  })

  test.each([
    "select * from Served a join Served b using (route) where route = '/b'",
    "from (select * from Served a join Served b using (route) where route = '/b')",
  ])("the nanoseconds of two tables are bigints, though their columns have two names: %s", async (sql) => {
    const [row = {}] = await all(query(events, sql))
    const times = Object.entries(row).filter(([name]) => name.startsWith("recorded_at_nanos"))
    expect(times.map(([, time]) => time)).toEqual([START + SECOND, START + SECOND])
  })

  test("what was not recorded in the time that is asked for is none, and no error", async () => {
    const directory = await newDirectory()
    const recorder = createRecorder(fileSink(directory))
    recorder.record(Served, { route: "/a", millis: 1, user: null })
    await recorder.close()
    const source = fileSource(directory)
    const rows = await rowsOf(source, "select count(user) as n from Served where recorded_at < '2020-01-01'")
    expect(rows).toEqual([{ n: 0 }])
    await expect(rowsOf(source, "from Asked")).rejects.toThrow("There are events of example.Served.")
    const other = fileSource(join(directory, "example.Served"))
    await expect(rowsOf(other, "from Served")).rejects.toThrow("There are no events at all.")
  })

  test("the envelope stands beside the fields", async () => {
    const traceId = new Uint8Array(16).fill(0xab)
    const source = memorySource(
      stored(Served, [{ ...served(0, "/a", 1), at: START + 123_456_789n, traceId }]),
    )
    expect(
      await rowsOf(
        source,
        "select recorded_at at_, recorded_at_nanos nanos, host, pid, service, trace_id from Served",
        { long: "bigint" },
      ),
    ).toEqual([
      {
        at_: new Date("2026-11-23T14:27:00.123Z"),
        nanos: START + 123_456_789n,
        host: "here",
        pid: 7,
        service: "test",
        trace_id: "ab".repeat(16),
      },
    ])
  })

  test("a field that has a name of the envelope gets a number", async () => {
    const Started = schema({ type: "record", name: "Started", fields: [{ name: "Host", type: "string" }] })
    const source = memorySource(stored(Started, [{ at: START, value: { Host: "theirs" } }]))
    expect(await rowsOf(source, "select host, host_2 from Started")).toEqual([
      { host: "here", Host_2: "theirs" },
    ])
  })

  test("when it was recorded is compared with now() and with text, and grouped by", async () => {
    const recent = { at: BigInt(Date.now()) * 1_000_000n, value: { route: "/now", millis: 1, user: null } }
    const source = memorySource(stored(Served, [served(-100_000, "/old", 1), recent]))
    expect(
      await rowsOf(
        source,
        "select route from Served where recorded_at > now() - interval 1 hour and recorded_at < now() + interval 1 hour",
      ),
    ).toEqual([{ route: "/now" }])
    expect(
      await rowsOf(
        events,
        "select date_trunc('minute', recorded_at) m, count(*) n from Served where recorded_at >= '2026-11-23 14:27:01' group by all",
      ),
    ).toEqual([{ m: new Date("2026-11-23T14:27:00Z"), n: 3 }])
  })

  test("since and until leave out, to the nanosecond", async () => {
    expect(
      await rowsOf(events, "select count(*) n from Served", {
        since: START + SECOND,
        until: START + 3n * SECOND,
      }),
    ).toEqual([{ n: 2 }])
  })

  test("more rows than a chunk arrive all, in their order", async () => {
    const many = Array.from({ length: 5000 }, (_, index) => served(index, `/${index % 7}`, index))
    const source = memorySource(stored(Served, many.slice(0, 1000)), stored(Served, many.slice(1000)))
    expect(
      await rowsOf(source, "select count(*) n, sum(millis) s, count(distinct route) r from Served"),
    ).toEqual([{ n: 5000, s: (5000 * 4999) / 2, r: 7 }])
    expect(await rowsOf(source, "select millis from Served")).toEqual(
      many.map(({ value: { millis } }) => ({ millis })),
    )
  })
})

describe("what is decoded", () => {
  const Broken = schema({
    type: "record",
    name: "Broken",
    fields: [
      { name: "fine", type: "int" },
      { name: "text", type: "string" },
    ],
  })
  /** Its text is no UTF-8, which nobody sees who does not ask for it. */
  const batch = stored(Broken, [{ at: START, value: { fine: 1, text: "!" } }])
  batch.bytes[batch.bytes.length - 1] = 0xff
  const source = memorySource(batch)

  test.each([
    "select fine from Broken",
    "select count(*) from Broken",
    "with b as (select fine f from Broken) select f from b",
  ])("only what is named: %s", async (sql) => {
    expect(await rowsOf(source, sql)).toEqual([expect.anything()])
  })

  test.each([
    "select text from Broken",
    "select * from Broken",
    "from Broken",
    "select b from Broken b",
    "select Broken from Broken",
    "select columns('t.*') from Broken",
    "select fine from Broken where text = 'x'",
    "select fine from Broken order by TEXT",
    "select 1 from Broken a join Broken b using (text)",
    "select 1 from Broken a natural join Broken b",
    "summarize Broken",
    "select * from (from Broken)",
    "unpivot (from Broken) on columns(*)",
    "pivot Broken on fine using max(text)",
    "select max(b.text) from Broken b",
    "select #8 from Broken",
    "from QUERY('select text from Broken')",
    "select t from query('from Broken') q(a, b, c, d, e, f, fine, t), Broken",
    "select h from Broken b(a, b, c, d, e, f, g, h)",
  ])("all that is named: %s", async (sql) => {
    const onDamage = (error: EventsError) => {
      throw error
    }
    await expect(rowsOf(source, sql, { onDamage })).rejects.toMatchObject({ code: "ERR_EVENTS_DAMAGED" })
  })

  test("a store that knows its names is asked for those that the statement has", async () => {
    const asked: unknown[] = []
    const batches = await batchesOf(events)
    const knowing: EventSource = {
      names: async () => ["example.Served", "example.Other", "other.Served", "Broken"],
      async *read({ names }) {
        asked.push(names)
        yield* batches
      },
    }
    await rowsOf(knowing, "select count(*) from example.Served")
    await expect(rowsOf(knowing, "select 1 from served, broken")).rejects.toThrow("Table with name broken")
    expect(asked).toEqual([["example.Served"], ["example.Served", "other.Served", "Broken"]])
  })

  test("events that are none are told, and left out", async () => {
    const told: string[] = []
    const [ours] = (await batchesOf(events)) as [StoredEvents]
    const foreign = memorySource({ ...ours, writer: Served }, ours)
    const rows = await rowsOf(foreign, "select count(*) n from Served", {
      onDamage: ({ code }) => told.push(code),
    })
    expect([rows, told]).toEqual([[{ n: 4 }], ["ERR_EVENTS_FOREIGN"]])
  })

  test("events that are not named are not even opened", async () => {
    expect(
      await rowsOf(memorySource(batch, ...(await batchesOf(events))), "select count(*) n from Served"),
    ).toEqual([{ n: 4 }])
  })
})

describe("versions", () => {
  const version = (...fields: unknown[]) =>
    parseSchema({ type: "record", name: "Served", namespace: "example", fields })
  const older = stored(version({ name: "route", type: "string" }, { name: "code", type: "int" }), [
    { at: START, value: { route: "/old", code: 1 } },
  ])

  test("a table has the fields of all of them, and null where there was none", async () => {
    const source = memorySource(older, ...(await batchesOf(events)), older)
    expect(
      await rowsOf(source, "select route, code, millis from Served where route <> '/a' order by route, code"),
    ).toEqual([
      { route: "/b", code: null, millis: 30 },
      { route: "/old", code: 1, millis: null },
      { route: "/old", code: 1, millis: null },
    ])
  })

  test("a number that grew, and an enum that got a symbol, are one column", async () => {
    const region = (...symbols: string[]) => ({
      name: "region",
      type: { type: "enum", name: "Region", symbols },
    })
    const source = memorySource(
      stored(version({ name: "n", type: "int" }, region("EU")), [
        { at: START, value: { n: 1, region: "EU" } },
      ]),
      stored(version({ name: "n", type: "long" }, region("EU", "US")), [
        { at: START, value: { n: 2, region: "US" } },
      ]),
      stored(version({ name: "n", type: "double" }, region("EU")), [
        { at: START, value: { n: 0.5, region: "EU" } },
      ]),
      stored(version({ name: "n", type: "int" }, region("EU")), [
        { at: START, value: { n: 3, region: "EU" } },
      ]),
    )
    expect(await rowsOf(source, "select n, region from Served")).toEqual([
      { n: 1, region: "EU" },
      { n: 2, region: "US" },
      { n: 0.5, region: "EU" },
      { n: 3, region: "EU" },
    ])
  })

  test("types that are no one column are an error that says what to do", async () => {
    const source = memorySource(
      older,
      stored(version({ name: "code", type: "string" }), [{ at: START, value: { code: "x" } }]),
    )
    await expect(rowsOf(source, "from Served")).rejects.toMatchObject({
      code: "ERR_EVENTS_SQL",
      message: expect.stringMatching(/field code .* INTEGER .* VARCHAR; .*events: \[schema\]/),
    })
  })

  test("a schema that is given reads them all, with its defaults and aliases, and is a table without an event", async () => {
    const Newer = schema({
      type: "record",
      name: "Answered",
      namespace: "example",
      aliases: ["Served"],
      fields: [
        { name: "path", aliases: ["route"], type: "string" },
        { name: "cached", type: "boolean", default: false },
      ],
    })
    const source = memorySource(older, ...(await batchesOf(events)))
    const sql = "select path, cached, count(*) n from Answered group by all order by path"
    expect(await rowsOf(source, sql, { events: [Newer] })).toEqual([
      { path: "/a", cached: false, n: 3 },
      { path: "/b", cached: false, n: 1 },
      { path: "/old", cached: false, n: 1 },
    ])
    expect(await rowsOf(memorySource(), sql, { events: [Newer] })).toEqual([])
  })
})
