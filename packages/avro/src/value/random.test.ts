import { isDeepStrictEqual } from "node:util"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { parseProtocol } from "../protocol/protocol.ts"
import { logicalType } from "../schema/own-logical-types.ts"
import { parseSchema, type Schema, schema } from "../schema/schema.ts"
import { samples } from "../testing/arbitrary.ts"
import { caught } from "../testing/caught.ts"
import { array, field, fixed, map, record, symbols } from "../testing/declare.ts"
import { decode } from "./decode.ts"
import { encode } from "./encode.ts"
import { randomValue } from "./random.ts"

const seeds = Array.from({ length: 200 }, (_, seed) => seed)
const values = (type: Schema): unknown[] => seeds.map((seed) => randomValue(type, { seed }))

describe("a random value", () => {
  test("is a value as decode returns it, whatever the schema", () => {
    fc.assert(
      fc.property(samples, fc.maxSafeInteger(), ({ definition }, seed) => {
        const type = parseSchema(definition)
        const value = randomValue(type, { seed })
        expect(isDeepStrictEqual(decode(type, encode(type, value)), value)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  test.for<{ name: string; type: Schema }>([
    { name: "exact longs", type: parseSchema("long", { long: "bigint" }) },
    { name: "longs", type: schema("long") },
    { name: "floats", type: schema("float") },
    { name: "wide decimals", type: decimal({ type: "bytes", precision: 60, scale: 40 }) },
    { name: "narrow decimals", type: decimal({ type: "bytes", precision: 1 }) },
    { name: "decimals in a fixed", type: decimal({ ...fixed("F", 3), precision: 6, scale: 6 }) },
    { name: "decimals in a wide fixed", type: decimal({ ...fixed("F", 40), precision: 90 }) },
    { name: "big decimals", type: parseSchema({ type: "bytes", logicalType: "big-decimal" }) },
    { name: "durations", type: parseSchema(fixed("F", 12, { logicalType: "duration" })) },
    { name: "UUIDs as text", type: parseSchema({ type: "string", logicalType: "uuid" }) },
    { name: "UUIDs as bytes", type: parseSchema(fixed("F", 16, { logicalType: "uuid" })) },
    { name: "dates", type: parseSchema({ type: "int", logicalType: "date" }) },
    { name: "instants", type: parseSchema({ type: "long", logicalType: "timestamp-millis" }) },
    { name: "nanoseconds", type: parseSchema({ type: "long", logicalType: "local-timestamp-nanos" }) },
    { name: "wrapped unions", type: parseSchema(["null", "int", "long", map("int"), record("R")]) },
    { name: "hostile names", type: parseSchema(record("then", field("__proto__", map("int")))) },
  ])("is one of $name", ({ type }) => {
    const all = values(type)
    for (const value of all) expect(decode(type, encode(type, value))).toStrictEqual(value)
    expect(
      new Set(all.map((value) => Buffer.from(encode(type, value)).toString("hex"))).size,
    ).toBeGreaterThan(4)
  })

  test("is the same for the same seed", () => {
    const type = parseSchema(record("R", field("a", array(map("string"))), field("b", ["null", "double"])))
    expect(values(type)).toEqual(values(type))
    expect(randomValue(type)).toBeDefined()
  })

  test("is another for another seed, however near", () => {
    expect(new Set(seeds.map((seed) => randomValue(schema("double"), { seed }))).size).toBeGreaterThan(150)
    expect(randomValue(schema("string"), { seed: 2 ** 32 })).not.toBe(
      randomValue(schema("string"), { seed: 0 }),
    )
  })

  test("is at times one of the ends, and reaches every branch and symbol", () => {
    const ints = values(schema("int"))
    expect(ints).toContain(2 ** 31 - 1)
    expect(ints).toContain(-(2 ** 31))
    expect(new Set(values(parseSchema(symbols("E", ["A", "B", "C"])))).size).toBe(3)
    expect(new Set(values(schema(["null", "boolean", "string"])).map((value) => typeof value)).size).toBe(3)
  })

  test("is one that a logical type of one's own accepts", () => {
    const even = logicalType({
      type: "int",
      kind: "string",
      toValue: (int) => {
        if (int % 2 !== 0) throw new Error("odd")
        return String(int)
      },
      toUnderlying: (text) => Number(text),
    })
    const type = schema({ type: "int", logicalType: "even" }, { logicalTypes: { even } })
    for (const value of values(type)) expect(decode(type, encode(type, value as string))).toBe(value)
  })

  test("has the static type of the schema", () => {
    const name: string = randomValue(schema("string"), { seed: 1 })
    expect(typeof name).toBe("string")
  })
})

describe("a random value of a recursive type", () => {
  test.for([
    { name: "a list", type: record("L", field("next", ["null", "L"])) },
    { name: "a list that ends last", type: record("L", field("next", ["L", "null"])) },
    { name: "a tree", type: record("T", field("all", array("T")), field("more", map("T"))) },
    {
      name: "what branches five times",
      type: record("W", ...["a", "b", "c", "d", "e"].map((name) => field(name, ["null", "W", array("W")]))),
    },
    {
      name: "what ends through another type only",
      type: record("A", field("b", ["A", record("B", field("a", ["null", "A"]))])),
    },
  ])("$name is small", ({ type }) => {
    const parsed = parseSchema(type)
    for (const value of values(parsed)) expect(encode(parsed, value).length).toBeLessThan(10_000)
  })

  test("avoids what has no value", () => {
    const endless = record("Endless", field("self", "Endless"))
    const parsed = parseSchema(record("R", field("a", array(endless)), field("b", ["Endless", "int"])))
    for (const value of values(parsed)) {
      expect(value).toEqual({ a: [], b: expect.any(Number) as number })
    }
  })
})

describe("there is no random value", () => {
  test.for<{ name: string; type: unknown }>([
    { name: "of a record that always contains itself", type: record("R", field("self", "R")) },
    { name: "of an enum without symbols", type: symbols("E", []) },
    { name: "of an empty union", type: [] },
  ])("$name", ({ type }) => {
    expect(caught(() => randomValue(parseSchema(type), { seed: 1 })).code).toBe("ERR_AVRO_VALUE")
  })

  test("of schemas whose least value is too large", () => {
    const doubling = Array.from({ length: 40 }, (_, level) =>
      record(`R${level}`, ...(level === 0 ? [] : ["a", "b"].map((name) => field(name, `R${level - 1}`)))),
    )
    const chain = Array.from({ length: 1000 }, (_, level) =>
      record(`R${level}`, field("a", level === 0 ? "int" : `R${level - 1}`)),
    )
    for (const types of [doubling, chain]) {
      const last = parseProtocol({ protocol: "P", types }).types.get(`R${types.length - 1}`) as Schema
      expect(caught(() => randomValue(last, { seed: 1 })).code).toBe("ERR_AVRO_LIMIT")
    }
    const vast = parseSchema(fixed("F", 2 ** 40))
    expect(caught(() => randomValue(vast, { seed: 1 })).code).toBe("ERR_AVRO_LIMIT")
  })

  test("of a seed that is not an integer", () => {
    expect(() => randomValue(schema("int"), { seed: 0.5 })).toThrow(TypeError)
  })
})

function decimal(declaration: object): Schema {
  return parseSchema({ logicalType: "decimal", ...declaration })
}
