import { describe, expect, test } from "vitest"
import { parseSchema } from "../../schema/schema.ts"
import { caught } from "../../testing/caught.ts"
import { array, field, fixed, map, record, symbols } from "../../testing/declare.ts"
import { bytes } from "../../testing/hex.ts"
import { resolved } from "../../testing/resolved.ts"
import { decode } from "../../value/decode.ts"

describe("arrays and maps (J1)", () => {
  test("are resolved item by item", () => {
    expect(resolved(array("int"), array("double"), [1, 2])).toEqual([1, 2])
    expect(resolved(map(array("string")), map(array("bytes")), { a: ["b"] })).toEqual({ a: [bytes("62")] })
    expect(resolved(array("int"), array(["null", "long"]), [1])).toEqual([1])
  })

  test("are not one another", () => {
    expect(() => resolved(array("int"), map("int"), [])).toThrow(
      "writer's array cannot be read as reader's map",
    )
  })

  test("an item that cannot be read is refused with its place, and an array of none is read", () => {
    expect(resolved(array("string"), array("int"), [])).toEqual([])
    expect(() => resolved(array("string"), array("int"), ["a"])).toThrow(
      "Cannot decode array[0]: writer's string cannot be read",
    )
    expect(() => resolved(map(array("string")), map(array("int")), { a: ["b"] })).toThrow(
      "Cannot decode map.a[0]: writer's string",
    )
  })

  test("least sizes are the writer's", () => {
    const wide = record("R", field("a", "double"))
    const more = record("R", field("a", "double"), field("b", "double", { default: 0 }))
    expect(resolved(array(wide), array(more), [{ a: 1 }, { a: 2 }])).toEqual([
      { a: 1, b: 0 },
      { a: 2, b: 0 },
    ])
    expect(resolved(array(more), array(record("R")), [{ a: 1, b: 2 }])).toEqual([{}])
  })
})

describe("named types (J2)", () => {
  test("match by their unqualified names", () => {
    expect(resolved(record("a.R", field("x", "int")), record("b.R", field("x", "int")), { x: 1 })).toEqual({
      x: 1,
    })
    expect(resolved(symbols("a.E", ["A"]), symbols("E", ["A"]), "A")).toBe("A")
    expect(resolved(fixed("a.F", 1), fixed("b.c.F", 1), bytes("ab"))).toEqual(bytes("ab"))
  })

  test.for([
    { writer: record("R"), reader: record("S"), value: {} },
    { writer: symbols("R", ["A"]), reader: symbols("S", ["A"]), value: "A" },
    { writer: fixed("R", 1), reader: fixed("S", 1), value: bytes("ab") },
  ])("of other names are refused, with the remedy: $writer", ({ writer, reader, value }) => {
    const error = caught(() => resolved(writer, reader, value))
    expect(error.code).toBe("ERR_AVRO_RESOLUTION")
    expect(error.message).toBe(
      "Cannot decode S: writer's R cannot be read as reader's S: their names differ; add the writer's as an alias",
    )
  })

  test("a fixed has its size", () => {
    expect(() => resolved(fixed("F", 2), fixed("F", 3), bytes("ab cd"))).toThrow(
      "a fixed of 2 bytes is not one of 3",
    )
  })

  test("a kind of type is not another, whatever its name", () => {
    expect(() => resolved(record("R"), symbols("R", ["A"]), {})).toThrow("record cannot be read as enum")
    expect(() => resolved(fixed("F", 1), "bytes", bytes("ab"))).toThrow("fixed cannot be read as bytes")
  })
})

describe("records (J4)", () => {
  test("fields are found by name, in any order", () => {
    const writer = record("R", field("a", "int"), field("b", "string"))
    const value = resolved(writer, record("R", field("b", "string"), field("a", "long")), { a: 1, b: "x" })
    expect(JSON.stringify(value)).toBe('{"b":"x","a":1}')
  })

  test.for<{ type: unknown; value: unknown }>([
    { type: "null", value: null },
    { type: "boolean", value: true },
    { type: "int", value: -(2 ** 31) },
    { type: "long", value: 2n ** 62n },
    { type: "float", value: 1 },
    { type: "double", value: 1 },
    { type: "bytes", value: bytes("ab") },
    { type: "string", value: "é" },
    { type: fixed("F", 3), value: bytes("ab cd ef") },
    { type: symbols("E", ["A", "B"]), value: "B" },
    { type: array(map("string")), value: [{ a: "b" }, {}] },
    { type: map(array("string")), value: { a: ["b"], c: [] } },
    { type: ["null", "string"], value: "a" },
    { type: ["null", "string"], value: null },
    { type: record("Inner", field("x", "int"), field("y", array("int"))), value: { x: 1, y: [2] } },
    { type: record("Chain", field("next", ["null", "Chain"])), value: { next: { next: null } } },
  ])("a field that only the writer has is skipped: $type", ({ type, value }) => {
    const writer = record("R", field("dropped", type), field("kept", "int"))
    expect(resolved(writer, record("R", field("kept", "int")), { dropped: value, kept: 7 })).toEqual({
      kept: 7,
    })
  })

  test("blocks with their size are skipped at once, wherever they are", () => {
    const writer = parseSchema(record("R", field("dropped", array("int")), field("kept", "int")))
    const reader = parseSchema(record("R", field("kept", "int")))
    expect(decode(reader, bytes("03 04 ffff 02 02 00 0e"), { writer })).toEqual({ kept: 7 })
  })

  test("what is wrong in a skipped field is said to be there", () => {
    const writer = parseSchema(record("R", field("dropped", "string"), field("kept", "int")))
    const reader = parseSchema(record("R", field("kept", "int")))
    expect(() => decode(reader, bytes("01"), { writer })).toThrow(
      "Cannot decode R.dropped: the length of bytes is negative: -1",
    )
  })

  test("a field that only the reader has takes its default", () => {
    const reader = record(
      "R",
      field("b", array("int"), { default: [1] }),
      field("a", "int"),
      field("c", ["null", "int"], { default: 5 }),
    )
    expect(resolved(record("R", field("a", "int")), reader, { a: 1 })).toEqual({ b: [1], a: 1, c: 5 })
  })

  test("defaults are not shared between values (B8)", () => {
    const reader = parseSchema(
      record("R", field("list", array("int"), { default: [1] }), field("raw", "bytes", { default: "a" })),
    )
    const writer = parseSchema(record("R"))
    const read = (): { list: number[]; raw: Uint8Array } => decode(reader, bytes(""), { writer }) as never
    const first = read()
    first.list.push(2)
    first.raw[0] = 0
    expect(read()).toEqual({ list: [1], raw: bytes("61") })
  })

  test("a field that only the reader has and that has no default is refused, with the remedy", () => {
    expect(caught(() => resolved(record("R"), record("R", field("a", "int")), {}))).toMatchObject({
      code: "ERR_AVRO_RESOLUTION",
      message: `Cannot decode R: writer's R cannot be read as reader's R: field "a" is missing from the writer and has no default; add one`,
    })
  })

  test("two of the reader's fields do not take one of the writer's", () => {
    const writer = record("R", field("a", "int"))
    const both = record("R", field("b", "int", { aliases: ["a"], default: 5 }), field("a", "int"))
    expect(resolved(writer, both, { a: 1 })).toEqual({ b: 5, a: 1 })
    const twice = record(
      "R",
      field("b", "int", { aliases: ["a"] }),
      field("c", "int", { aliases: ["a"], default: 6 }),
    )
    expect(resolved(writer, twice, { a: 1 })).toEqual({ b: 1, c: 6 })
  })

  test("an error deep inside has the whole path", () => {
    const writer = record("R", field("list", array(record("S", field("x", ["null", "string"])))))
    const reader = record("R", field("list", array(record("S", field("x", ["null", "int"])))))
    const error = caught(() => resolved(writer, reader, { list: [{ x: null }, { x: "a" }] }))
    expect(error.path).toBe(".list[1].x")
    expect(error.message).toContain("the reader's union has no branch for string")
  })
})

describe("enums (J5)", () => {
  const writer = symbols("E", ["A", "B", "C"])
  test("symbols are found by name", () => {
    expect(resolved(writer, symbols("E", ["C", "B", "A"]), "A")).toBe("A")
  })

  test("a symbol that the reader lacks is read as its default", () => {
    expect(resolved(writer, symbols("E", ["X", "B"], { default: "X" }), "C")).toBe("X")
  })

  test("without a default it is refused, and the other symbols are not", () => {
    const reader = symbols("E", ["B"])
    expect(resolved(writer, reader, "B")).toBe("B")
    expect(() => resolved(writer, reader, "C")).toThrow(
      'the reader\'s enum has neither the symbol "C" nor a default',
    )
  })
})

test("documentation and other attributes do not matter (J10)", () => {
  const writer = {
    ...record("R", field("a", "int", { doc: "mine", order: "ignore" })),
    doc: "mine",
    color: "red",
  }
  expect(resolved(writer, record("R", field("a", "int")), { a: 1 })).toEqual({ a: 1 })
})

describe("decimals (J11)", () => {
  const decimal = (precision: number, scale: number): object => ({
    type: "bytes",
    logicalType: "decimal",
    precision,
    scale,
  })
  test("need equal precision and scale", () => {
    expect(resolved(decimal(4, 2), decimal(4, 2), "1.50")).toBe("1.50")
    expect(() => resolved(decimal(4, 2), decimal(4, 1), "1.50")).toThrow(
      "a decimal of precision 4 and scale 2 is not one of 4 and 1",
    )
    expect(() => resolved(decimal(4, 2), decimal(5, 2), "1.50")).toThrow(
      "a decimal of precision 4 and scale 2 is not one of 5 and 2",
    )
    const tight = (scale: number): object => fixed("F", 4, { logicalType: "decimal", precision: 4, scale })
    expect(() => resolved(tight(2), tight(1), "1.50")).toThrow("scale 2 is not one of 4 and 1")
  })

  test("are bytes to a reader who wants bytes", () => {
    expect(resolved(decimal(4, 2), "bytes", "1.50")).toEqual(bytes("00 96"))
  })
})

describe("recursive types", () => {
  test("are resolved all the way down", () => {
    const writer = record("Tree", field("x", "int"), field("children", array("Tree")))
    const reader = record(
      "Tree",
      field("children", array("Tree")),
      field("x", "double"),
      field("y", "int", { default: 1 }),
    )
    const value = { x: 1, children: [{ x: 2, children: [{ x: 3, children: [] }] }] }
    const leaf = { x: 3, children: [], y: 1 }
    expect(resolved(writer, reader, value)).toEqual({
      x: 1,
      y: 1,
      children: [{ x: 2, y: 1, children: [leaf] }],
    })
  })
})

describe("a resolution that failed", () => {
  const writer = parseSchema(record("A", field("b", ["null", record("B", field("as", array("A")))])))
  const reader = parseSchema(
    record("A", field("b", ["null", record("B", field("as", array("A")))]), field("missing", "int")),
  )

  test("fails again in the same words", () => {
    const attempts = Array.from({ length: 3 }, () =>
      caught(() => decode(reader, bytes("02 02 00 00"), { writer })),
    )
    expect(new Set(attempts.map(({ message }) => message)).size).toBe(1)
    expect(attempts[0]?.path).toBe("")
  })

  test("fails again in the same words inside a union, with a path that does not grow", () => {
    const wrote = parseSchema(array(["string", "int"]))
    const reads = parseSchema(array("int"))
    for (let attempt = 0; attempt < 3; attempt++) {
      expect(caught(() => decode(reads, bytes("04 02 02 00 02 61 00"), { writer: wrote })).path).toBe("[1]")
    }
  })

  test("leaves nothing broken behind for what was resolved around it", () => {
    const inner = record("Inner", field("x", "int"))
    const wrote = parseSchema([inner, record("Outer", field("inner", "Inner"))])
    const reads = parseSchema([inner, record("Outer", field("inner", "Inner"), field("missing", "int"))])
    expect(() => decode(reads, bytes("02 0e"), { writer: wrote })).toThrow('field "missing"')
    expect(decode(reads, bytes("00 0e"), { writer: wrote })).toEqual({ Inner: { x: 7 } })
    expect(() => decode(reads, bytes("02 0e"), { writer: wrote })).toThrow('field "missing"')
  })
})
