import { parseSchema } from "@avrolet/avro"
import { describe, expect, test } from "vitest"
import { readEvents } from "../read-events.ts"
import { all } from "../testing/all.ts"
import { memorySource, stored } from "../testing/memory-source.ts"
import { query } from "./query.ts"

/** The type of a column of a field's, and what its value is read as. */
async function stored1(type: unknown, value: unknown): Promise<unknown[]> {
  const event = parseSchema({ type: "record", name: "E", fields: [{ name: "x", type }] })
  const source = memorySource(stored(event, [{ at: 0n, value: { x: value } }]))
  const rows = await all(query(source, "select typeof(x) as type, x from E"))
  return Object.values(rows[0] ?? {})
}

const logical = (type: string, logicalType: string, rest: object = {}) => ({ type, logicalType, ...rest })
const point = {
  type: "record",
  name: "Point",
  fields: [
    { name: "x", type: "int" },
    { name: "X", type: ["null", "long"] },
  ],
}
const tree = {
  type: "record",
  name: "Tree",
  fields: [
    { name: "n", type: "long" },
    { name: "next", type: ["null", "Tree"] },
  ],
}
const day = new Date("2026-11-23")
const instant = new Date("2026-11-23T14:27:00.123Z")

describe("a field of each of Avro's types is a column of DuckDB's", () => {
  test.each<[string, unknown, unknown, string, unknown]>([
    ["null", "null", null, "VARCHAR", null],
    ["boolean", "boolean", true, "BOOLEAN", true],
    ["int", "int", -5, "INTEGER", -5],
    ["long", "long", 2 ** 53 - 1, "BIGINT", 2 ** 53 - 1],
    ["float", "float", 0.5, "FLOAT", 0.5],
    ["double", "double", 0.1, "DOUBLE", 0.1],
    [
      "string",
      "string",
      "grüße 🙂, a string longer than what is inlined",
      "VARCHAR",
      "grüße 🙂, a string longer than what is inlined",
    ],
    ["bytes", "bytes", Uint8Array.of(0, 255), "BLOB", Uint8Array.of(0, 255)],
    ["fixed", { type: "fixed", name: "F", size: 2 }, Uint8Array.of(1, 2), "BLOB", Uint8Array.of(1, 2)],
    ["enum", { type: "enum", name: "N", symbols: ["A", "B"] }, "B", "ENUM('A', 'B')", "B"],
    ["array", { type: "array", items: "int" }, [1, 2], "INTEGER[]", [1, 2]],
    [
      "array of nullables",
      { type: "array", items: ["null", "string"] },
      ["a", null],
      "VARCHAR[]",
      ["a", null],
    ],
    ["map", { type: "map", values: "long" }, { a: 1, b: 2 }, "MAP(VARCHAR, BIGINT)", { a: 1, b: 2 }],
    ["record", point, { x: 1, X: null }, "STRUCT(x INTEGER, X_2 BIGINT)", { x: 1, X_2: null }],
    [
      "record in a list",
      { type: "array", items: point },
      [{ x: 1, X: 2 }],
      "STRUCT(x INTEGER, X_2 BIGINT)[]",
      [{ x: 1, X_2: 2 }],
    ],
    ["record without fields", { type: "record", name: "R", fields: [] }, {}, "VARCHAR", "{}"],
    [
      "record in itself",
      tree,
      { n: 1, next: { n: 2, next: null } },
      'STRUCT(n BIGINT, "next" VARCHAR)',
      { n: 1, next: '{"n":2,"next":null}' },
    ],
    ["nullable", ["null", "int"], 3, "INTEGER", 3],
    ["null of a nullable", ["int", "null"], null, "INTEGER", null],
    [
      "union",
      ["null", "int", "string"],
      "s",
      'STRUCT("int" INTEGER, string VARCHAR)',
      { int: null, string: "s" },
    ],
    ["null of a union", ["null", "int", "string"], null, 'STRUCT("int" INTEGER, string VARCHAR)', null],
    [
      "wrapped union",
      ["int", "long"],
      { long: 7 },
      'STRUCT("int" INTEGER, long BIGINT)',
      { int: null, long: 7 },
    ],
    [
      "decimal",
      logical("bytes", "decimal", { precision: 10, scale: 2 }),
      "-12.30",
      "DECIMAL(10,2)",
      "-12.30",
    ],
    [
      "decimal of 38 digits",
      logical("bytes", "decimal", { precision: 38 }),
      "9".repeat(38),
      "DECIMAL(38,0)",
      "9".repeat(38),
    ],
    [
      "decimal of 40 digits",
      logical("bytes", "decimal", { precision: 40 }),
      "9".repeat(40),
      "VARCHAR",
      "9".repeat(40),
    ],
    ["big-decimal", logical("bytes", "big-decimal"), "1.25", "VARCHAR", "1.25"],
    [
      "uuid",
      logical("string", "uuid"),
      "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
      "UUID",
      "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
    ],
    [
      "uuid in a fixed",
      logical("fixed", "uuid", { name: "U", size: 16 }),
      "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
      "UUID",
      "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
    ],
    ["date", logical("int", "date"), day, "DATE", day],
    ["time-millis", logical("int", "time-millis"), 1500, "TIME", 1_500_000],
    ["time-micros", logical("long", "time-micros"), 1_500_001, "TIME", 1_500_001],
    ["timestamp-millis", logical("long", "timestamp-millis"), instant, "TIMESTAMP WITH TIME ZONE", instant],
    [
      "timestamp-micros",
      logical("long", "timestamp-micros"),
      instant.getTime() * 1000,
      "TIMESTAMP WITH TIME ZONE",
      instant,
    ],
    [
      "timestamp-nanos",
      logical("long", "timestamp-nanos"),
      1_795_444_020_123_456_789n,
      "TIMESTAMP_NS",
      1_795_444_020_123_456_789n,
    ],
    [
      "local-timestamp-millis",
      logical("long", "local-timestamp-millis"),
      instant.getTime(),
      "TIMESTAMP",
      instant,
    ],
    [
      "local-timestamp-micros",
      logical("long", "local-timestamp-micros"),
      instant.getTime() * 1000,
      "TIMESTAMP",
      instant,
    ],
    ["local-timestamp-nanos", logical("long", "local-timestamp-nanos"), 5n, "TIMESTAMP_NS", 5n],
    [
      "before 1970",
      logical("long", "timestamp-millis"),
      new Date(-1),
      "TIMESTAMP WITH TIME ZONE",
      new Date(-1),
    ],
    [
      "duration",
      logical("fixed", "duration", { name: "D", size: 12 }),
      { months: 1, days: 2, millis: 3 },
      "INTERVAL",
      { months: 1, days: 2, millis: 3 },
    ],
    ["a logical type in a list", { type: "array", items: logical("int", "date") }, [day], "DATE[]", [day]],
    [
      "a logical type in a union",
      ["null", logical("int", "date"), "string"],
      day,
      'STRUCT("int" DATE, string VARCHAR)',
      { int: day, string: null },
    ],
  ])("%s", async (_name, type, value, column, read) => {
    expect(await stored1(type, value)).toEqual([column, read])
  })

  test("a time that DuckDB has no room for is an error that names the column", async () => {
    await expect(stored1(logical("long", "local-timestamp-millis"), 2n ** 60n)).rejects.toMatchObject({
      code: "ERR_EVENTS_SQL",
      message: "Cannot query E: a value of x does not fit TIMESTAMP",
    })
  })

  test("a time that a Date has no room for is an error that names the column", async () => {
    await expect(
      stored1(logical("long", "local-timestamp-millis"), Number.MAX_SAFE_INTEGER),
    ).rejects.toMatchObject({
      code: "ERR_EVENTS_SQL",
      message: expect.stringMatching(/column x \(TIMESTAMP\): a Date reaches/),
    })
  })

  test.each([100_000_001, -100_000_001, 2 ** 31 - 2])("so is a date %d days from 1970", async (days) => {
    const E = parseSchema({ type: "record", name: "E", fields: [{ name: "days", type: "int" }] })
    const source = memorySource(stored(E, [{ at: 0n, value: { days } }]))
    await expect(all(query(source, "select date '1970-01-01' + days as x from E"))).rejects.toMatchObject({
      code: "ERR_EVENTS_SQL",
      message: expect.stringMatching(/column x \(DATE\): a Date reaches/),
    })
  })

  test("a long's default of 64 bits, as others have it, is read like any other", async () => {
    const inner =
      '{"type":"record","name":"I","fields":[{"name":"y","type":"long","default":-9223372036854775808}]}'
    const fields = `[{"name":"x","type":"long","default":-9223372036854775808},{"name":"i","type":${inner}}]`
    const Others = parseSchema(`{"type":"record","name":"O","fields":${fields}}`)
    const source = memorySource(stored(Others, [{ at: 0n, value: { x: 1, i: { y: 2 } } }]))
    expect(await all(query(source, "select x, i from O"))).toEqual([{ x: 1, i: { y: 2 } }])
    expect(await all(readEvents(source, Others))).toMatchObject([{ value: { x: 1, i: { y: 2 } } }])
  })

  test("numbers that JSON has not are text in it", async () => {
    const measured = {
      type: "record",
      name: "Measured",
      fields: [
        { name: "n", type: "double" },
        { name: "next", type: ["null", "Measured"] },
      ],
    }
    const numbers = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
    const inner = numbers.reduceRight((next: unknown, n) => ({ n, next }), null)
    const [, read] = await stored1(measured, { n: 1, next: inner })
    expect(read).toEqual({
      n: 1,
      next: '{"n":"NaN","next":{"n":"Infinity","next":{"n":"-Infinity","next":null}}}',
    })
  })
})
