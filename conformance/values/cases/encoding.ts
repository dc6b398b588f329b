// C: values in bytes. D: the JSON encoding. E: single objects.

import { array, field, fixed, map, record, symbols } from "../../../packages/avro/src/testing/declare.ts"
import { type Case, compact, text } from "./case.ts"

/** The value is written to these bytes, and read from them. */
function both(name: string, schema: unknown, json: string, hex: string): Case[] {
  const data = { schema: text(schema), hex: compact(hex) }
  return [
    { name: `${name}, written`, question: { do: "encode", schema: text(schema), json }, ok: compact(hex) },
    { name: `${name}, read`, question: { do: "decode", ...data }, ok: json },
  ]
}

const reads = (name: string, schema: unknown, hex: string, json: string): Case => ({
  name,
  question: { do: "decode", schema: text(schema), hex: compact(hex) },
  ok: json,
})
const refusesBytes = (name: string, schema: unknown, hex: string): Case => ({
  name,
  question: { do: "decode", schema: text(schema), hex: compact(hex) },
})
const refusesJson = (name: string, schema: unknown, json: string): Case => ({
  name,
  question: { do: "encode", schema: text(schema), json },
})

const tree = record("Tree", field("value", "int"), field("children", array("Tree")))

/** Values in bytes. */
export const binaryCases: Case[] = [
  ...both("C1 null", "null", "null", ""),
  ...both("C2 true", "boolean", "true", "01"),
  ...both("C2 false", "boolean", "false", "00"),
  ...both("C3 int 0", "int", "0", "00"),
  ...both("C3 int -1", "int", "-1", "01"),
  ...both("C3 int 64", "int", "64", "80 01"),
  ...both("C3 the largest int", "int", "2147483647", "fe ff ff ff 0f"),
  ...both("C3 the smallest int", "int", "-2147483648", "ff ff ff ff 0f"),
  ...both("C16 long 2^53 + 1", "long", "9007199254740993", "82 80 80 80 80 80 80 20"),
  ...both("C16 the largest long", "long", "9223372036854775807", "fe ff ff ff ff ff ff ff ff 01"),
  ...both("C16 the smallest long", "long", "-9223372036854775808", "ff ff ff ff ff ff ff ff ff 01"),
  ...both("C4 float 1.5", "float", "1.5", "00 00 c0 3f"),
  ...both("C4 float -0", "float", "-0.0", "00 00 00 80"),
  ...both("C4 the smallest float", "float", "1.4e-45", "01 00 00 00"),
  ...both("C4 double 0.1", "double", "0.1", "9a 99 99 99 99 99 b9 3f"),
  ...both("C4 double -0", "double", "-0.0", "00 00 00 00 00 00 00 80"),
  ...both("C4 the smallest double", "double", "4.9e-324", "01 00 00 00 00 00 00 00"),
  ...both("C4 double 1e22", "double", "1e22", "92 d5 4d 06 cf f0 80 44"),
  ...both("C5 bytes", "bytes", '"\\u0000\\u007f\\u0080\\u00ff"', "08 00 7f 80 ff"),
  ...both("C6 string", "string", '"é 🌍\\n\\"\\u0000"', "14 c3 a9 20 f0 9f 8c 8d 0a 22 00"),
  ...both("C7 record", record("R", field("a", "int"), field("b", "string")), '{"a":1,"b":"x"}', "02 02 78"),
  ...both("C7 record without fields", record("R"), "{}", ""),
  ...both(
    "C7 recursive record",
    tree,
    '{"value":1,"children":[{"value":2,"children":[]}]}',
    "02 02 04 00 00",
  ),
  ...both("C8 enum", symbols("E", ["A", "B"]), '"B"', "02"),
  ...both("C9 array", array("int"), "[1,2]", "04 02 04 00"),
  ...both("C9 empty array", array("int"), "[]", "00"),
  ...both("C9 array of nulls", array("null"), "[null,null]", "04 00"),
  ...both("C9 C14 map", map("int"), '{"a":1,"b":2}', "04 02 61 02 02 62 04 00"),
  ...both(
    "C14 keys that objects inherit",
    map("int"),
    '{"__proto__":1,"toString":2}',
    "04 12 5f 5f 70 72 6f 74 6f 5f 5f 02 10 74 6f 53 74 72 69 6e 67 04 00",
  ),
  ...both("C12 D2 union's null", ["null", "string"], "null", "00"),
  ...both("C12 D2 union's string", ["null", "string"], '{"string":"a"}', "02 02 61"),
  ...both("C12 D2 union's named type", ["null", fixed("a.F", 1)], '{"a.F":"\\u0001"}', "02 01"),
  ...both("C12 union of numbers", ["int", "long", "double"], '{"long":1}', "02 02"),
  ...both("C13 fixed", fixed("F", 2), '"\\u00ff\\u0000"', "ff 00"),
  ...both("C13 fixed of no bytes", fixed("F", 0), '""', ""),
  reads("C10 a block with its size", array("int"), "03 04 02 04 00", "[1,2]"),
  reads("C11 several blocks", array("int"), "02 02 02 04 00", "[1,2]"),
  reads(
    "C10 C11 a map in blocks of both forms",
    map("int"),
    "01 06 02 61 02 02 02 62 04 00",
    '{"a":1,"b":2}',
  ),
  reads("C15 a number longer than needed", "int", "82 80 00", "1"),
  reads("C15 a long of ten bytes", "long", "82 80 80 80 80 80 80 80 80 00", "1"),
  refusesBytes("C15 a number of eleven bytes", "long", "82 80 80 80 80 80 80 80 80 80 00"),
  refusesBytes("C2 a boolean of 2", "boolean", "02"),
  refusesBytes("C3 an int beyond 32 bits", "int", "80 80 80 80 10"),
  refusesBytes("C6 a string that is not UTF-8", "string", "02 ff"),
  refusesBytes("C6 a string longer than its bytes", "string", "04 61"),
  refusesBytes("C6 a string of negative length", "string", "01"),
  refusesBytes("C8 a symbol that is not there", symbols("E", ["A"]), "02"),
  refusesBytes("C8 a negative symbol", symbols("E", ["A"]), "01"),
  refusesBytes("C9 an array without its end", array("int"), "02 02"),
  refusesBytes("C12 a branch that is not there", ["null", "int"], "04"),
  refusesBytes("C12 a negative branch", ["null", "int"], "01"),
]

/** The JSON encoding. */
export const jsonCases: Case[] = [
  ...both(
    "D1 D3 fields in order, bytes as characters",
    record("R", field("a", "bytes"), field("n_o", "null")),
    '{"a":"\\u00ff","n_o":null}',
    "02 ff",
  ),
  ...both(
    "D2 a record in a union, by its full name",
    ["null", { ...record("R", field("a", "int")), namespace: "n.s" }],
    '{"n.s.R":{"a":1}}',
    "02 02",
  ),
  ...both("D2 an array in a union", ["null", array("int")], '{"array":[1]}', "02 02 02 00"),
  ...both("D2 a map in a union", ["null", map("int")], '{"map":{"a":1}}', "02 02 02 61 02 00"),
  ...both("D4 NaN", "double", '"NaN"', "00 00 00 00 00 00 f8 7f"),
  ...both("D4 infinity", "double", '"Infinity"', "00 00 00 00 00 00 f0 7f"),
  ...both("D4 infinity as a float", "float", '"-Infinity"', "00 00 80 ff"),
  ...both(
    "D2 L1 a logical type in a union, by its type",
    ["null", { type: "int", logicalType: "date" }],
    '{"int":1}',
    "02 02",
  ),
  {
    name: "D1 fields in another order",
    question: {
      do: "encode",
      schema: text(record("R", field("a", "int"), field("b", "int"))),
      json: '{"b":2,"a":1}',
    },
    ok: "0204",
  },
  refusesJson("D5 a union without its branch", ["null", "int"], "1"),
  refusesJson("D5 a branch that is not there", ["null", "int"], '{"string":"a"}'),
  refusesJson("D5 a branch by its simple name", ["null", fixed("a.F", 1)], '{"F":"a"}'),
  refusesJson("D5 a second branch", ["null", "int", "string"], '{"int":1,"string":"a"}'),
  refusesJson("D5 an int out of range", "int", "2147483648"),
  refusesJson("D5 a long out of range", "long", "9223372036854775808"),
  refusesJson("D5 a fraction for an int", "int", "1.5"),
  refusesJson("D5 a string for an int", "int", '"1"'),
  refusesJson("D5 a symbol that is not there", symbols("E", ["A"]), '"B"'),
  refusesJson("D5 a fixed of another size", fixed("F", 2), '"a"'),
  refusesJson("D5 a field that is missing", record("R", field("a", "int")), "{}"),
  refusesJson("D5 a field that is not there", record("R", field("a", "int")), '{"a":1,"b":2}'),
  refusesJson("D3 bytes beyond U+00FF", "bytes", '"\\u0100"'),
]

/** Single objects. */
export const singleObjectCases: Case[] = [
  {
    name: "E1 E2 E3 a single object, written",
    question: { do: "single", schema: '"int"', json: "1" },
    ok: "c3018f5c393f1ad5757202",
  },
  {
    name: "E1 E2 E3 a single object, read",
    question: { do: "unsingle", schema: '"int"', hex: "c3018f5c393f1ad5757202" },
    ok: "1",
  },
  {
    name: "E2 a single object of another schema, resolved",
    question: { do: "unsingle", schema: '"long"', writers: ['"int"'], hex: "c3018f5c393f1ad5757202" },
    ok: "1",
  },
  { name: "E4 another marker", question: { do: "unsingle", schema: '"int"', hex: "c3028f5c393f1ad5757202" } },
  {
    name: "E4 an unknown fingerprint",
    question: { do: "unsingle", schema: '"long"', hex: "c3018f5c393f1ad5757202" },
  },
  { name: "E4 less than a header", question: { do: "unsingle", schema: '"int"', hex: "c3018f5c" } },
]
