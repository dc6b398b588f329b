// What the interpreter does by itself: what it leaves to the closure ends in `MISFIT`. That it gives the
// closures' values is in differential.test.ts.

import { describe, expect, test } from "vitest"
import { createReader } from "../../binary/reader.ts"
import { stopwatch } from "../../fixtures/stopwatch.ts"
import { parseSchema } from "../../schema/schema.ts"
import { caught } from "../../testing/caught.ts"
import { array, field, map, record, symbols } from "../../testing/declare.ts"
import { bytes } from "../../testing/hex.ts"
import { decoderOf } from "../closures/decoder.ts"
import { resolverOf } from "../closures/resolver.ts"
import { MISFIT } from "../misfit.ts"
import { interpretingDecoder } from "./decoder.ts"

const refuse = (): never => {
  throw MISFIT
}

/** What is read of a message, without the closure. */
function decodeAlone(definition: unknown, data: string, maxDepth = 256): unknown {
  return interpretingDecoder(
    refuse,
    parseSchema(definition)["~node"],
  )(createReader(bytes(data), { maxDepth }))
}

function resolveAlone(writer: unknown, reader: unknown, data: string): unknown {
  const [written, wanted] = [writer, reader].map((definition) => parseSchema(definition)["~node"])
  if (written === undefined || wanted === undefined) throw new Error("two nodes")
  return interpretingDecoder(refuse, wanted, written)(createReader(bytes(data)))
}

test.for([
  { items: "int", data: "04 02 04 01 02 06 00", value: [1, 2, 3] },
  { items: "long", data: "02 80 80 80 80 20 02 04 00", value: [2 ** 32, 2] },
  { items: "string", data: "02 02 61 02 02 62 00", value: ["a", "b"] },
  { items: "float", data: "02 00 00 80 3f 02 00 00 00 40 00", value: [1, 2] },
  { items: "double", data: "02 00 00 00 00 00 00 f0 3f 02 00 00 00 00 00 00 00 40 00", value: [1, 2] },
  { items: record("R", field("x", "int")), data: "02 02 02 04 00", value: [{ x: 1 }, { x: 2 }] },
])("an array of $items may come in many blocks", ({ items, data, value }) => {
  expect(decodeAlone(array(items), data)).toEqual(value)
})

test("a map may come in many blocks, and ends with an empty one", () => {
  expect(decodeAlone(map("int"), "02 02 61 02 01 06 02 62 04 00")).toEqual({ a: 1, b: 2 })
  expect(decodeAlone(map("int"), "00")).toEqual({})
})

test.for([
  { name: "an int of 33 bits", type: "int", data: "80 80 80 80 20" },
  { name: "such an int in an array", type: array("int"), data: "02 80 80 80 80 20 00" },
  { name: "such an int in a record", type: record("R", field("x", "int")), data: "80 80 80 80 20" },
  { name: "a boolean of 2", type: record("R", field("x", "boolean")), data: "02" },
  { name: "an index of no symbol", type: symbols("E", ["A"]), data: "02" },
  { name: "a negative index", type: ["null", "int"], data: "01" },
  {
    name: "a message that ends too soon",
    type: record("R", field("x", "int"), field("y", "int")),
    data: "02",
  },
])("$name is left to the closure", ({ type, data }) => {
  expect(() => decodeAlone(type, data)).toThrow(MISFIT)
})

test("values as deep as the limit are read, and one more is left to the closure", () => {
  const tree = record("Tree", field("children", array("Tree")))
  expect(decodeAlone(tree, "02 00 00", 4)).toEqual({ children: [{ children: [] }] })
  expect(() => decodeAlone(tree, "02 00 00", 3)).toThrow(MISFIT)
})

test("records of records of a number do not multiply behind the end of a message", () => {
  const doubling = Array.from({ length: 40 }, (_, level) =>
    level === 0
      ? record("R0", field("x", "int"))
      : record(`R${level}`, ...["a", "b"].map((name) => field(name, `R${level - 1}`))),
  )
  const node = parseSchema(doubling)["~node"]
  const millis = stopwatch()
  const error = caught(() => interpretingDecoder(decoderOf(node), node)(createReader(bytes("4e 02"))))
  expect(error.code).toBe("ERR_AVRO_TRUNCATED")
  expect(millis()).toBeLessThan(1000)
})

describe("properties", () => {
  test("come in the reader's order, whatever the writer's", () => {
    const writer = record("R", field("a", "int"), field("b", "string"), field("c", "int"), field("d", "int"))
    const reader = record(
      "R",
      field("d", "long"),
      field("new", "int", { default: 5 }),
      field("b", "string"),
      field("list", array("int"), { default: [1] }),
      field("a", "double"),
    )
    const value = resolveAlone(writer, reader, "02 02 78 04 06")
    expect(JSON.stringify(value)).toBe('{"d":3,"new":5,"b":"x","list":[1],"a":1}')
  })

  test("make all records of a schema plain objects, however many there are", () => {
    for (const count of [1, 8, 9, 50]) {
      const fields = Array.from({ length: count }, (_, index) => field(`f${index}`, "int"))
      const value = decodeAlone(record("R", ...fields), "02 ".repeat(count))
      expect(value).toStrictEqual(Object.fromEntries(fields.map((_field, index) => [`f${index}`, 1])))
    }
  })

  test("may be called __proto__: a key, a field, the name of a branch", () => {
    const named = [record("__proto__", field("x", "int")), record("S", field("x", "int"))]
    expect(decodeAlone(named, "00 02")).toStrictEqual(JSON.parse('{"__proto__":{"x":1}}'))
    expect(decodeAlone(map("int"), "02 12 5f5f70726f746f5f5f 02 00")).toStrictEqual(
      JSON.parse('{"__proto__":1}'),
    )
    const declared = record("R", field("__proto__", "int"))
    expect(decodeAlone(declared, "02")).toStrictEqual(JSON.parse('{"__proto__":1}'))
  })
})

test("what resolution refuses is refused with the closure's reason, and only where it was written", () => {
  const written = parseSchema(array(["string", "int"]))["~node"]
  const wanted = parseSchema(array("int"))["~node"]
  const decode = interpretingDecoder(resolverOf(written, wanted), wanted, written)
  expect(decode(createReader(bytes("02 02 04 00")))).toEqual([2])
  expect(caught(() => decode(createReader(bytes("02 00 02 61 00")))).path).toBe("[0]")
})
