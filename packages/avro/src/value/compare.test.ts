import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { parseSchema, schema } from "../schema/schema.ts"
import { samples } from "../testing/arbitrary.ts"
import { caught } from "../testing/caught.ts"
import { array, field, fixed, map, record, symbols } from "../testing/declare.ts"
import { bytes } from "../testing/hex.ts"
import { compare } from "./compare.ts"
import { compareBytes } from "./compare-bytes.ts"
import { encode } from "./encode.ts"

const pair = record("Pair", field("a", "int"), field("b", "int", { order: "descending" }))
const date = { type: "int", logicalType: "date" }
const price = { type: "bytes", logicalType: "decimal", precision: 4, scale: 2 }

/** Values in ascending order, of which none are equal. */
const orders: { name: string; type: unknown; values: unknown[] }[] = [
  { name: "false before true (F2)", type: "boolean", values: [false, true] },
  { name: "ints by number (F3)", type: "int", values: [-(2 ** 31), -1, 0, 1, 63, 64, 2 ** 31 - 1] },
  {
    name: "longs by number, exactly (F3)",
    type: "long",
    values: [-(2n ** 63n), -1, 0, 2 ** 53 - 1, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n],
  },
  {
    name: "floats by number (F3)",
    type: "float",
    values: [-Infinity, -1.5, -1e-45, -0, 0, 1e-45, 1, 3.4e38, Infinity, Number.NaN],
  },
  {
    name: "doubles by number (F3)",
    type: "double",
    values: [-Infinity, -1e300, -5e-324, -0, 0, 5e-324, 0.1, 1e300, Infinity, Number.NaN],
  },
  {
    name: "bytes as unsigned numbers (F4)",
    type: "bytes",
    values: ["", "00", "00 00", "01", "7f", "7f ff", "80", "ff"].map(bytes),
  },
  {
    name: "fixed as unsigned numbers (F4)",
    type: fixed("F", 2),
    values: ["00 01", "01 00", "7f ff", "80 00"].map(bytes),
  },
  {
    name: "strings by code point (F5)",
    type: "string",
    values: ["", "A", "AB", "B", "a", "é", "ﬀ", "\uffff", "\u{10000}", "😀", "😀a", "😁"],
  },
  {
    name: "arrays item by item, then the shorter (F6)",
    type: array("int"),
    values: [[], [-5], [1], [1, 0], [1, 2], [2]],
  },
  {
    name: "enums by index, not by symbol (F7)",
    type: symbols("E", ["Z", "A", "constructor"]),
    values: ["Z", "A", "constructor"],
  },
  {
    name: "a bare union by branch, then by value (F8)",
    type: ["null", "string", "int"],
    values: [null, "a", "b", -1, 0],
  },
  {
    name: "a wrapped union by branch, then by value (F8)",
    type: ["long", "null", "int"],
    values: [{ long: 1 }, { long: 5 }, null, { int: 0 }, { int: 1 }],
  },
  {
    name: "records field by field, as their order says (F9)",
    type: pair,
    values: [
      { a: 1, b: 2 },
      { a: 1, b: 1 },
      { a: 2, b: 9 },
    ],
  },
  {
    name: "records in a descending field the other way round (F9)",
    type: record("R", field("list", array(pair), { order: "descending" })),
    values: [
      { list: [{ a: 2, b: 1 }] },
      { list: [{ a: 1, b: 1 }] },
      { list: [{ a: 1, b: 2 }] },
      { list: [] },
    ],
  },
  {
    name: "dates by day (F3)",
    type: date,
    values: [new Date(-86_400_000), new Date(0), new Date(86_400_000)],
  },
  {
    name: "nanoseconds by number (F3)",
    type: { type: "long", logicalType: "timestamp-nanos" },
    values: [-1n, 2n ** 62n, 2n ** 62n + 1n],
  },
  {
    name: "decimals as the bytes underneath, which is not by number (F4)",
    type: price,
    values: ["0.00", "1.28", "0.01", "-0.01"],
  },
]

describe.for(orders)("$name", ({ type, values }) => {
  const parsed = parseSchema(type)
  const expected = values.map((_, a) => values.map((__, b) => Math.sign(a - b)))

  test("as values", () => {
    expect(values.map((a) => values.map((b) => compare(parsed, a, b)))).toEqual(expected)
  })

  test("as bytes (F11)", () => {
    const encoded = values.map((value) => encode(parsed, value))
    expect(encoded.map((a) => encoded.map((b) => compareBytes(parsed, a, b)))).toEqual(expected)
  })
})

test("values to sort are given as they are", () => {
  const Person = schema({
    type: "record",
    name: "Person",
    fields: [
      { name: "age", type: "int", order: "descending" },
      { name: "name", type: "string" },
    ],
  })
  const people = [
    { age: 36, name: "Ada" },
    { age: 41, name: "Bob" },
    { age: 36, name: "Abe" },
  ]
  expect(people.toSorted((a, b) => compare(Person, a, b)).map(({ name }) => name)).toEqual([
    "Bob",
    "Abe",
    "Ada",
  ])
})

describe("equal", () => {
  test.for<{ name: string; type: unknown; a: unknown; b: unknown }>([
    { name: "are all nulls (F1)", type: "null", a: null, b: null },
    { name: "is a long as number and as bigint (F3)", type: "long", a: 5, b: 5n },
    { name: "are ints without a sign of zero (F3)", type: "int", a: 0, b: -0 },
    { name: "are numbers that one float stands for (F3)", type: "float", a: 0.1, b: Math.fround(0.1) },
    { name: "is what differs within a day (F3)", type: date, a: new Date(0), b: new Date(1) },
    {
      name: "is what differs in ignored fields only (F9)",
      type: record("R", field("a", "int"), field("b", "int", { order: "ignore" })),
      a: { a: 1, b: 1 },
      b: { a: 1, b: 2 },
    },
    {
      name: "is what differs in ignored maps only (F10)",
      type: record("R", field("tags", map("int"), { order: "ignore" }), field("a", "int")),
      a: { tags: { x: 1 }, a: 1 },
      b: { tags: {}, a: 1 },
    },
  ])("$name", ({ type, a, b }) => {
    const parsed = parseSchema(type)
    expect(compare(parsed, a, b)).toBe(0)
    expect(compareBytes(parsed, encode(parsed, a), encode(parsed, b))).toBe(0)
  })

  test("are arrays in other blocks, with and without their sizes (F11)", () => {
    const [whole, cut] = [bytes("06 02 04 06 00"), bytes("02 02 03 04 04 06 00")]
    const numbers = parseSchema(array("int"))
    expect(compareBytes(numbers, whole, cut)).toBe(0)
    expect(compareBytes(numbers, whole, bytes("02 02 01 02 04 00"))).toBe(1)
    expect(compareBytes(numbers, bytes("02 02 00"), cut)).toBe(-1)
  })
})

describe("maps are refused (F10)", () => {
  const holder = parseSchema(record("R", field("a", "int"), field("list", array(["null", map("int")]))))
  const [empty, full] = [
    { a: 1, list: [null, {}] },
    { a: 1, list: [null, { x: 1 }] },
  ]

  test("with the place and the remedy", () => {
    const expected = {
      code: "ERR_AVRO_NO_ORDER",
      path: ".list[1]",
      message:
        'Cannot compare R.list[1]: maps have no order; declare a field around them with "order": "ignore"',
    }
    expect(caught(() => compare(holder, empty, full))).toMatchObject(expected)
    const [a, b] = [encode(holder, empty), encode(holder, full)]
    expect(caught(() => compareBytes(holder, a, b))).toMatchObject(expected)
  })

  test("once it comes to two of them, and not before", () => {
    const other = { a: 2, list: [{}] }
    expect(compare(holder, empty, other)).toBe(-1)
    expect(compareBytes(holder, encode(holder, empty), encode(holder, other))).toBe(-1)
    expect(compare(holder, { a: 1, list: [{}] }, empty)).toBe(1)
  })

  test("in a wrapped union, with its branch in the path", () => {
    const either = parseSchema([map("int"), record("R")])
    const value = { map: {} }
    expect(caught(() => compare(either, value, value)).path).toBe(".map")
    const encoded = encode(either, value)
    expect(caught(() => compareBytes(either, encoded, encoded)).path).toBe(".map")
  })
})

test("values and their bytes compare alike, equal to themselves and the other way round (F11)", () => {
  // Two values of one schema: the samples of an array are many.
  const pairs = samples.filter(({ value }) => Array.isArray(value) && value.length > 1)
  fc.assert(
    fc.property(fc.oneof(samples, pairs), ({ definition, value }) => {
      const [type, values] =
        Array.isArray(value) && "items" in (definition as object)
          ? [parseSchema((definition as { items: unknown }).items), value]
          : [parseSchema(definition), [value]]
      for (const a of values) {
        for (const b of values) {
          const ordering = outcome(() => compare(type, a, b))
          expect(outcome(() => compareBytes(type, encode(type, a), encode(type, b)))).toBe(ordering)
          const back = outcome(() => compare(type, b, a))
          expect(back).toBe(typeof ordering === "number" ? -ordering + 0 : ordering)
          if (a === b && typeof ordering === "number") expect(ordering).toBe(0)
        }
      }
    }),
    { numRuns: 500 },
  )
})

test("strings compare as their UTF-8 does (F5)", () => {
  const text = fc.string({ unit: "binary", maxLength: 4 })
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(compare(schema("string"), a, b)).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)))
    }),
  )
})

describe("what is refused", () => {
  test.for<{ type: unknown; a: unknown; b: unknown; message: string }>([
    { type: "int", a: 1, b: "2", message: 'Cannot compare int: expected an int, got "2"' },
    { type: "long", a: 1.5, b: 1, message: "Cannot compare long: expected a long, got 1.5" },
    { type: "null", a: null, b: undefined, message: "Cannot compare null: expected null, got undefined" },
    { type: symbols("E", ["A"]), a: "A", b: "B", message: 'Cannot compare E: expected a symbol, got "B"' },
    { type: array("int"), a: [1, 2], b: [1, null], message: "Cannot compare array[1]: expected an int" },
    { type: ["null", "int"], a: "a", b: 1, message: 'expected null or int, got "a"' },
    {
      type: ["int", "long"],
      a: { int: 1, long: 2 },
      b: 1,
      message: 'expected { "int": … } or { "long": … }',
    },
    { type: pair, a: { a: 1, b: 1 }, b: { a: 1 }, message: "Cannot compare Pair.b: expected an int" },
    { type: date, a: 1, b: 2, message: "Cannot compare int: expected a Date, got 1" },
    {
      type: record("R", field("constructor", "int")),
      a: {},
      b: {},
      message: "Cannot compare R.constructor: expected an int, got undefined",
    },
  ])("$message", ({ type, a, b, message }) => {
    const error = caught(() => compare(parseSchema(type), a, b))
    expect(error.code).toBe("ERR_AVRO_VALUE")
    expect(error.message).toContain(message)
  })

  test("a value that contains itself", () => {
    const list = parseSchema(record("L", field("next", ["null", "L"])))
    const [a, b]: { next: unknown }[] = [{ next: null }, { next: null }] as never
    if (a !== undefined) a.next = a
    if (b !== undefined) b.next = b
    expect(caught(() => compare(list, a, b)).code).toBe("ERR_AVRO_LIMIT")
  })

  test.for([
    { name: "a string longer than its bytes", type: "string", data: "08 61", code: "ERR_AVRO_TRUNCATED" },
    { name: "a boolean of 2", type: "boolean", data: "02", code: "ERR_AVRO_DATA" },
    { name: "a branch that is not there", type: ["null", "int"], data: "04", code: "ERR_AVRO_DATA" },
    { name: "a symbol that is not there", type: symbols("E", ["A"]), data: "01", code: "ERR_AVRO_DATA" },
    { name: "2^40 nulls", type: array("null"), data: "80 80 80 80 80 40 00", code: "ERR_AVRO_LIMIT" },
    {
      name: "an array without end",
      type: record("L", field("all", array("L"))),
      data: "02".repeat(300),
      code: "ERR_AVRO_LIMIT",
    },
  ])("bytes: $name", ({ type, data, code }) => {
    const parsed = parseSchema(type)
    expect(caught(() => compareBytes(parsed, bytes(data), bytes(data))).code).toBe(code)
  })

  test("records of records of nothing before they multiply", () => {
    const doubling = Array.from({ length: 40 }, (_, level) =>
      record(`R${level}`, ...(level === 0 ? [] : ["a", "b"].map((name) => field(name, `R${level - 1}`)))),
    )
    const type = parseSchema(doubling)
    expect(caught(() => compareBytes(type, bytes("4e"), bytes("4e"))).code).toBe("ERR_AVRO_LIMIT")
  })
})

function outcome(action: () => number): number | string {
  try {
    return action()
  } catch (error) {
    return (error as { code: string; path: string }).code + (error as { path: string }).path
  }
}
