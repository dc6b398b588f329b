import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { AvroError } from "../errors.ts"
import { stopwatch } from "../fixtures/stopwatch.ts"
import { samples } from "../testing/arbitrary.ts"
import { caught } from "../testing/caught.ts"
import { field, record, symbols } from "../testing/declare.ts"
import type { RecordNode } from "./node.ts"
import { parseSchema } from "./schema.ts"

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))

describe("accepts", () => {
  test.for([
    { name: "a type's name (A1)", json: "string" },
    {
      name: "each primitive type as an object (A3)",
      json: ["null", "boolean", "int", "long", "float", "double", "bytes", "string"].map((type) => ({
        type,
      })),
    },
    { name: "a declaration within a declaration (A1)", json: { type: { type: { type: "int" } } } },
    { name: "attributes it does not know (A2)", json: { type: "int", color: "red", toString: 1 } },
    { name: "a record without fields (A4)", json: record("R") },
    {
      name: "every order (A5)",
      json: record(
        "R",
        ...["ascending", "descending", "ignore"].map((order) => field(order, "int", { order })),
      ),
    },
    { name: "an enum without symbols (A6)", json: symbols("E", []) },
    { name: "an enum with a default (A7)", json: { ...symbols("E", ["A", "B"]), default: "B" } },
    {
      name: "arrays and maps in one another (A8)",
      json: { type: "array", items: { type: "map", values: "int" } },
    },
    { name: "a fixed of no bytes (A9)", json: { type: "fixed", name: "F", size: 0 } },
    {
      name: "a union of named types (A10)",
      json: [record("R"), record("S"), symbols("E", []), { type: "fixed", name: "F", size: 1 }],
    },
    { name: "an empty union", json: [] },
    {
      name: "a union within a branch's array (A11)",
      json: ["null", { type: "array", items: ["null", "int"] }],
    },
    {
      name: "complex types' names as names (A21)",
      json: [record("record"), symbols("array", []), record("union"), record("error")],
    },
    { name: "names that differ in case (A24)", json: [record("R"), record("r")] },
    {
      name: "aliases of any text (A26)",
      json: { ...record("R", field("a", "int", { aliases: ["not a name", ""] })), aliases: ["x.Y", "-"] },
    },
    { name: "documentation (A27)", json: { ...record("R", field("a", "int", { doc: "a" })), doc: "R" } },
    {
      name: "a record that contains itself (A28)",
      json: record("Tree", field("children", { type: "array", items: "Tree" })),
    },
    { name: "an error (A29)", json: { type: "error", name: "E", fields: [] } },
    {
      name: "the names that every object has",
      json: record(
        "__proto__",
        field("constructor", "int"),
        field("then", symbols("toString", ["__proto__", "valueOf"])),
      ),
    },
  ])("$name", ({ json }) => {
    parseSchema(json)
    parseSchema(JSON.stringify(json))
  })
})

describe("refuses, and says where", () => {
  test.for([
    {
      name: "a name of no type (A1)",
      json: "strnig",
      message: 'Invalid schema: unknown type "strnig"; a type is defined before it is used, depth first',
    },
    {
      name: "a number (A1)",
      json: 1,
      message: "Invalid schema: expected a type name, an object or an array, got number",
    },
    {
      name: "null (A1)",
      json: ["null", null],
      message: "Invalid schema at [1]: expected a type name, an object or an array, got null",
    },
    {
      name: "an object without a type (A1)",
      json: { name: "R" },
      message: 'Invalid schema: an object needs a "type"',
    },
    {
      name: "a type that is a number (A1)",
      json: { type: 1 },
      message: "Invalid schema at type: expected a type name",
    },
    {
      name: "a record without a name (A4)",
      json: { type: "record", fields: [] },
      message: 'Invalid schema: "name" must be a string, got undefined',
    },
    {
      name: "a record without fields (A4)",
      json: { type: "record", name: "R" },
      message: 'Invalid schema: a record needs "fields", an array',
    },
    {
      name: "fields that are an object (A4)",
      json: { type: "record", name: "R", fields: {} },
      message: 'a record needs "fields", an array',
    },
    {
      name: "a field that is text (A4)",
      json: record("R", "int"),
      message: "Invalid schema at fields[0]: a field is an object, got string",
    },
    {
      name: "a field without a name (A4)",
      json: record("R", { type: "int" }),
      message: 'Invalid schema at fields[0]: a field needs a "name"',
    },
    {
      name: "a field without a type (A4)",
      json: record("R", { name: "a" }),
      message: 'Invalid schema at fields[0]: field "a" needs a "type"',
    },
    {
      name: "a field of an unknown type (A4)",
      json: record("R", field("a", "int"), field("b", { type: "array", items: "X" })),
      message: 'Invalid schema at fields[1].type.items: unknown type "X"',
    },
    {
      name: "an order it does not know (A5)",
      json: record("R", field("a", "int", { order: "up" })),
      message: '"order" is "ascending", "descending" or "ignore"',
    },
    {
      name: "an enum without symbols (A6)",
      json: { type: "enum", name: "E" },
      message: 'Invalid schema: an enum needs "symbols", an array of names',
    },
    {
      name: "a symbol that is no name (A6)",
      json: symbols("E", ["A-B"]),
      message: 'an enum needs "symbols", an array of names',
    },
    {
      name: "a symbol that is a number (A6)",
      json: symbols("E", [1]),
      message: 'an enum needs "symbols", an array of names',
    },
    { name: "a symbol twice (A6)", json: symbols("E", ["A", "B", "A"]), message: 'duplicate symbol "A"' },
    {
      name: "an enum's default that is no symbol (A7)",
      json: { ...symbols("E", ["A"]), default: "B" },
      message: 'the default of an enum is one of its symbols, got "B"',
    },
    {
      name: "an enum's default of null (A7)",
      json: { ...symbols("E", ["A"]), default: null },
      message: "the default of an enum is one of its symbols, got null",
    },
    { name: "an array without items (A8)", json: { type: "array" }, message: 'an array needs "items"' },
    {
      name: "a map without values (A8)",
      json: record("R", field("a", { type: "map" })),
      message: 'Invalid schema at fields[0].type: a map needs "values"',
    },
    {
      name: "a fixed without a size (A9)",
      json: { type: "fixed", name: "F" },
      message: 'a fixed needs a "size", an integer of 0 or more',
    },
    {
      name: "a fixed of -1 bytes (A9)",
      json: { type: "fixed", name: "F", size: -1 },
      message: 'a fixed needs a "size"',
    },
    {
      name: "a fixed of 1.5 bytes (A9)",
      json: { type: "fixed", name: "F", size: 1.5 },
      message: 'a fixed needs a "size"',
    },
    {
      name: "a fixed of text (A9)",
      json: { type: "fixed", name: "F", size: "1" },
      message: 'a fixed needs a "size"',
    },
    {
      name: "a union with a type twice (A10)",
      json: ["int", "string", "int"],
      message: 'Invalid schema at [2]: a union must not contain "int" twice',
    },
    {
      name: "a union with two arrays (A10)",
      json: [
        { type: "array", items: "int" },
        { type: "array", items: "string" },
      ],
      message: 'a union must not contain "array" twice',
    },
    {
      name: "a union with a named type twice (A10)",
      json: [record("R"), "R"],
      message: 'a union must not contain "R" twice',
    },
    {
      name: "a union in a union (A11)",
      json: ["null", ["int"]],
      message: "Invalid schema at [1]: a union must not contain another directly",
    },
    {
      name: "branches that an annotation tells apart (A12)",
      json: ["int", { type: "int", logicalType: "date" }],
      message: 'a union must not contain "int" twice',
    },
    {
      name: "a definition twice (A22)",
      json: [record("a.R"), { type: "array", items: record("a.R") }],
      message: 'Invalid schema at [1].items: "a.R" is defined twice',
    },
    {
      name: "a use before the definition (A23)",
      json: record("R", field("a", "S"), field("b", record("S"))),
      message: 'Invalid schema at fields[0].type: unknown type "S"',
    },
    { name: "a name in another case (A24)", json: [record("R"), "r"], message: 'unknown type "r"' },
    {
      name: "a field twice (A25)",
      json: record("R", field("a", "int"), field("a", "int")),
      message: 'Invalid schema at fields[1]: duplicate field "a"',
    },
    {
      name: "aliases that are text (A26)",
      json: { ...record("R"), aliases: "S" },
      message: '"aliases" is an array of names',
    },
    {
      name: "a field's aliases that are numbers (A26)",
      json: record("R", field("a", "int", { aliases: [1] })),
      message: 'Invalid schema at fields[0]: "aliases" is an array of names',
    },
    { name: "a name that every object has", json: "constructor", message: 'unknown type "constructor"' },
    {
      name: "a type that every object has",
      json: { type: "__proto__" },
      message: 'unknown type "__proto__"',
    },
  ])("$name", ({ json, message }) => {
    const error = caught(() => parseSchema(JSON.parse(JSON.stringify(json))))
    expect(error.message).toContain(message)
    expect(error.code).toBe("ERR_AVRO_SCHEMA")
  })
})

describe("text", () => {
  test.for(["int", '"int"', ' {"type": "int"}', '["null"]\n'])("%j is a schema", (text) => {
    parseSchema(text)
  })

  test.for([
    { text: "{", message: "Invalid schema: not JSON: " },
    { text: "", message: 'unknown type ""' },
    { text: "12", message: 'unknown type "12"' },
    { text: '{"type": "int"', message: "Invalid schema: not JSON: " },
  ])("$text is none", ({ text, message }) => {
    expect(() => parseSchema(text)).toThrow(message)
  })

  test("what is kept of a schema is its declaration, with every attribute (A2)", () => {
    const definition = { ...record("a.R", field("x", "int", { color: "red" })), owner: { team: "b" } }
    expect(parseSchema(JSON.stringify(definition)).definition).toEqual(definition)
    expect(parseSchema(definition).name).toBe("a.R")
    expect(parseSchema("int").name).toBeUndefined()
  })

  test("a property called __proto__ is an attribute like any other", () => {
    const type = parseSchema(
      '{"type": "record", "name": "R", "__proto__": {"fields": []}, "fields": [{"name": "a", "type": "int"}]}',
    )
    expect((type["~node"] as RecordNode).fields).toHaveLength(1)
    expect(() => parseSchema('{"type": "array", "__proto__": {"items": "int"}}')).toThrow(
      'an array needs "items"',
    )
  })
})

describe("hostile declarations", () => {
  test.for(["array", "map", "type", "record"])(
    "a declaration nested in %s reaches maxDepth, and one less does not",
    (kind) => {
      const nested = (depth: number): unknown => {
        let json: unknown = kind === "type" ? { type: "int" } : "int"
        for (let level = depth; level > 0; level--) {
          if (kind === "array") json = { type: "array", items: json }
          else if (kind === "map") json = { type: "map", values: json }
          else if (kind === "type") json = { type: json }
          else json = record(`R${level}`, field("a", json))
        }
        return json
      }
      parseSchema(nested(256))
      expect(caught(() => parseSchema(nested(257)))).toMatchObject({
        code: "ERR_AVRO_LIMIT",
        message: "Invalid schema: declarations nest 257 deep; raise limits.maxDepth (256) to accept it",
      })
      parseSchema(nested(3), { limits: { maxDepth: 3 } })
      expect(() => parseSchema(nested(4), { limits: { maxDepth: 3 } })).toThrow(AvroError)
      expect(() => parseSchema(nested(100_000))).toThrow(AvroError)
    },
  )

  test("text nested a million deep is refused", () => {
    expect(() => parseSchema("[".repeat(1_000_000) + "]".repeat(1_000_000))).toThrow(AvroError)
  })

  test.for([
    { name: "symbols", json: { type: "enum", name: "E", symbols: times(300_000, (index) => `S${index}`) } },
    {
      name: "fields",
      json: { type: "record", name: "R", fields: times(60_000, (index) => field(`f${index}`, "int")) },
    },
    { name: "branches", json: times(60_000, (index) => record(`R${index}`)) },
  ])("a declaration of very many $name takes no more than its share of time", ({ json }) => {
    const millis = stopwatch()
    parseSchema(json)
    expect(millis()).toBeLessThan(2000)
  })

  test("types chained by their names do not exhaust the stack", () => {
    const chain = times(30_000, (index) =>
      record(`R${index}`, field("a", index === 0 ? "int" : `R${index - 1}`)),
    )
    parseSchema(chain)
    parseSchema({ type: "array", items: chain })
  })

  test.for([{ toString: 1, valueOf: 1 }, [[[]]], null, 7, "constructor", "__proto__"])(
    "an annotation of %j is ignored",
    (logicalType) => {
      for (const type of ["int", "bytes", "string"]) parseSchema({ type, logicalType })
      parseSchema({ type: "fixed", name: "F", size: 1, logicalType })
    },
  )
})

test("a declaration changed anywhere is a schema or ends in an AvroError", () => {
  const strings = fc.constantFrom(
    "record",
    "enum",
    "array",
    "T0",
    "random.T1",
    "__proto__",
    "decimal",
    "duration",
    "",
    "string",
  )
  const junk = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    strings,
    strings.map((type) => ({ type })),
  )
  fc.assert(
    fc.property(samples, junk, fc.nat(), ({ definition }, value, at) => {
      const places: [object: Record<string, unknown>, key: string][] = []
      const changed = JSON.parse(
        JSON.stringify({ definition }),
        function (this: Record<string, unknown>, key, part) {
          places.push([this, key])
          return part as unknown
        },
      ) as { definition: unknown }
      const [object, key] = places[at % places.length] ?? [{}, ""]
      if (key !== "") object[key] = value
      try {
        parseSchema(changed.definition)
      } catch (error) {
        expect(error).toBeInstanceOf(AvroError)
      }
    }),
    { numRuns: 1000 },
  )
})
