// J: what one schema wrote, read with another. B: the defaults that takes.

import { array, field, fixed, map, record, symbols } from "../../../packages/avro/src/testing/declare.ts"
import { answerOf } from "../ours.ts"
import { type Case, text } from "./case.ts"

const decimal = (precision: number, scale: number): object => ({
  type: "bytes",
  logicalType: "decimal",
  precision,
  scale,
})

/** What one schema wrote, read with another. */
export const resolutionCases: Case[] = [
  resolves("J1 items", array("int"), array("long"), "[1]", "[1]"),
  resolves("J1 values", map("int"), map("double"), '{"a":1}', '{"a":1.0}'),
  resolves("J1 an array as a map", array("int"), map("int"), "[1]"),
  resolves("J2 a fixed of another namespace", fixed("a.F", 1), fixed("b.F", 1), '"x"', '"x"'),
  resolves("J2 a fixed of another size", fixed("F", 1), fixed("F", 2), '"x"'),
  resolves("J2 a fixed of another name", fixed("F", 1), fixed("G", 1), '"x"'),
  resolves("J2 an enum of another name", symbols("E", ["A"]), symbols("F", ["A"]), '"A"'),
  resolves("J2 a record of another name", record("R"), record("S"), "{}"),
  ...[
    ["int", "long"],
    ["int", "float"],
    ["int", "double"],
    ["long", "float"],
    ["long", "double"],
    ["float", "double"],
  ].map(([from, to]) => resolves(`J3 ${from} as ${to}`, from, to, "3", "3")),
  resolves("J3 a string as bytes", "string", "bytes", '"é"', '"\\u00c3\\u00a9"'),
  resolves("J3 bytes as a string", "bytes", "string", '"\\u00c3\\u00a9"', '"é"'),
  resolves("J3 a long as an int", "long", "int", "1"),
  resolves("J3 a double as a float", "double", "float", "1"),
  resolves("J3 an int as a string", "int", "string", "1"),
  resolves(
    "J4 fields in another order",
    record("R", field("a", "int"), field("b", "string")),
    record("R", field("b", "string"), field("a", "int")),
    '{"a":1,"b":"x"}',
    '{"b":"x","a":1}',
  ),
  resolves(
    "J4 a field the reader lacks",
    record("R", field("a", map(array("string"))), field("b", "int")),
    record("R", field("b", "int")),
    '{"a":{"k":["v"]},"b":1}',
    '{"b":1}',
  ),
  resolves(
    "J4 a field with a default",
    record("R"),
    record("R", field("a", array("int"), { default: [1] })),
    "{}",
    '{"a":[1]}',
  ),
  resolves("J4 a field without one", record("R"), record("R", field("a", "int")), "{}"),
  resolves(
    "J4 a nested promotion",
    record("R", field("a", ["null", array("int")])),
    record("R", field("a", ["null", array("long")])),
    '{"a":{"array":[1]}}',
    '{"a":{"array":[1]}}',
  ),
  resolves(
    "B3 a default of a union's second branch",
    record("R"),
    record("R", field("a", ["null", "int"], { default: 1 })),
    "{}",
    '{"a":{"int":1}}',
  ),
  resolves(
    "B5 a default whose fields take theirs",
    record("R"),
    record("R", field("a", record("S", field("x", "int", { default: 7 })), { default: {} })),
    "{}",
    '{"a":{"x":7}}',
  ),
  resolves("J5 a symbol that both have", symbols("E", ["A", "B"]), symbols("E", ["B", "A"]), '"B"', '"B"'),
  resolves(
    "J5 an unknown symbol with a default",
    symbols("E", ["A", "B"]),
    symbols("E", ["A"], { default: "A" }),
    '"B"',
    '"A"',
  ),
  resolves("J5 an unknown symbol without one", symbols("E", ["A", "B"]), symbols("E", ["A"]), '"B"'),
  resolves("J6 J8 a branch that fits", ["null", "int"], "int", '{"int":1}', "1"),
  resolves("J6 J8 a branch that does not", ["null", "int"], "int", "null"),
  resolves(
    "J7 the branch of the same type before one it is promoted to",
    "int",
    ["long", "int"],
    "1",
    '{"int":1}',
  ),
  resolves(
    "J7 the first branch that it is promoted to",
    "int",
    ["string", "double", "long"],
    "1",
    '{"double":1.0}',
  ),
  resolves("J7 no branch", "boolean", ["null", "int"], "true"),
  resolves(
    "J6 J7 a union with its branches in another order",
    ["int", "string"],
    ["string", "int"],
    '{"int":1}',
    '{"int":1}',
  ),
  resolves(
    "J9 the alias of a type",
    record("a.Old", field("x", "int")),
    { ...record("New", field("x", "int")), namespace: "a", aliases: ["Old"] },
    '{"x":1}',
    '{"x":1}',
  ),
  resolves(
    "J9 the alias of a field",
    record("R", field("x", "int")),
    record("R", field("y", "int", { aliases: ["x"] })),
    '{"x":1}',
    '{"y":1}',
  ),
  resolves(
    "J9 the alias of an enum in an array",
    array(symbols("Old", ["A"])),
    array(symbols("New", ["A"], { aliases: ["Old"] })),
    '["A"]',
    '["A"]',
  ),
  resolves(
    "J9 the alias of a fixed with its namespace",
    fixed("o.Old", 1),
    fixed("n.New", 1, { aliases: ["o.Old"] }),
    '"x"',
    '"x"',
  ),
  resolves("J10 documentation", symbols("E", ["A"]), symbols("E", ["A"], { doc: "new" }), '"A"', '"A"'),
  resolves("J11 the same decimals", decimal(4, 2), decimal(4, 2), '"\\u0001"', '"\\u0001"'),
  resolves("J11 decimals of another scale", decimal(4, 2), decimal(4, 1), '"\\u0001"'),
]

/** What one wrote, as another reads it; refused where there is no `expected`. */
function resolves(name: string, writer: unknown, reader: unknown, value: string, expected?: string): Case {
  const written = answerOf({ do: "encode", schema: text(writer), json: value }).ok as string
  return {
    name,
    question: { do: "decode", schema: text(reader), writer: text(writer), hex: written },
    ...(expected === undefined ? {} : { ok: expected }),
  }
}
