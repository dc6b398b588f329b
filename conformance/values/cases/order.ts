// F: the order of values, and of their bytes.

import { array, field, fixed, map, record, symbols } from "../../../packages/avro/src/testing/declare.ts"
import { answerOf } from "../ours.ts"
import type { Question } from "../peers.ts"
import { type Case, text } from "./case.ts"

const two = (order: string): object => record("R", field("a", "int", { order }), field("b", "int"))

/** The order of values, and of their bytes. */
export const orderCases: Case[] = [
  ...orders("F1 nulls are equal", "null", "null", "null"),
  ...orders("F2 false before true", "boolean", "false", "true"),
  ...orders("F3 ints", "int", "-1", "2"),
  ...orders("F3 longs beyond 2^53", "long", "9007199254740992", "9007199254740993"),
  ...orders("F3 doubles", "double", "-1.5", "0.5"),
  ...orders("F3 NaN after infinity", "double", '"Infinity"', '"NaN"'),
  ...orders("F3 -0 before 0", "double", "-0.0", "0.0"),
  ...orders("F3 -0 before 0 in floats", "float", "-0.0", "0.0"),
  ...orders("F4 bytes are unsigned", "bytes", '"\\u0001"', '"\\u0080"'),
  ...orders("F4 bytes, the shorter first", "bytes", '"a"', '"aa"'),
  ...orders("F4 fixed is unsigned", fixed("F", 1), '"\\u0001"', '"\\u0080"'),
  ...orders("F5 strings by code point", "string", '"\\uffff"', '"\\ud800\\udc00"'),
  ...orders("F6 arrays item by item", array("int"), "[1,2]", "[1,3]"),
  ...orders("F6 arrays, the shorter first", array("int"), "[1]", "[1,0]"),
  ...orders("F7 enums by index", symbols("E", ["B", "A"]), '"B"', '"A"'),
  ...orders("F8 unions by branch", ["string", "int"], '{"string":"z"}', '{"int":1}'),
  ...orders("F8 unions by value in a branch", ["string", "int"], '{"int":1}', '{"int":2}'),
  ...orders("F9 ascending fields", two("ascending"), '{"a":1,"b":9}', '{"a":2,"b":0}'),
  ...orders("F9 descending fields", two("descending"), '{"a":2,"b":0}', '{"a":1,"b":9}'),
  ...orders("F9 ignored fields", two("ignore"), '{"a":2,"b":0}', '{"a":1,"b":9}'),
  ...orders(
    "F10 ignored maps",
    record("R", field("m", map("int"), { order: "ignore" })),
    '{"m":{"a":1}}',
    '{"m":{"a":1}}',
  ),
  {
    name: "F10 maps have no order",
    question: { do: "compare", schema: text(map("int")), hex: "0202610200", other: "0202610400" },
    ok: { values: "refused", bytes: "refused" },
  },
]

/** Both orders of the two, which are given in JSON. */
function orders(name: string, schema: unknown, smaller: string, larger: string): Case[] {
  const [a, b] = [smaller, larger].map(
    (value) => answerOf({ do: "encode", schema: text(schema), json: value }).ok as string,
  )
  const question = (hex = "", other = ""): Question => ({ do: "compare", schema: text(schema), hex, other })
  const reversed = { values: 1, bytes: 1 }
  return smaller === larger
    ? [{ name, question: question(a, b), ok: { values: 0, bytes: 0 } }]
    : [
        { name, question: question(a, b), ok: { values: -1, bytes: -1 } },
        { name: `${name}, reversed`, question: question(b, a), ok: reversed },
      ]
}
