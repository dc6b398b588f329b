import { schema } from "@avrolet/avro"
import { describe, expect, test } from "vitest"
import type { EventSource } from "../source.ts"
import { all } from "../testing/all.ts"
import { stored } from "../testing/memory-source.ts"
import type { AskedTime } from "./asked-time.ts"
import { type QueryOptions, query } from "./query.ts"

const TIME = { type: "long", logicalType: "timestamp-millis" } as const
const Served = schema({
  type: "record",
  name: "Served",
  namespace: "example",
  fields: [
    { name: "route", type: "string" },
    { name: "millis", type: "double" },
    {
      name: "inner_one",
      type: { type: "record", name: "Inner", fields: [{ name: "recorded_at", type: TIME }] },
    },
  ],
})

/** What a source is asked for by a statement. */
async function timeAsked(sql: string, options?: QueryOptions): Promise<AskedTime> {
  let asked: AskedTime = {}
  const source: EventSource = {
    async *read({ since, until }) {
      asked = { ...(since !== undefined && { since }), ...(until !== undefined && { until }) }
      yield stored(Served, [
        { at: 0n, value: { route: "/a", millis: 1, inner_one: { recorded_at: new Date(0) } } },
      ])
    },
  }
  await all(query(source, sql, options))
  return asked
}

describe("the time that is asked of a source", () => {
  const at = (text: string): bigint => BigInt(new Date(text).getTime()) * 1_000_000n
  const day = at("2026-11-23")
  const NOTHING: AskedTime = {}

  test.each<[where: string, time: AskedTime]>([
    ["recorded_at >= '2026-11-23'", { since: day }],
    ["'2026-11-23' < served.recorded_at and millis > 3", { since: day }],
    ["recorded_at between '2026-11-23' and '2026-11-24'", { since: day, until: at("2026-11-24") + 1000n }],
    [
      "(recorded_at < '2026-11-24' and recorded_at <= '2026-11-23') and recorded_at > '2026-11-01'",
      {
        since: at("2026-11-01"),
        until: day + 1000n,
      },
    ],
    ["recorded_at > timestamp '2026-11-23 01:00:00' - interval 1 hour", { since: day }],
    ["recorded_at > '2026-11-23' or millis > 3", NOTHING],
    ["not recorded_at > '2026-11-23'", { until: day + 1000n }],
    ["recorded_at > '2026-11-23'::timestamptz + millis * interval 1 second", NOTHING],
    ["recorded_at > '2026-11-23'::timestamptz + random() * interval 1 second", NOTHING],
    ["recorded_at = '2026-11-23'", NOTHING],
    ["recorded_at > null", NOTHING],
    ["Served.recorded_at > '2026-11-23' and inner_one.recorded_at > '2026-11-24'", { since: day }],
  ])("is that of the statement: where %s", async (where, time) => {
    expect(await timeAsked(`from Served where ${where}`)).toEqual(time)
  })

  test.each([
    "from Served a join Served b using (route) where a.recorded_at > '2026-11-23'",
    "from (select * replace (now() as recorded_at) from Served) where recorded_at > '2026-11-23'",
    "from Served s(recorded_at, route) where recorded_at > '2026-11-23'",
    "with s as (from Served) select * from s where recorded_at > '2026-11-23'",
    "from Served where inner_one.recorded_at > '2026-11-23'",
    "select count(*) filter (where recorded_at > '2026-11-23') from Served",
    "select route from Served group by route having max(recorded_at) > '2026-11-23'",
  ])("is all where it is not sure: %s", async (sql) => {
    expect(await timeAsked(sql)).toEqual(NOTHING)
  })

  test("is an hour with now(), and no more than the options have", async () => {
    const sql = "select route from (from Served where recorded_at > now() - interval 1 hour) limit 1"
    const { since } = await timeAsked(sql)
    expect(Math.abs(Number(since) / 1e6 - (Date.now() - 3_600_000))).toBeLessThan(60_000)
    const [early, late] = [{ since: 5n, until: 7n }, { since: at("2100-01-01") }]
    expect((await timeAsked(sql, early)).since).toBeGreaterThan(5n)
    expect(await timeAsked(sql, late)).toEqual(late)
    expect((await timeAsked("from Served where recorded_at < now()", early)).until).toBe(7n)
  })
})
