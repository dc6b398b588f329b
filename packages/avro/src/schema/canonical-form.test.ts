import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { parseProtocol } from "../protocol/protocol.ts"
import { samples } from "../testing/arbitrary.ts"
import { array, field, fixed, map, record, symbols } from "../testing/declare.ts"
import { canonicalForm } from "./canonical-form.ts"
import { parseSchema, schema } from "./schema.ts"

const formOf = (definition: unknown): string => canonicalForm(parseSchema(definition))
const symbolsOfE = '{"name":"E","type":"enum","symbols":["A"]}'

describe("the canonical form", () => {
  test.for<{ name: string; from: unknown; form: string }>([
    { name: "a primitive in its simple form (K1)", from: { type: "int" }, form: '"int"' },
    {
      name: "a primitive in its simple form, wherever it is (K1)",
      from: array({ type: "map", values: { type: "string" } }),
      form: '{"type":"array","items":{"type":"map","values":"string"}}',
    },
    {
      name: "a type that wraps another as that other (K1)",
      from: { type: { type: { type: "array", items: "int" } } },
      form: '{"type":"array","items":"int"}',
    },
    {
      name: "full names, and no namespace (K2)",
      from: { ...record("R", field("e", symbols("E", ["A"])), field("f", fixed("b.F", 1))), namespace: "a" },
      form: '{"name":"a.R","type":"record","fields":[{"name":"e","type":{"name":"a.E","type":"enum","symbols":["A"]}},{"name":"f","type":{"name":"b.F","type":"fixed","size":1}}]}',
    },
    {
      name: "a dotted name, whatever its namespace says (K2)",
      from: { ...fixed("a.b.F", 2), namespace: "x.y" },
      form: '{"name":"a.b.F","type":"fixed","size":2}',
    },
    {
      name: "what counts for reading, and no other attribute (K3)",
      from: {
        ...record("R", field("x", "int", { doc: "d", default: 1, order: "descending", aliases: ["y"] })),
        doc: "d",
        aliases: ["Old"],
        color: "red",
      },
      form: '{"name":"R","type":"record","fields":[{"name":"x","type":"int"}]}',
    },
    { name: "no default of an enum (K3)", from: symbols("E", ["A"], { default: "A" }), form: symbolsOfE },
    { name: "no logical type (K1, K3)", from: { type: "int", logicalType: "date" }, form: '"int"' },
    {
      name: "no logical type of a fixed (K3)",
      from: fixed("F", 12, { logicalType: "duration" }),
      form: '{"name":"F","type":"fixed","size":12}',
    },
    {
      name: "attributes in the order name, type, fields (K4)",
      from: { fields: [{ type: "int", name: "x" }], type: "record", name: "R" },
      form: '{"name":"R","type":"record","fields":[{"name":"x","type":"int"}]}',
    },
    {
      name: "attributes in the order name, type, symbols (K4)",
      from: { symbols: ["A"], type: "enum", name: "E" },
      form: symbolsOfE,
    },
    {
      name: "attributes in the order name, type, size (K4)",
      from: { size: 3, name: "F", type: "fixed" },
      form: '{"name":"F","type":"fixed","size":3}',
    },
    {
      name: "type before items and values (K4)",
      from: { items: { values: "int", type: "map" }, type: "array" },
      form: '{"type":"array","items":{"type":"map","values":"int"}}',
    },
    {
      name: "characters instead of escapes (K5)",
      from: String.raw`{"type":"\u0065num","n\u0061me":"\u0045","symbols":["\u0041"]}`,
      form: symbolsOfE,
    },
    {
      name: "sizes as plain digits (K6)",
      from: '{"type":"fixed","name":"F","size":1.5e1}',
      form: '{"name":"F","type":"fixed","size":15}',
    },
    {
      name: "sizes as plain digits, however large (K6)",
      from: fixed("F", Number.MAX_SAFE_INTEGER),
      form: '{"name":"F","type":"fixed","size":9007199254740991}',
    },
    {
      name: "no whitespace (K7)",
      from: ' [ "int" ,\n\t{ "type" : "boolean" } ] ',
      form: '["int","boolean"]',
    },
    { name: "an empty union (K7)", from: " [ ] ", form: "[]" },
    {
      name: "a type once, and then its full name (K9)",
      from: [fixed("a.F", 1), map("a.F"), array("a.F")],
      form: '[{"name":"a.F","type":"fixed","size":1},{"type":"map","values":"a.F"},{"type":"array","items":"a.F"}]',
    },
    {
      name: "a type within itself as its full name (K2, K9)",
      from: { ...record("R", field("next", ["null", "R"])), namespace: "a" },
      form: '{"name":"a.R","type":"record","fields":[{"name":"next","type":["null","a.R"]}]}',
    },
    {
      name: "an error as a record, as Java does",
      from: { ...record("R"), type: "error" },
      form: '{"name":"R","type":"record","fields":[]}',
    },
  ])("has $name", ({ from, form }) => {
    expect(formOf(from)).toBe(form)
  })

  test("is the same for a type made by schema()", () => {
    expect(canonicalForm(schema(["null", { type: "long", logicalType: "timestamp-nanos" }]))).toBe(
      '["null","long"]',
    )
    expect(canonicalForm(schema("long", { long: "bigint" }))).toBe('"long"')
  })

  test("of a canonical form is itself", () => {
    fc.assert(
      fc.property(samples, ({ definition }) => {
        const form = formOf(definition)
        expect(formOf(form)).toBe(form)
        expect(JSON.stringify(JSON.parse(form))).toBe(form)
      }),
    )
  })

  test("needs no stack for types chained by their names", () => {
    const types = Array.from({ length: 20_000 }, (_, index) =>
      record(`T${index}`, field("next", index === 0 ? "int" : `T${index - 1}`)),
    )
    const { types: parsed } = parseProtocol({ protocol: "P", types })
    const last = parsed.get("T19999")
    expect(last === undefined ? "" : canonicalForm(last)).toMatch(/^\{"name":"T19999".*"int"(\}\]\})+$/)
  })

  test("takes unions as wide as they come", () => {
    const wide = Array.from({ length: 130_000 }, (_, index) => fixed(`F${index}`, 1))
    expect(formOf(wide).length).toBeGreaterThan(130_000)
  })
})
