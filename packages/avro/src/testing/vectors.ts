// Schemas with the bytes of one value each: the specification's examples, every type and form of block, and
// shapes of messages as services send them.

import { array, field, fixed, map, record, symbols } from "./declare.ts"
import { compact } from "./hex.ts"

export interface Vector {
  readonly schema: unknown
  /** In hexadecimal, without spaces. */
  readonly bytes: string
  /** A schema that reads it: at times another. */
  readonly reader: unknown
}

const suit = symbols("Suit", ["SPADES", "HEARTS", "DIAMONDS", "CLUBS"])
const list = record("LongList", field("value", "long"), field("next", ["null", "LongList"]))
const tree = record("Tree", field("value", "int"), field("children", array("Tree")))
const logical = (type: string, logicalType: string, more: object = {}): object => ({
  type,
  logicalType,
  ...more,
})

const rows: [schema: unknown, bytes: string, reader?: unknown][] = [
  // The examples of https://avro.apache.org/docs/1.12.0/specification/#data-serialization-and-deserialization
  ["int", "00"],
  ["int", "7f", "double"],
  ["long", "80 01", "float"],
  ["string", "06 66 6f 6f", "bytes"],
  [record("test", field("a", "long"), field("b", "string")), "36 06 66 6f 6f"],
  [symbols("Foo", ["A", "B", "C", "D"]), "06", symbols("Foo", ["A", "X"], { default: "X" })],
  [array("long"), "04 06 36 00", array("double")],
  [["null", "string"], "00", ["string", "null"]],
  [["null", "string"], "02 02 61", "string"],
  // What they do not show.
  ["null", ""],
  ["boolean", "01", ["null", "boolean"]],
  ["long", "fd ff ff ff ff ff ff 1f"],
  ["float", "00 00 20 40", "double"],
  ["double", "00 00 00 00 00 00 f0 3f"],
  ["bytes", "08 00 7f 80 ff"],
  [fixed("Pair", 2), "ab cd"],
  [map("int"), "04 02 61 02 04 c3 a9 04 00", map("long")],
  [array("int"), "03 04 02 04 00"],
  [array("int"), "02 02 01 02 04 00"],
  [map("int"), "01 06 02 61 02 01 06 02 62 04 00"],
  [array("null"), "06 00"],
  [array(record("Empty")), "06 00", array(record("Empty", field("a", array("int"), { default: [1, 2] })))],
  [list, "02 02 04 02 06 00", record("LongList", field("next", ["null", "LongList"]))],
  [tree, "02 04 04 00 06 02 08 00 00 00", record("Tree", field("children", array("Tree")))],
  [["int", "long", "string", suit], "06 02"],
  [[record("A", field("x", "int")), record("B", field("x", "int"))], "02 0e"],
  [logical("bytes", "decimal", { precision: 9, scale: 2 }), "04 04 d2"],
  [logical("bytes", "big-decimal"), "08 04 04 d2 04"],
  [logical("string", "uuid"), `48 ${Buffer.from("123e4567-e89b-12d3-a456-426614174000").toString("hex")}`],
  [logical("int", "date"), "be ac 02"],
  [logical("long", "timestamp-millis"), "80 e8 92 96 c4 5f"],
  [logical("long", "timestamp-nanos"), "80 80 80 80 80 80 80 80 30"],
  [{ ...fixed("Lapse", 12), logicalType: "duration" }, "01 00 00 00 02 00 00 00 03 00 00 00"],
  // Messages.
  [
    record("Request", field("query", "string")),
    "26 53 45 4c 45 43 54 20 27 c3 a9 27 20 46 52 4f 4d 20 74 3b",
  ],
  [
    record("Point", ...["x", "y", "z"].map((name) => field(name, "double"))),
    "00 00 00 00 00 00 f0 3f 00 00 00 00 00 00 00 40 00 00 00 00 00 00 08 40",
    record("Point", ...["z", "x"].map((name) => field(name, "double"))),
  ],
  [
    record(
      "Event",
      field("id", "long"),
      field("level", suit),
      field("message", ["null", "string"]),
      field("tags", map("string")),
      field("samples", array("double")),
      field("payload", "bytes"),
      field(
        "nested",
        record("Inner", field("ok", "boolean"), field("all", array(["null", "int", "string"]))),
      ),
    ),
    "f2 c0 01 02 02 04 68 69 02 04 6f 6b 02 79 00 02 00 00 00 00 00 00 f0 3f 00 06 01 02 03 01 06 00 02 04 04 02 7a 00",
    record(
      "Event",
      field("nested", record("Inner", field("all", array(["string", "long", "null"])))),
      field("added", map(array("int")), { default: { a: [1] } }),
      field("id", "double"),
    ),
  ],
]

export const vectors: readonly Vector[] = rows.map(([schema, bytes, reader = schema]) => ({
  schema,
  reader,
  bytes: compact(bytes),
}))
