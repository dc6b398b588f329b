// A: which declarations are schemas. B: which defaults they may have.

import { array, field, fixed, map, record, symbols } from "../../../packages/avro/src/testing/declare.ts"
import { type Case, text } from "./case.ts"

const valid = (name: string, schema: unknown, form: string): Case => ({
  name,
  question: { do: "parse", schema: text(schema) },
  ok: form,
})
const invalid = (name: string, schema: unknown): Case => ({
  name,
  question: { do: "parse", schema: text(schema) },
})

/** Declarations that are schemas, and some that are not. */
export const schemaCases: Case[] = [
  valid("A15 the null namespace", fixed("F", 1, { namespace: "" }), '{"name":"F","type":"fixed","size":1}'),
  valid("A16 a dotted name", fixed("a.F", 1, { namespace: "b" }), '{"name":"a.F","type":"fixed","size":1}'),
  valid("A21 a type called record", fixed("record", 1), '{"name":"record","type":"fixed","size":1}'),
  valid(
    "A26 any string as an alias",
    fixed("F", 1, { aliases: ["1 f"] }),
    '{"name":"F","type":"fixed","size":1}',
  ),
  valid(
    "A7 a symbol as the default",
    symbols("E", ["A"], { default: "A" }),
    '{"name":"E","type":"enum","symbols":["A"]}',
  ),
  valid(
    "A10 two fixed of other names",
    [fixed("F", 1), fixed("G", 1)],
    '[{"name":"F","type":"fixed","size":1},{"name":"G","type":"fixed","size":1}]',
  ),
  invalid("A1 a number", 42),
  invalid("A3 a type that is not there", "integer"),
  invalid("A4 a record without fields", { type: "record", name: "R" }),
  invalid("A4 a record without a name", { type: "record", fields: [] }),
  invalid("A4 a field without a type", record("R", { name: "a" })),
  invalid("A4 a field without a name", record("R", { type: "int" })),
  invalid("A5 another order", record("R", field("a", "int", { order: "up" }))),
  invalid("A6 a symbol that is no name", symbols("E", ["a-b"])),
  invalid("A7 a default that is no symbol", symbols("E", ["A"], { default: "B" })),
  invalid("A8 an array without items", { type: "array" }),
  invalid("A8 a map without values", { type: "map" }),
  invalid("A9 a fixed of negative size", fixed("F", -1)),
  invalid("A9 a fixed without a size", { type: "fixed", name: "F" }),
  invalid("A10 a type twice in a union", ["int", "int"]),
  invalid("A10 two arrays in a union", [array("int"), array("long")]),
  invalid("A10 two maps in a union", [map("int"), map("long")]),
  invalid("A11 a union in a union", ["null", ["int", "string"]]),
  invalid("A12 one type with two annotations", ["int", { type: "int", logicalType: "date" }]),
  invalid("A13 a name that begins with a digit", fixed("1F", 1)),
  invalid("A13 a field's name with a dash", record("R", field("a-b", "int"))),
  invalid("A14 an empty part of a namespace", fixed("F", 1, { namespace: "a..b" })),
  invalid("A20 a type called int", fixed("int", 1)),
  invalid("A20 a type called int in a namespace", fixed("n.int", 1)),
  invalid("A22 a name twice", record("R", field("a", fixed("F", 1)), field("b", fixed("F", 2)))),
  invalid("A22 a type twice", record("R", field("a", fixed("F", 1)), field("b", fixed("F", 1)))),
  invalid("A23 a name before it is defined", record("R", field("a", "F"), field("b", fixed("F", 1)))),
  invalid("A24 a name in other letters", record("R", field("a", fixed("F", 1)), field("b", "f"))),
  invalid("A25 a field twice", record("R", field("a", "int"), field("a", "int"))),
  invalid("A25 a symbol twice", symbols("E", ["A", "A"])),
  invalid("A30 letters beyond ASCII", fixed("Fä", 1)),
  invalid("B1 a string as the default of an int", record("R", field("a", "int", { default: "1" }))),
  invalid("B2 a default beyond U+00FF", record("R", field("a", "bytes", { default: "\u0100" }))),
  invalid("B2 a fixed default of another size", record("R", field("a", fixed("F", 2), { default: "a" }))),
  invalid("B3 a default of no branch", record("R", field("a", ["null", "int"], { default: "x" }))),
  invalid("B4 a fraction as the default of an int", record("R", field("a", "int", { default: 1.5 }))),
  invalid("B4 a default beyond 32 bits", record("R", field("a", "int", { default: 2147483648 }))),
  invalid(
    "B5 a record's default without its field",
    record("R", field("a", record("S", field("b", "int")), { default: {} })),
  ),
]
