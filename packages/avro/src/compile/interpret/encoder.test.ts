// What the interpreter does by itself: what it leaves to the closure ends in `MISFIT`. That it gives the
// closures' bytes is in differential.test.ts.

import { expect, test } from "vitest"
import { createWriter } from "../../binary/writer.ts"
import { parseSchema } from "../../schema/schema.ts"
import { caught } from "../../testing/caught.ts"
import { array, field, map, record, symbols } from "../../testing/declare.ts"
import { encoderOf } from "../closures/encoder.ts"
import { MISFIT } from "../misfit.ts"
import { interpretingEncoder } from "./encoder.ts"

const refuse = (): never => {
  throw MISFIT
}

/** Writes a value without the closure, into a writer of so much depth. */
function encodeAlone(definition: unknown, value: unknown, maxDepth = 256): Uint8Array {
  const writer = createWriter({ maxDepth })
  interpretingEncoder(parseSchema(definition)["~node"], refuse)(writer, value)
  return writer.finish()
}

const point = record("Point", field("x", "int"))

test.for<{ type: unknown; value: unknown }>([
  { type: "null", value: undefined },
  { type: "int", value: 1.5 },
  { type: "int", value: 1n },
  { type: "int", value: "1" },
  { type: "long", value: 2 ** 53 },
  { type: "double", value: 1n },
  { type: "string", value: "\ud800" },
  { type: "bytes", value: [1] },
  { type: symbols("E", ["A"]), value: "B" },
  { type: array("int"), value: { length: 0 } },
  { type: map("int"), value: new Map() },
  { type: map("int"), value: [] },
  { type: point, value: [] },
  { type: point, value: new Uint8Array(1) },
  { type: point, value: { x: "1" } },
  { type: point, value: {} },
  { type: ["null", "int"], value: "1" },
  { type: ["null", "int"], value: undefined },
  { type: ["null", "int", "long"], value: { null: null } },
  { type: ["int", "long"], value: null },
  { type: ["int", "long"], value: { int: 1, long: 1 } },
  { type: ["int", "long"], value: {} },
])("$value as $type is left to the closure", ({ type, value }) => {
  expect(() => encodeAlone(type, value)).toThrow(MISFIT)
})

test("values as deep as the limit are written, and one more is left to the closure", () => {
  const tree = record("Tree", field("children", array("Tree")))
  const value = { children: [{ children: [] }] }
  expect(encodeAlone(tree, value, 4)).toHaveLength(3)
  expect(() => encodeAlone(tree, value, 3)).toThrow(MISFIT)
})

test("numbers, indices and ends find room in a writer that is full", () => {
  const type = record(
    "R",
    field("flags", array("boolean")),
    field("choices", array(["null", "long"])),
    field("counts", map("null")),
    field("last", "double"),
  )
  const node = parseSchema(type)["~node"]
  for (let length = 0; length < 600; length++) {
    const value = { flags: Array(length).fill(true), choices: [2 ** 52, null], counts: { a: null }, last: 1 }
    const [alone, exact] = [createWriter(), createWriter()]
    interpretingEncoder(node, refuse)(alone, value)
    encoderOf(node)(exact, value)
    expect(alone.finish()).toEqual(exact.finish())
  }
})

test("a value that does not fit takes back what it wrote, and no more, though the buffer has grown", () => {
  const node = parseSchema(array("string"))["~node"]
  const writer = createWriter()
  writer.writeFixed(new Uint8Array(400).fill(7))
  const encode = interpretingEncoder(node, encoderOf(node))
  expect(caught(() => encode(writer, ["x".repeat(2000), 5])).path).toBe("[1]")
  writer.truncate(400)
  expect(writer.finish()).toEqual(new Uint8Array(400).fill(7))
})
