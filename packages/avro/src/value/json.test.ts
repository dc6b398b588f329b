import { isDeepStrictEqual } from "node:util"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { AvroError } from "../errors.ts"
import { logicalType } from "../schema/own-logical-types.ts"
import { parseSchema, schema } from "../schema/schema.ts"
import { hostileNames, samples } from "../testing/arbitrary.ts"
import { caught } from "../testing/caught.ts"
import { array, field, fixed, map, record, symbols } from "../testing/declare.ts"
import { bytes } from "../testing/hex.ts"
import { decodeJson } from "./decode-json.ts"
import { encodeJson } from "./encode-json.ts"

const user = record("a.User", field("name", "string"), field("email", ["null", "string"], { default: null }))

describe("a value and its JSON", () => {
  test.for<{ name: string; type: unknown; value: unknown; json: string }>([
    { name: "null (D1)", type: "null", value: null, json: "null" },
    { name: "boolean (D1)", type: "boolean", value: true, json: "true" },
    { name: "int (D1)", type: "int", value: -(2 ** 31), json: "-2147483648" },
    { name: "long (D1)", type: "long", value: 2 ** 53 - 1, json: "9007199254740991" },
    { name: "double (D1)", type: "double", value: 1.5e300, json: "1.5e+300" },
    {
      name: "float, with no more digits than it has (D1)",
      type: "float",
      value: Math.fround(0.1),
      json: "0.1",
    },
    { name: "float, the least of all (D1)", type: "float", value: 2 ** -149, json: "1.4013e-45" },
    { name: "minus zero (D1)", type: "double", value: -0, json: "-0.0" },
    { name: "minus zero as a float (D1)", type: "float", value: -0, json: "-0.0" },
    { name: "NaN, as Java writes it", type: "double", value: Number.NaN, json: '"NaN"' },
    { name: "infinity, as Java writes it", type: "float", value: Infinity, json: '"Infinity"' },
    { name: "minus infinity, as Java writes it", type: "double", value: -Infinity, json: '"-Infinity"' },
    { name: "string (D1)", type: "string", value: 'é"\n😀', json: String.raw`"é\"\n😀"` },
    {
      name: "bytes, a character a byte (D3)",
      type: "bytes",
      value: bytes("00 41 ff"),
      json: String.raw`"\u0000Aÿ"`,
    },
    { name: "fixed, a character a byte (D3)", type: fixed("F", 2), value: bytes("80 22"), json: '"\x80\\""' },
    { name: "enum (D1)", type: symbols("E", ["A", "B"]), value: "B", json: '"B"' },
    { name: "array (D1)", type: array("int"), value: [1, 2], json: "[1,2]" },
    { name: "an empty array (D1)", type: array("int"), value: [], json: "[]" },
    { name: "map (D1)", type: map("int"), value: { "a b": 1, "": 2 }, json: '{"a b":1,"":2}' },
    { name: "an empty map (D1)", type: map("int"), value: {}, json: "{}" },
    {
      name: "record (D1)",
      type: record("R", field("a", "int"), field("b", array("int"))),
      value: { a: 1, b: [] },
      json: '{"a":1,"b":[]}',
    },
    { name: "null in a union (D2)", type: ["null", "string"], value: null, json: "null" },
    {
      name: "a bare branch under its name (D2)",
      type: ["null", "string"],
      value: "a",
      json: '{"string":"a"}',
    },
    {
      name: "a wrapped branch under its name (D2)",
      type: ["int", "long"],
      value: { long: 1 },
      json: '{"long":1}',
    },
    {
      name: "a named branch under its full name (D2)",
      type: ["null", user],
      value: { name: "Ada", email: "a@b.c" },
      json: '{"a.User":{"name":"Ada","email":{"string":"a@b.c"}}}',
    },
    {
      name: "a named branch of a wrapped union under its full name (D2)",
      type: ["string", { ...symbols("E", ["A"]), namespace: "x.y" }],
      value: { "x.y.E": "A" },
      json: '{"x.y.E":"A"}',
    },
    { name: "an array in a union (D2)", type: ["null", array("int")], value: [1], json: '{"array":[1]}' },
    {
      name: "a date as its days (D1)",
      type: { type: "int", logicalType: "date" },
      value: new Date(86_400_000),
      json: "1",
    },
    {
      name: "a logical type in a union under its underlying type (D2)",
      type: ["null", { type: "long", logicalType: "timestamp-millis" }],
      value: new Date(5),
      json: '{"long":5}',
    },
    {
      name: "a decimal as its bytes (D3)",
      type: { type: "bytes", logicalType: "decimal", precision: 4, scale: 2 },
      value: "-0.01",
      json: '"ÿ"',
    },
    {
      name: "nanoseconds with all their digits (D1)",
      type: { type: "long", logicalType: "timestamp-nanos" },
      value: 2n ** 62n + 1n,
      json: "4611686018427387905",
    },
  ])("$name", ({ type, value, json }) => {
    const parsed = parseSchema(type)
    expect(encodeJson(parsed, value)).toBe(json)
    expect(decodeJson(parsed, json)).toStrictEqual(value)
  })

  test("a long past 2^53 is exact, as text and back (D1)", () => {
    const exact = schema({ type: "array", items: "long" }, { long: "bigint" })
    const longs = [2n ** 53n + 1n, -(2n ** 63n), 2n ** 63n - 1n, 0n, -7n]
    const json = "[9007199254740993,-9223372036854775808,9223372036854775807,0,-7]"
    expect(encodeJson(exact, longs)).toBe(json)
    expect(decodeJson(exact, json)).toEqual(longs)
    expect(encodeJson(schema("long"), 2n ** 53n + 1n)).toBe("9007199254740993")
  })

  test("one text is another value under another schema (D4)", () => {
    const read = (type: unknown): unknown => decodeJson(parseSchema(type), '"a"')
    expect(read("string")).toBe("a")
    expect(read("bytes")).toEqual(bytes("61"))
    expect(read(symbols("E", ["a"]))).toBe("a")
    expect(() => read(["null", "string"])).toThrow("Cannot decode union")
  })

  test("a logical type of one's own is written as what is underneath (D1)", () => {
    const flag = logicalType({
      type: "int",
      kind: "boolean",
      toValue: (bit) => bit === 1,
      toUnderlying: (value) => (value ? 1 : 0),
    })
    const type = schema(["null", { type: "int", logicalType: "flag" }], { logicalTypes: { flag } })
    expect(encodeJson(type, true)).toBe('{"int":1}')
    expect(decodeJson(type, '{"int":0}')).toBe(false)
  })

  test("every float is the same float again", () => {
    fc.assert(
      fc.property(fc.float(), (value) => {
        expect(decodeJson(schema("float"), encodeJson(schema("float"), value))).toBe(value)
      }),
    )
  })

  test("any value comes back from its JSON, which is JSON, as it was", () => {
    fc.assert(
      fc.property(samples, ({ definition, value }) => {
        const type = parseSchema(definition)
        const json = encodeJson(type, value)
        expect(JSON.stringify(JSON.parse(json)).length).toBeGreaterThan(0)
        expect(isDeepStrictEqual(decodeJson(type, json), value)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})

describe("encodeJson", () => {
  test("fills in defaults, as encode does", () => {
    expect(encodeJson(parseSchema(user), { name: "Ada" })).toBe('{"name":"Ada","email":null}')
  })

  test("refuses what does not fit, with its path, as encode does", () => {
    const error = caught(() => encodeJson(parseSchema(user), { name: "Ada", email: 42 }))
    expect(error).toMatchObject({ code: "ERR_AVRO_VALUE", path: ".email" })
    expect(error.message).toContain("Cannot encode User.email: expected")
    expect(caught(() => encodeJson(schema("long"), 2 ** 53)).code).toBe("ERR_AVRO_LONG_RANGE")
  })

  test("writes more items of no size than a peer may send", () => {
    const many = Array.from({ length: 100_001 }, () => null)
    expect(encodeJson(schema({ type: "array", items: "null" }), many)).toHaveLength(500_006)
  })
})

test("hostile names are names like any other", () => {
  for (const name of hostileNames) {
    const own = (value: unknown): object => Object.fromEntries([[name, value]])
    for (const [type, value] of [
      [map("int"), own(1)],
      [record("R", field(name, "int")), own(1)],
      [symbols("E", [name]), name],
      [record(name, field("a", "int")), { a: 1 }],
      [["int", record(name), record("B")], own({})],
      [[record(name), map("int")], own({})],
    ] as const) {
      const parsed = parseSchema(type)
      expect(isDeepStrictEqual(decodeJson(parsed, encodeJson(parsed, value)), value)).toBe(true)
    }
    expect(caught(() => decodeJson(parseSchema(record("R")), JSON.stringify(own(1)))).code).toBe(
      "ERR_AVRO_DATA",
    )
    expect(caught(() => decodeJson(parseSchema(["int", "long"]), JSON.stringify(own(1)))).code).toBe(
      "ERR_AVRO_DATA",
    )
  }
  expect({}).not.toHaveProperty("a")
})

test("any text decodes to something or ends in an AvroError", () => {
  const edits = fc.array(fc.tuple(fc.nat(), fc.constantFrom(...'[]{},:"\\x1e-.0 ntf\u0000'.split(""))), {
    maxLength: 3,
  })
  fc.assert(
    fc.property(samples, edits, fc.nat(), ({ definition, value }, changes, cut) => {
      const type = parseSchema(definition)
      let json = encodeJson(type, value)
      for (const [at, character] of changes) {
        const position = at % (json.length + 1)
        json = json.slice(0, position) + character + json.slice(position + 1)
      }
      for (const text of [json, json.slice(0, cut % (json.length + 1))]) {
        try {
          decodeJson(type, text)
        } catch (error) {
          if (!(error instanceof AvroError)) throw error
        }
      }
    }),
    { numRuns: 1000 },
  )
})
