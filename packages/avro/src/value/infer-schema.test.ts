import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { hostileNames } from "../testing/arbitrary.ts"
import { caught } from "../testing/caught.ts"
import { array, field, map, record } from "../testing/declare.ts"
import { decode } from "./decode.ts"
import { encode } from "./encode.ts"
import { inferSchema } from "./infer-schema.ts"

const date = { type: "long", logicalType: "timestamp-millis" }
const now = new Date()

describe("inferSchema finds", () => {
  test.for<{ name: string; values: unknown[]; definition: unknown }>([
    { name: "null in nothing", values: [], definition: "null" },
    { name: "integers", values: [1, -(2 ** 40)], definition: "long" },
    { name: "fractions", values: [1, 1.5], definition: "double" },
    { name: "numbers past 2^53", values: [2 ** 60], definition: "double" },
    { name: "bigints", values: [1, 2n ** 60n], definition: "long" },
    {
      name: "text, bytes and dates",
      values: ["a", new Uint8Array(1), now],
      definition: ["string", "bytes", date],
    },
    { name: "what may be null", values: ["a", null], definition: ["null", "string"] },
    { name: "dates beside integers", values: [now, 5], definition: ["double", date] },
    { name: "arrays", values: [[1], [], [null]], definition: array(["null", "long"]) },
    { name: "arrays of nothing", values: [[]], definition: array("null") },
    {
      name: "records, with the fields that some lack",
      values: [
        { a: 1, b: "x" },
        { a: 2, c: undefined },
      ],
      definition: record("Value", field("a", "long"), field("b", ["null", "string"], { default: null })),
    },
    {
      name: "records in records, named after their fields",
      values: [{ to: { city: "Paris" }, lines: [{ id: 1 }] }],
      definition: record(
        "Value",
        field("to", record("Value_to", field("city", "string"))),
        field("lines", array(record("Value_lines", field("id", "long")))),
      ),
    },
    {
      name: "maps, where a key is no name",
      values: [{ "a b": 1 }, { c: null }],
      definition: map(["null", "long"]),
    },
    {
      name: "maps of records",
      values: [{ "1": { x: 1 }, "2": { y: 2 } }],
      definition: map(
        record(
          "Value",
          field("x", ["null", "long"], { default: null }),
          field("y", ["null", "long"], { default: null }),
        ),
      ),
    },
  ])("$name", ({ values, definition }) => {
    const type = inferSchema(values)
    expect(type.definition).toEqual(definition)
    for (const value of values) expect(() => encode(type, value)).not.toThrow()
  })

  test("names for all records, each of its own", () => {
    const value = { a_b: { x: 1 }, a: { b: { y: 1 } } }
    const type = inferSchema([value], { name: "shop.Order" })
    expect(type.name).toBe("shop.Order")
    expect(JSON.stringify(type.definition)).toMatch(/"shop.Order_a_b".*"shop.Order_a_b2"/)
    expect(decode(type, encode(type, value))).toEqual(value)
  })

  test("names that objects inherit", () => {
    for (const name of hostileNames) {
      const value = Object.fromEntries([[name, 1]])
      const type = inferSchema([value])
      expect(decode(type, encode(type, value))).toEqual(value)
    }
  })

  test("a schema that takes every JSON value it was inferred from, and gives it back", () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue({ maxDepth: 4 })), (json) => {
        const values = json.map(withoutHalves)
        const type = inferSchema(values)
        for (const value of values) {
          expect(withoutNulls(decode(type, encode(type, value)))).toEqual(withoutNulls(value))
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe("inferSchema refuses", () => {
  test.for<{ name: string; values: unknown[]; message: string }>([
    {
      name: "undefined",
      values: [1, undefined],
      message: "Cannot infer a schema of values[1]: no type fits undefined",
    },
    { name: "a function", values: [{ a: [() => 1] }], message: "values[0].a[0]: no type fits a function" },
    { name: "a Map", values: [new Map()], message: "no type fits a Map" },
    { name: "bigints beside fractions", values: [1n, 1.5], message: "no type fits bigints and fractions" },
    {
      name: "bigints beside dates",
      values: [{ at: 1n }, { at: now }],
      message:
        "Cannot infer a schema of values.at: no type fits bigints and dates in the same place; convert",
    },
  ])("$name", ({ values, message }) => {
    const error = caught(() => inferSchema(values))
    expect(error.code).toBe("ERR_AVRO_VALUE")
    expect(error.message).toContain(message)
  })

  test("a value that contains itself", () => {
    const value: Record<string, unknown> = {}
    value["self"] = value
    expect(caught(() => inferSchema([value])).code).toBe("ERR_AVRO_LIMIT")
  })
})

/** JSON may hold text that UTF-8 cannot carry, and a zero with a sign. */
function withoutHalves(value: unknown): unknown {
  const whole = JSON.stringify(value)
    .replace(/\\ud[89a-f]../g, "?")
    .replace(/(?<![\w.])-0(?![\w.])/g, "0")
  return JSON.parse(whole)
}

/** Fields that were left out come back as null. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== "object" || value === null) return value
  const entries = Object.entries(value).filter(([, item]) => item !== null)
  return Object.fromEntries(entries.map(([key, item]) => [key, withoutNulls(item)]))
}
