import { parseSchema, schema } from "@avrolet/avro"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { memorySource, type Stored, stored } from "../testing/memory-source.ts"
import { aggregate } from "./aggregate.ts"

const Served = schema({
  type: "record",
  name: "Served",
  namespace: "example",
  fields: [
    { name: "method", type: "string" },
    { name: "route", type: "string" },
    { name: "millis", type: ["null", "double"] },
    { name: "bytes", type: "long" },
  ],
})

/** The fields that a question needs; what is left out is passed over. */
const Route = schema({
  type: "record",
  name: "Served",
  namespace: "example",
  fields: [
    { name: "route", type: "string" },
    { name: "millis", type: ["null", "double"] },
  ],
})

const START = 1_795_444_020_000_000_000n
const SECOND = 1_000_000_000n

const served = (second: number, route: string, millis: number | null, host = "here") => ({
  at: START + BigInt(second) * SECOND,
  host,
  value: { method: "GET", route, millis, bytes: 10 },
})

const events = [
  served(0, "/a", 1),
  served(1, "/b", 5),
  served(30, "/a", 3, "there"),
  served(59, "/a", null),
  served(60, "/b", 7),
  served(119, "/c", 9),
]

const source = (...all: Stored<{ method: string; route: string; millis: number | null; bytes: number }>[]) =>
  memorySource(stored(Served, all))

describe("groups", () => {
  test("events are counted and measured by what `by` gives, the largest group first", async () => {
    const { groups, count, others } = await aggregate(source(...events), Route, {
      by: ({ value }) => value.route,
      measures: { millis: ({ value }) => value.millis },
    })
    expect(groups.map((group) => [group.by, group.from, group.count, group.measures.millis])).toEqual([
      ["/a", undefined, 3, expect.objectContaining({ count: 2, sum: 4 })],
      ["/b", undefined, 2, expect.objectContaining({ count: 2, sum: 12 })],
      ["/c", undefined, 1, expect.objectContaining({ count: 1, sum: 9 })],
    ])
    expect([count, others]).toEqual([6, undefined])
  })

  test("there is one group of all where nothing is asked but how many", async () => {
    const { groups } = await aggregate(source(...events), Route)
    expect(groups).toEqual([
      { by: undefined, from: undefined, count: 6, perSecond: expect.closeTo(6 / 119, 6), measures: {} },
    ])
  })

  test("one event is no rate", async () => {
    const { groups } = await aggregate(source(served(0, "/a", 1)), Route)
    expect(groups).toMatchObject([{ count: 1, perSecond: Number.NaN }])
  })

  test("there are groups for each interval, the earliest first, whatever order the events come in", async () => {
    const { groups } = await aggregate(source(...events.toReversed()), Route, {
      by: ({ value }) => value.route,
      everyMillis: 60_000,
    })
    expect(
      groups.map(({ from, by, count, perSecond }) => [from?.toISOString(), by, count, perSecond]),
    ).toEqual([
      ["2026-11-23T14:27:00.000Z", "/a", 3, 0.05],
      ["2026-11-23T14:27:00.000Z", "/b", 1, 1 / 60],
      ["2026-11-23T14:28:00.000Z", "/c", 1, 1 / 60],
      ["2026-11-23T14:28:00.000Z", "/b", 1, 1 / 60],
    ])
  })

  test("an event is of the interval that it is in, to the nanosecond", async () => {
    const everyMillis = fc.oneof(
      fc.constantFrom(1, 10, 250, 1000, 60_000, 3_600_000),
      fc.integer({ min: 1, max: 1e6 }),
    )
    const near = fc.oneof(fc.constantFrom(-1n, 0n, 1n), fc.bigInt({ min: -2_000_000n, max: 2_000_000n }))
    await fc.assert(
      fc.asyncProperty(everyMillis, fc.nat({ max: 4_000_000_000 }), near, async (every, seconds, offset) => {
        const everyNanos = BigInt(every) * 1_000_000n
        const boundary = ((BigInt(seconds) * SECOND) / everyNanos + 3n) * everyNanos
        const at = boundary + offset
        const { groups } = await aggregate(source({ ...served(0, "/a", 1), at }), Route, {
          everyMillis: every,
        })
        const from = new Date(Number((at / everyNanos) * BigInt(every)))
        expect(groups.map((group) => group.from)).toEqual([from])
      }),
      { numRuns: 300 },
    )
  })

  test("an interval may be of a part of a millisecond", async () => {
    const parts = [0n, 499_000n, 500_000n].map((nanos) => ({ ...served(0, "/a", 1), at: START + nanos }))
    const { groups } = await aggregate(source(...parts), Route, { everyMillis: 0.5 })
    expect(groups.map(({ count }) => count)).toEqual([2, 1])
  })

  test("what no group is left for is counted as others, and still measured", async () => {
    const { groups, others, count } = await aggregate(source(...events), Route, {
      by: ({ value }) => value.route,
      measures: { millis: ({ value }) => value.millis },
      maxGroups: 1,
    })
    expect(groups.map((group) => [group.by, group.count])).toEqual([["/a", 3]])
    expect([others?.count, others?.measures.millis.sum, count]).toEqual([3, 21, 6])
  })

  test("the envelope can be grouped by, too", async () => {
    const { groups } = await aggregate(source(...events), Route, {
      by: ({ host, pid, service, traceId, atNanos }) =>
        `${host} ${pid} ${service} ${String(traceId)} ${atNanos < START + SECOND}`,
    })
    expect(groups.map(({ by, count }) => [by, count])).toEqual([
      ["here 7 test undefined false", 4],
      ["here 7 test undefined true", 1],
      ["there 7 test undefined false", 1],
    ])
  })

  test("a long read as a bigint is a measure like any other", async () => {
    const Bytes = schema(
      { type: "record", name: "Served", namespace: "example", fields: [{ name: "bytes", type: "long" }] },
      { long: "bigint" },
    )
    const { groups } = await aggregate(source(...events), Bytes, {
      measures: { bytes: ({ value }) => value.bytes },
    })
    expect(groups[0]?.measures.bytes.sum).toBe(60)
  })

  test.each([{ everyMillis: 0 }, { everyMillis: Number.NaN }, { maxGroups: 0 }, { maxGroups: 2.5 }])(
    "%j is refused",
    async (options) => {
      await expect(aggregate(source(), Route, options)).rejects.toThrow(RangeError)
    },
  )
})

describe("what is read", () => {
  test("of a time range, its first nanosecond is in and its last one out, though the source gives more", async () => {
    const around = [-1n, 0n, 1n, SECOND - 1n, SECOND].map((nanos) => ({
      ...served(0, "/a", 1),
      at: START + nanos,
    }))
    const range = { since: START, until: START + SECOND }
    expect((await aggregate(source(...around), Route, range)).count).toBe(3)
    const dates = {
      since: new Date(Number(START / 1_000_000n)),
      until: new Date(Number((START + SECOND) / 1_000_000n)),
    }
    expect(await aggregate(source(...around), Route, dates)).toEqual(
      await aggregate(source(...around), Route, range),
    )
  })

  test("what is said of an event is its own, though the one before it is asked first", async () => {
    const all = source(
      { ...served(0, "/a", 1), at: START + 123_456_789n, traceId: new Uint8Array(16).fill(0xab) },
      served(1, "/b", 2, "there"),
    )
    const { groups } = await aggregate(all, Route, {
      by: ({ host, traceId, at, atNanos, value }) =>
        [host, traceId, at.toISOString(), atNanos, value.route].map(String).join(),
    })
    expect(groups.map(({ by }) => by)).toEqual([
      `here,${"ab".repeat(16)},2026-11-23T14:27:00.123Z,1795444020123456789,/a`,
      "there,undefined,2026-11-23T14:27:01.000Z,1795444021000000000,/b",
    ])
  })

  test("events of other names are left out, though the source gives them; those of an alias are not", async () => {
    const Other = schema({ type: "record", name: "Other", fields: [{ name: "route", type: "string" }] })
    const both = memorySource(stored(Other, [{ at: START, value: { route: "/x" } }]), stored(Served, events))
    expect((await aggregate(both, Route)).count).toBe(6)
    const Renamed = schema({
      type: "record",
      name: "Answered",
      namespace: "example",
      aliases: ["Served"],
      fields: [],
    })
    expect((await aggregate(both, Renamed)).count).toBe(6)
  })

  test("events of several versions are read as one", async () => {
    const Older = schema({
      type: "record",
      name: "Served",
      namespace: "example",
      fields: [{ name: "route", type: "string" }],
    })
    const Tolerant = schema({
      type: "record",
      name: "Served",
      namespace: "example",
      fields: [
        { name: "route", type: "string" },
        { name: "bytes", type: "long", default: 1 },
      ],
    })
    const both = memorySource(stored(Older, [{ at: START, value: { route: "/a" } }]), stored(Served, events))
    const { groups } = await aggregate(both, Tolerant, { measures: { bytes: ({ value }) => value.bytes } })
    expect(groups[0]?.measures.bytes.sum).toBe(61)
  })

  test("a field that was never stored is told, with the reason", async () => {
    const Missing = schema({
      type: "record",
      name: "Served",
      namespace: "example",
      fields: [{ name: "country", type: "string" }],
    })
    await expect(aggregate(source(...events), Missing)).rejects.toMatchObject({
      code: "ERR_EVENTS_SCHEMA",
      message: expect.stringContaining("country"),
    })
  })

  const batch = stored(Served, events)
  test.each([
    [
      "a batch that ends within an event",
      { ...batch, bytes: batch.bytes.subarray(0, -1) },
      "ERR_EVENTS_DAMAGED",
      5,
    ],
    ["a batch that does not end with its events", { ...batch, count: 5 }, "ERR_EVENTS_DAMAGED", 5],
    [
      "a batch of a time before 1970",
      stored(Served, [{ ...served(0, "/a", 1), at: -1n }]),
      "ERR_EVENTS_DAMAGED",
      0,
    ],
    ["a batch of no events", { ...batch, writer: Served }, "ERR_EVENTS_FOREIGN", 0],
  ])("%s is told, and left out from there on", async (_name, damaged, code, read) => {
    const told: unknown[] = []
    const both = memorySource(damaged, batch)
    const { count } = await aggregate(both, Route, { onDamage: (error) => told.push(error.code) })
    expect([told, count]).toEqual([[code], read + 6])
  })

  test("an event that is whole, and does not fit the schema wanted, is an error", async () => {
    const large = source({ at: START, value: { method: "GET", route: "/a", millis: 1, bytes: 2 ** 53 - 1 } })
    const Bytes = schema({
      type: "record",
      name: "Served",
      namespace: "example",
      fields: [{ name: "bytes", type: "int" }],
    })
    await expect(aggregate(large, Bytes)).rejects.toMatchObject({ code: "ERR_EVENTS_SCHEMA" })
    const Huge = parseSchema({
      type: "record",
      name: "Served",
      namespace: "example",
      fields: [{ name: "bytes", type: "long" }],
    })
    const Long = schema({
      type: "record",
      name: "Served",
      namespace: "example",
      fields: [{ name: "bytes", type: "long" }],
    })
    const huge = memorySource(stored(Huge, [{ at: START, value: { bytes: 2n ** 60n } }]))
    await expect(aggregate(huge, Long)).rejects.toMatchObject({ code: "ERR_AVRO_LONG_RANGE" })
  })

  test.each([Date.now(), "2026-11-23", new Date("never")])("a time that is %s is refused", async (since) => {
    await expect(aggregate(source(), Route, { since: since as Date })).rejects.toThrow(
      "since and until take a valid Date",
    )
  })

  test("it ends when it is told to", async () => {
    await expect(aggregate(source(...events), Route, { signal: AbortSignal.abort() })).rejects.toThrow(
      "aborted",
    )
  })
})
