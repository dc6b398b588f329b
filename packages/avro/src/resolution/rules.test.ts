import { describe, expect, test } from "vitest"
import { parseSchema } from "../schema/schema.ts"
import { caught } from "../testing/caught.ts"
import { array, field, fixed, map, record, symbols } from "../testing/declare.ts"
import { bytes } from "../testing/hex.ts"
import { resolved } from "../testing/resolved.ts"
import { decode } from "../value/decode.ts"

describe("promotions (J3)", () => {
  test.for<{ writer: unknown; reader: unknown; value: unknown; read: unknown }>([
    { writer: "int", reader: "long", value: -(2 ** 31), read: -(2 ** 31) },
    { writer: "int", reader: "float", value: 16_777_217, read: 16_777_216 },
    { writer: "int", reader: "double", value: 2 ** 31 - 1, read: 2 ** 31 - 1 },
    { writer: "long", reader: "float", value: -3, read: -3 },
    { writer: "long", reader: "double", value: 2n ** 62n, read: 2 ** 62 },
    { writer: "float", reader: "double", value: Math.fround(0.1), read: Math.fround(0.1) },
    { writer: "float", reader: "double", value: -0, read: -0 },
    { writer: "string", reader: "bytes", value: "é", read: bytes("c3 a9") },
    { writer: "bytes", reader: "string", value: bytes("c3 a9"), read: "é" },
    { writer: "int", reader: { type: "long", logicalType: "timestamp-millis" }, value: 1, read: new Date(1) },
    { writer: "int", reader: { type: "long", logicalType: "timestamp-nanos" }, value: 1, read: 1n },
    { writer: { type: "int", logicalType: "date" }, reader: "int", value: new Date(0), read: 0 },
    {
      writer: "string",
      reader: { type: "bytes", logicalType: "decimal", precision: 4, scale: 2 },
      value: "\u0001",
      read: "0.01",
    },
  ])("$writer is read as $reader: $value", ({ writer, reader, value, read }) => {
    expect(resolved(writer, reader, value)).toStrictEqual(read)
  })

  test("an int is read as a bigint long where the reader wants one", () => {
    expect(resolved("int", "long", 5, { long: "bigint" })).toBe(5n)
  })

  const numbers = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"]
  const allowed = [
    "int long",
    "int float",
    "int double",
    "long float",
    "long double",
    "float double",
    "string bytes",
    "bytes string",
  ]
  test("there are no others", () => {
    const zeros = bytes("00 00 00 00 00 00 00 00")
    for (const writer of numbers) {
      for (const reader of numbers) {
        if (writer === reader || allowed.includes(`${writer} ${reader}`)) continue
        const error = caught(() => decode(parseSchema(reader), zeros, { writer: parseSchema(writer) }))
        expect(error.code).toBe("ERR_AVRO_RESOLUTION")
        expect(error.message).toBe(
          `Cannot decode ${reader}: writer's ${writer} cannot be read as reader's ${reader}: ${writer} cannot be read as ${reader}`,
        )
      }
    }
  })

  test.for(["long", "float", "double"])("an int of more than 32 bits is refused as a %s too", (reader) => {
    const data = bytes("80 80 80 80 10")
    expect(caught(() => decode(parseSchema(reader), data, { writer: parseSchema("int") })).code).toBe(
      "ERR_AVRO_DATA",
    )
  })

  test("a string of bytes that are not UTF-8 is refused", () => {
    expect(() => resolved("bytes", "string", bytes("ff"))).toThrow("a string is not valid UTF-8")
  })
})

describe("unions", () => {
  test("each branch of a writer's union is resolved when it comes (J6, J8)", () => {
    expect(resolved(["null", "int", "string"], "long", 5)).toBe(5)
    expect(() => resolved(["null", "int", "string"], "long", "a")).toThrow(
      "writer's string cannot be read as reader's long",
    )
    expect(() => resolved(["null", "int"], "long", null)).toThrow(
      "writer's null cannot be read as reader's long",
    )
  })

  test("a value is read as the first branch of the reader's union that matches (J7)", () => {
    expect(resolved("int", ["null", "float", "long"], 5)).toEqual({ float: 5 })
    expect(resolved("string", ["null", "string"], "a")).toBe("a")
    expect(resolved(array("int"), ["int", array("long")], [1])).toEqual([1])
    expect(resolved(map("int"), [array("int"), map("long")], { a: 1 })).toEqual({ a: 1 })
  })

  test("a branch of the same name goes before one that would promote", () => {
    expect(resolved("int", ["long", "int"], 5)).toEqual({ int: 5 })
    expect(resolved("bytes", ["string", "bytes"], bytes("ff"))).toEqual(bytes("ff"))
    const namesakes = [record("a.R", field("x", "int")), record("b.R", field("x", "int"))]
    expect(resolved(namesakes, namesakes, { "b.R": { x: 1 } })).toEqual({ "b.R": { x: 1 } })
  })

  test("a record in a union is found by its unqualified name or an alias", () => {
    const reader = [record("S"), { ...record("x.T", field("a", "int")), aliases: ["w.R"] }]
    expect(resolved(record("w.R", field("a", "int")), reader, { a: 1 })).toEqual({ "x.T": { a: 1 } })
    expect(resolved(record("other.S"), reader, {})).toEqual({ S: {} })
  })

  test("no branch that matches is an error", () => {
    expect(caught(() => resolved("string", ["null", "int"], "a"))).toMatchObject({
      code: "ERR_AVRO_RESOLUTION",
      message:
        "Cannot decode union: writer's string cannot be read as reader's union: the reader's union has no branch for string",
    })
    expect(() => resolved(fixed("F", 1), [fixed("F", 2)], bytes("ab"))).toThrow("no branch for F")
  })
})

describe("aliases (J9)", () => {
  test("of a type stand for the writer's full name, in the type's own namespace", () => {
    const reader = (aliases: string[]): object => ({ ...record("a.New", field("x", "int")), aliases })
    expect(resolved(record("a.Old", field("x", "int")), reader(["Old"]), { x: 1 })).toEqual({ x: 1 })
    expect(resolved(record("b.Old", field("x", "int")), reader(["b.Old"]), { x: 1 })).toEqual({ x: 1 })
    expect(() => resolved(record("b.Old", field("x", "int")), reader(["Old"]), { x: 1 })).toThrow(
      "their names differ",
    )
  })

  test("of an enum and a fixed as well", () => {
    expect(resolved(symbols("Old", ["A"]), symbols("New", ["A"], { aliases: ["Old"] }), "A")).toBe("A")
    expect(resolved(fixed("Old", 1), fixed("New", 1, { aliases: ["Old"] }), bytes("ab"))).toEqual(bytes("ab"))
  })

  test("of a field stand for its name, which itself goes first", () => {
    const writer = record("R", field("old", "int"), field("older", "int"))
    expect(
      resolved(writer, record("R", field("new", "int", { aliases: ["none", "older"] })), {
        old: 1,
        older: 2,
      }),
    ).toEqual({ new: 2 })
    expect(
      resolved(writer, record("R", field("old", "int", { aliases: ["older"] })), { old: 1, older: 2 }),
    ).toEqual({ old: 1 })
  })

  test("reach into nested types", () => {
    const writer = record("R", field("list", array(record("Old", field("x", "int")))))
    const reader = record(
      "R",
      field("items", array({ ...record("New", field("y", "int", { aliases: ["x"] })), aliases: ["Old"] }), {
        aliases: ["list"],
      }),
    )
    expect(resolved(writer, reader, { list: [{ x: 1 }] })).toEqual({ items: [{ y: 1 }] })
  })
})
