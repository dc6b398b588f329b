import { describe, expect, test } from "vitest"
import { stopwatch } from "../fixtures/stopwatch.ts"
import { protocol } from "../protocol/protocol.ts"
import { caught } from "../testing/caught.ts"
import { compact, hex } from "../testing/hex.ts"
import type { RecordNode } from "./node.ts"
import { logicalType } from "./own-logical-types.ts"
import { parseSchema, schema } from "./schema.ts"

const point = {
  type: "record",
  name: "Point",
  fields: [
    { name: "x", type: "int" },
    { name: "y", type: "int", default: 7 },
  ],
}
const color = { type: "enum", name: "Color", symbols: ["RED", "GREEN"] }
const pair = { type: "fixed", name: "Pair", size: 2 }

const holder = (type: unknown, json: unknown): object => ({
  type: "record",
  name: "Holder",
  fields: [{ name: "f", type, default: json }],
})

describe("accepts (B1)", () => {
  test.for([
    { type: "null", json: null, data: "" },
    { type: "boolean", json: true, data: "01" },
    { type: "int", json: -1, data: "01" },
    { type: "int", json: 2_147_483_647, data: "fe ff ff ff 0f" },
    { type: "long", json: 9_007_199_254_740_991, data: "fe ff ff ff ff ff ff 1f" },
    { type: "float", json: 1, data: "00 00 80 3f" },
    { type: "double", json: 1.5, data: "00 00 00 00 00 00 f8 3f" },
    { type: "string", json: "é", data: "04 c3 a9" },
    { type: "bytes", json: "a\u00ff\u0000", data: "06 61 ff 00" },
    { type: pair, json: "\u0001\u00fe", data: "01 fe" },
    { type: color, json: "GREEN", data: "02" },
    { type: { type: "array", items: "int" }, json: [1, 2], data: "04 02 04 00" },
    { type: { type: "array", items: "int" }, json: [], data: "00" },
    { type: { type: "map", values: "int" }, json: { a: 1 }, data: "02 02 61 02 00" },
    { type: point, json: { x: 1, y: 2 }, data: "02 04" },
    { type: point, json: { x: 1 }, data: "02 0e" },
    { type: point, json: { x: 1, unknown: true }, data: "02 0e" },
    { type: ["null", "int"], json: null, data: "00" },
    { type: ["null", "int"], json: 1, data: "02 02" },
    { type: ["string", "bytes"], json: "a", data: "00 02 61" },
    { type: [point, { type: "map", values: "int" }], json: { z: 1 }, data: "02 02 02 7a 02 00" },
    {
      type: { type: "bytes", logicalType: "decimal", precision: 4, scale: 2 },
      json: "\u00ff",
      data: "02 ff",
    },
    { type: "double", json: "NaN", data: "00 00 00 00 00 00 f8 7f" },
    { type: "double", json: "-Infinity", data: "00 00 00 00 00 00 f0 ff" },
    { type: "float", json: "NaN", data: "00 00 c0 7f" },
    { type: "float", json: "Infinity", data: "00 00 80 7f" },
    { type: "float", json: 3.4028235e38, data: "ff ff 7f 7f" },
    { type: ["float", "double"], json: 1e300, data: "02 9c 75 00 88 3c e4 37 7e" },
    { type: ["double", "string"], json: "NaN", data: "02 06 4e 61 4e" },
  ])("$json as $type (B2, B3, B4, B5)", ({ type, json, data }) => {
    const node = parseSchema(JSON.stringify(holder(type, json)))["~node"] as RecordNode
    expect(hex(node.fields[0]?.default ?? new Uint8Array([0xee]))).toBe(compact(data))
  })
})

describe("refuses", () => {
  test.for([
    { type: "null", json: 0, message: "the default 0 does not fit null" },
    { type: "boolean", json: "true", message: 'the default "true" does not fit boolean' },
    { type: "int", json: 1.5, message: "the default 1.5 does not fit int" },
    { type: "int", json: 2_147_483_648, message: "the default 2147483648 does not fit int" },
    { type: "int", json: "1", message: 'the default "1" does not fit int' },
    { type: "int", json: null, message: "the default null does not fit int" },
    { type: "long", json: 9_007_199_254_740_992, message: "does not fit long" },
    { type: "double", json: "INF", message: 'the default "INF" does not fit double' },
    { type: "double", json: "1.5", message: "does not fit double" },
    { type: "float", json: 1e300, message: "the default 1e+300 does not fit float" },
    { type: "float", json: -3.4028236e38, message: "does not fit float" },
    { type: "double", json: Number.POSITIVE_INFINITY, message: "the default Infinity does not fit double" },
    { type: { type: "array", items: "float" }, json: [Number.NaN], message: "does not fit array" },
    { type: "int", json: "NaN", message: "does not fit int" },
    { type: ["null", "double"], json: "NaN", message: "does not fit union" },
    { type: { type: "array", items: "double" }, json: ["NaN"], message: "does not fit array" },
    { type: "string", json: 1, message: "does not fit string" },
    { type: "string", json: "\ud800", message: "does not fit string" },
    { type: { type: "map", values: "int" }, json: { "\ud800": 1 }, message: "does not fit map" },
    { type: "bytes", json: "\u0100", message: "does not fit bytes" },
    { type: "bytes", json: [1], message: "does not fit bytes" },
    { type: pair, json: "\u0001", message: "does not fit fixed" },
    { type: color, json: "BLUE", message: 'the default "BLUE" does not fit enum' },
    {
      type: { type: "array", items: "int" },
      json: [1, "2"],
      message: "the default an array of 2 does not fit array",
    },
    { type: { type: "array", items: "int" }, json: {}, message: "does not fit array" },
    { type: { type: "map", values: "int" }, json: [], message: "does not fit map" },
    { type: point, json: {}, message: "the default an object does not fit record" },
    { type: point, json: null, message: "does not fit record" },
    { type: ["null", "int"], json: "a", message: "does not fit union" },
  ])("$json as $type, and says where (B1, B2, B4)", ({ type, json, message }) => {
    const error = caught(() => parseSchema({ type: "array", items: holder(type, json) }))
    expect(error.code).toBe("ERR_AVRO_SCHEMA")
    expect(error.message).toContain("Invalid schema at items.fields[0].default: ")
    expect(error.message).toContain(message)
  })
})

test("a number in JSON text that no double holds is refused", () => {
  const text = JSON.stringify(holder("double", 0)).replace('"default":0', '"default":1e400')
  expect(caught(() => parseSchema(text)).message).toContain("the default Infinity does not fit double")
})

describe("a default that its logical type refuses", () => {
  const uuid = { type: "string", logicalType: "uuid" }
  const Id = { type: "record", name: "Id", fields: [{ name: "id", type: uuid }] }
  const Text = { type: "record", name: "Text", fields: [{ name: "id", type: "string" }] }

  test.for([
    { type: uuid, json: "" },
    { type: ["null", uuid], json: "no uuid" },
    { type: { type: "map", values: Id }, json: { a: { id: "" } } },
    { type: { type: "long", logicalType: "timestamp-millis" }, json: 8.64e15 + 1 },
    { type: { type: "bytes", logicalType: "big-decimal" }, json: "" },
  ])("is refused where the declaration is a literal: $json as $type", ({ type, json }) => {
    const error = caught(() => schema(holder(type, json) as never))
    expect(error.code).toBe("ERR_AVRO_SCHEMA")
    expect(error.message).toMatch(
      /^Invalid schema at fields\[0\]\.default: the default .* cannot be read as /,
    )
    expect(error.cause).toBeDefined()
    const record = holder(type, json)
    const declared = { protocol: "P", types: [record], messages: {} }
    expect(caught(() => protocol(declared as never)).code).toBe("ERR_AVRO_SCHEMA")
    expect(parseSchema(record).name).toBe("Holder")
  })

  test("is so by one of the user's, which throws the cause", () => {
    const cause = new Error("odd")
    const even = logicalType({
      type: ["long", "double"],
      long: "bigint",
      kind: "object",
      toValue: (value) => {
        if (typeof value === "bigint" ? value % 2n === 0n : value % 2 === 0) return { value }
        throw cause
      },
      toUnderlying: ({ value }) => value,
    })
    const options = { logicalTypes: { even } }
    for (const type of ["long", "double"]) {
      const declared = { type, logicalType: "even" }
      expect(schema(holder(declared, 2) as never, options)["~node"]).toBeDefined()
      const error = caught(() => schema(holder(declared, 3) as never, options))
      expect((error.cause as Error).cause).toBe(cause)
    }
    const infinite = holder({ type: "double", logicalType: "even" }, "Infinity")
    expect(caught(() => schema(infinite as never, options)).message).toContain("Infinity")
  })

  test("is not refused in a branch of a union that it is not of", () => {
    const branches = [{ ...Id, fields: [...Id.fields, { name: "n", type: "int" }] }, Text]
    expect(schema(holder(branches, { id: "" }) as never)["~node"]).toBeDefined()
  })
})

describe("a record's default takes its fields' own defaults (B5)", () => {
  test("wherever they are declared, later or around it", () => {
    const node = parseSchema({
      type: "record",
      name: "Node",
      fields: [
        { name: "next", type: ["null", "Node"], default: { next: null } },
        { name: "count", type: "int", default: 3 },
      ],
    })["~node"] as RecordNode
    expect(hex(node.fields[0]?.default ?? new Uint8Array())).toBe("020006")
  })

  test("but not its own", () => {
    const circle = {
      type: "record",
      name: "Node",
      fields: [{ name: "next", type: ["null", "Node"], default: {} }],
    }
    expect(() => parseSchema(circle)).toThrow(
      "Invalid schema at fields[0].default: the default an object does not fit union",
    )
  })
})

describe("hostile defaults", () => {
  test("that double with each record are refused before they fill memory", () => {
    const doubling = Array.from({ length: 40 }, (_, index) => ({
      type: "record",
      name: `R${index}`,
      fields: ["a", "b"].map((name) =>
        index === 0
          ? { name, type: "string", default: "0123456789" }
          : { name, type: `R${index - 1}`, default: {} },
      ),
    }))
    expect(() => parseSchema(doubling)).toThrow("the default an object is larger than any should be")
  })

  test("that fit no branch for one reason out of very many are refused in time", () => {
    const millis = stopwatch()
    const branches = (depth: number): unknown =>
      depth === 0
        ? "int"
        : ["A", "B", "C", "D"].map((letter) => ({
            type: "record",
            name: `${letter}${depth}x${Math.random().toString(36).slice(2)}`,
            fields: [{ name: "f", type: branches(depth - 1) }],
          }))
    let json: unknown = "not an int"
    for (let depth = 0; depth < 6; depth++) json = { f: json }
    expect(() => parseSchema(holder(branches(6), json))).toThrow("does not fit union")
    expect(millis()).toBeLessThan(2000)
  })

  test("that nest too deep reach maxDepth, not the end of the stack", () => {
    const tree = (depth: number): object => {
      let json = '{"children": []}'
      for (let level = 1; level < depth; level++) json = `{"children": [${json}]}`
      return {
        type: "record",
        name: "Holder",
        fields: [
          {
            name: "tree",
            type: {
              type: "record",
              name: "Tree",
              fields: [{ name: "children", type: { type: "array", items: "Tree" } }],
            },
            default: JSON.parse(json),
          },
        ],
      }
    }
    parseSchema(tree(2), { limits: { maxDepth: 4 } })
    expect(() => parseSchema(tree(3), { limits: { maxDepth: 4 } })).toThrow(
      "Invalid schema: a default nests 5 deep; raise limits.maxDepth (4)",
    )
    expect(caught(() => parseSchema(tree(20_000))).code).toBe("ERR_AVRO_LIMIT")
  })

  test("cannot reach a field through what every object has", () => {
    const type = { type: "record", name: "R", fields: [{ name: "constructor", type: "string" }] }
    expect(() => parseSchema(holder(type, {}))).toThrow("does not fit record")
  })
})
