import { describe, expect, test } from "vitest"
import { createWriter } from "../binary/writer.ts"
import { parseSchema, schema } from "../schema/schema.ts"
import { hostileNames } from "../testing/arbitrary.ts"
import { caught } from "../testing/caught.ts"
import { bytes, compact, hex } from "../testing/hex.ts"
import { decode } from "./decode.ts"
import { encode, encodeInto } from "./encode.ts"

const suits = { type: "enum", name: "Suit", symbols: ["SPADES", "HEARTS"] }
const pair = { type: "fixed", name: "Pair", size: 2 }
const record = (...fields: unknown[]): object => ({ type: "record", name: "R", fields })
const field = (name: string, type: unknown, more: object = {}): object => ({ name, type, ...more })

describe("writes what the specification says", () => {
  test.for([
    { name: "a null as nothing (C1)", type: "null", value: null, data: "" },
    { name: "a boolean as a byte (C2)", type: "boolean", value: true, data: "01" },
    {
      name: "a record as its fields (C7)",
      type: record(field("a", "long"), field("b", "string")),
      value: { b: "foo", a: 27 },
      data: "36 06 66 6f 6f",
    },
    { name: "an enum as its index (C8)", type: suits, value: "HEARTS", data: "02" },
    {
      name: "an array as one block (C9)",
      type: { type: "array", items: "long" },
      value: [3, 27],
      data: "04 06 36 00",
    },
    { name: "an empty array as its end (C9)", type: { type: "array", items: "long" }, value: [], data: "00" },
    {
      name: "a map as one block of keys and values (C9, C14)",
      type: { type: "map", values: "int" },
      value: { a: 1, é: 2 },
      data: "04 02 61 02 04 c3 a9 04 00",
    },
    {
      name: "an empty map as its end (C9)",
      type: { type: "map", values: "int" },
      value: Object.create(null),
      data: "00",
    },
    {
      name: "a union as its branch's index and a value (C12)",
      type: ["null", "string"],
      value: "a",
      data: "02 02 61",
    },
    { name: "a union's null (C12)", type: ["null", "string"], value: null, data: "00" },
    { name: "a fixed as it is (C13)", type: pair, value: bytes("ab cd"), data: "ab cd" },
    { name: "a Buffer as bytes (C5)", type: "bytes", value: Buffer.from("abcd", "hex"), data: "04 ab cd" },
    { name: "a long past 2^53 (C16)", type: "long", value: 2n ** 53n + 1n, data: "82 80 80 80 80 80 80 20" },
  ])("$name", ({ type, value, data }) => {
    expect(hex(encode(parseSchema(type), value))).toBe(compact(data))
  })
})

describe("refuses a value that does not fit, and says what it is and where", () => {
  const deep = record(field("list", { type: "array", items: { type: "map", values: ["null", "int"] } }))
  test.for<{ type: unknown; value: unknown; message: string }>([
    { type: "null", value: undefined, message: "Cannot encode null: expected null, got undefined" },
    { type: "boolean", value: 1, message: "Cannot encode boolean: expected a boolean, got 1" },
    { type: "int", value: "1", message: 'Cannot encode int: expected an int, got "1"' },
    { type: "int", value: 1n, message: "Cannot encode int: expected an int, got 1n" },
    {
      type: "int",
      value: 1.5,
      message: "Cannot encode int: an int is an integer from -2147483648 to 2147483647, got 1.5",
    },
    { type: "long", value: null, message: "Cannot encode long: expected a long, got null" },
    { type: "float", value: 1n, message: "Cannot encode float: expected a number, got 1n" },
    { type: "double", value: {}, message: "Cannot encode double: expected a number, got an object" },
    { type: "bytes", value: [1], message: "Cannot encode bytes: expected a Uint8Array, got an array of 1" },
    { type: "string", value: Symbol("s"), message: "Cannot encode string: expected a string, got a symbol" },
    {
      type: "string",
      value: "\ud800",
      message: "Cannot encode string: a string must not contain half a surrogate pair",
    },
    {
      type: pair,
      value: bytes("ab"),
      message: "Cannot encode Pair: expected a Uint8Array of 2 bytes, got 1 bytes",
    },
    {
      type: suits,
      value: "CLUBS",
      message: 'Cannot encode Suit: expected one of SPADES, HEARTS, got "CLUBS"',
    },
    { type: suits, value: 0, message: "Cannot encode Suit: expected one of SPADES, HEARTS, got 0" },
    {
      type: { type: "array", items: "int" },
      value: new Set([1]),
      message: "Cannot encode array: expected an array, got a Set",
    },
    {
      type: { type: "array", items: "int" },
      value: [1, "a"],
      message: 'Cannot encode array[1]: expected an int, got "a"',
    },
    {
      type: { type: "array", items: "int" },
      value: Array.from({ length: 3, 0: 1 }),
      message: "Cannot encode array[1]: expected an int, got undefined",
    },
    {
      type: { type: "map", values: "int" },
      value: [],
      message: "Cannot encode map: expected an object, got an array of 0",
    },
    {
      type: { type: "map", values: "int" },
      value: { "a b": null },
      message: 'Cannot encode map["a b"]: expected an int, got null',
    },
    { type: { type: "map", values: "int" }, value: { "\ud800": 1 }, message: "half a surrogate pair" },
    {
      type: { type: "map", values: "int" },
      value: new Map([["a", 1]]),
      message: "Cannot encode map: expected a plain object, got a Map",
    },
    {
      type: { type: "map", values: "int" },
      value: Promise.resolve({ a: 1 }),
      message: "Cannot encode map: expected a plain object, got a Promise",
    },
    {
      type: record(field("a", "int")),
      value: null,
      message: "Cannot encode R: expected an object, got null",
    },
    {
      type: record(field("a", "int")),
      value: {},
      message: "Cannot encode R.a: expected an int, got undefined",
    },
    {
      type: deep,
      value: { list: [{}, { x: "1" }] },
      message: 'Cannot encode R.list[1].x: expected null or int, got "1"',
    },
    {
      type: ["null", "int"],
      value: undefined,
      message: "Cannot encode union: expected null or int, got undefined",
    },
    { type: ["null", "int"], value: 1.5, message: "Cannot encode union: an int is an integer" },
    {
      type: ["int", "long"],
      value: 1,
      message: 'Cannot encode union: expected { "int": … } or { "long": … }, got 1',
    },
    {
      type: ["null", "int", "long"],
      value: { int: 1, long: 1 },
      message: 'expected null or { "int": … } or { "long": … }, got an object',
    },
    { type: ["null", "int", "long"], value: {}, message: "got an object" },
    { type: ["null", "int", "long"], value: { constructor: 1 }, message: "got an object" },
    { type: ["null", "int", "long"], value: { null: null }, message: "got an object" },
    {
      type: ["int", "long"],
      value: { int: "1" },
      message: 'Cannot encode union.int: expected an int, got "1"',
    },
  ])("$message", ({ type, value, message }) => {
    const error = caught(() => encode(parseSchema(type), value))
    expect(error.code).toBe("ERR_AVRO_VALUE")
    expect(error.message).toContain(message)
  })

  test("the path alone is in the error too", () => {
    expect(caught(() => encode(parseSchema(deep), { list: [{}, { x: "1" }] })).path).toBe(".list[1].x")
    expect(caught(() => encode(parseSchema("int"), "1")).path).toBe("")
  })

  test("a number too large to be exact has a code of its own", () => {
    const error = caught(() => encode(parseSchema(record(field("a", "long"))), { a: 2 ** 53 }))
    expect(error.code).toBe("ERR_AVRO_LONG_RANGE")
    expect(error.message).toBe(
      "Cannot encode R.a: the number 9007199254740992 is outside ±(2^53 - 1) and may have lost digits; pass a bigint",
    )
  })

  test("very many symbols or branches are not all listed", () => {
    const names = Array.from({ length: 1000 }, (_, index) => `N${index}`)
    const many = parseSchema({ type: "enum", name: "E", symbols: names })
    expect(caught(() => encode(many, "x")).message).toContain("N8, N9, …, got")
    const branches = parseSchema(names.map((name) => ({ type: "record", name, fields: [] })))
    expect(caught(() => encode(branches, "x")).message).toContain('{ "N9": … } or …, got "x"')
  })

  test("what a getter throws is not touched", () => {
    const thrown = new TypeError("mine")
    const value = {
      get a(): never {
        throw thrown
      },
    }
    expect(() => encode(parseSchema(record(field("a", "int"))), value)).toThrow(thrown)
  })
})

describe("a union", () => {
  const inner = { type: "record", name: "a.Inner", fields: [] }
  test.for([
    {
      type: ["null", "boolean", "int", "string", "bytes", { type: "array", items: "int" }, inner],
      value: {},
      data: "0c",
    },
    { type: ["string", inner], value: {}, data: "02" },
    { type: ["null", "boolean"], value: true, data: "02 01" },
    { type: ["long", "string"], value: 5n, data: "00 0a" },
    { type: [{ type: "int", logicalType: "date" }, "long"], value: new Date(0), data: "00 00" },
    { type: [{ type: "int", logicalType: "date" }, "long"], value: 1, data: "02 02" },
    { type: ["bytes", { type: "array", items: "int" }], value: bytes("ab"), data: "00 02 ab" },
    { type: ["bytes", { type: "array", items: "int" }], value: [1], data: "02 02 02 00" },
    {
      type: ["null", "string", { type: "fixed", name: "U", size: 16, logicalType: "decimal", precision: 4 }],
      value: { string: "1" },
      data: "02 02 31",
    },
  ])("$type: $value takes its branch by its JavaScript kind, or by name", ({ type, value, data }) => {
    expect(hex(encode(parseSchema(type), value))).toBe(compact(data))
  })

  test.for([
    { type: ["int", "long"], value: { long: 1 }, data: "02 02" },
    { type: ["string", suits], value: { Suit: "HEARTS" }, data: "02 02" },
    { type: ["bytes", pair], value: { Pair: bytes("abcd") }, data: "02 ab cd" },
    { type: [inner, { type: "map", values: "int" }], value: { "a.Inner": {} }, data: "00" },
    { type: [inner, { type: "map", values: "int" }], value: { map: { a: 1 } }, data: "02 02 02 61 02 00" },
    { type: ["null", "float", "double"], value: null, data: "00" },
  ])("$type is wrapped, because two branches look alike: $value", ({ type, value, data }) => {
    const parsed = parseSchema(type)
    expect(hex(encode(parsed, value))).toBe(compact(data))
    expect(decode(parsed, bytes(data))).toEqual(value)
  })

  test("is wrapped by its schema alone, whatever its options", () => {
    const mixed = ["long", "double"]
    expect(decode(parseSchema(mixed, { long: "bigint" }), bytes("00 02"))).toEqual({ long: 1n })
    expect(decode(parseSchema(mixed), bytes("00 02"))).toEqual({ long: 1 })
  })
})

describe("a record", () => {
  const User = schema({
    type: "record",
    name: "User",
    fields: [
      { name: "name", type: "string" },
      { name: "email", type: ["null", "string"], default: null },
      { name: "tags", type: { type: "array", items: "string" }, default: ["new"] },
    ],
  })

  test("takes the default of a field left out, and writes it like any value (B6, B7)", () => {
    const full = encode(User, { name: "Ada", email: null, tags: ["new"] })
    expect(encode(User, { name: "Ada" })).toEqual(full)
    expect(encode(User, { name: "Ada", email: undefined })).toEqual(full)
  })

  test("reads a class instance through its getters and its inheritance", () => {
    class Person {
      readonly #first = "Ada"
      get name(): string {
        return this.#first
      }
    }
    class Admin extends Person {
      readonly email = "ada@example.com"
    }
    expect(decode(User, encode(User, new Admin()))).toEqual({
      name: "Ada",
      email: "ada@example.com",
      tags: ["new"],
    })
  })

  test("does not take for a field what every object inherits", () => {
    for (const name of hostileNames.filter((inherited) => inherited in Object.prototype)) {
      expect(caught(() => encode(parseSchema(record(field(name, "string"))), {})).message).toContain(
        "got undefined",
      )
      const optional = parseSchema(record(field(name, ["null", "int"], { default: 5 })))
      expect(decode(optional, encode(optional, {}))).toStrictEqual(JSON.parse(`{"${name}": 5}`))
    }
  })
})

describe("encodeInto", () => {
  const nested = parseSchema(record(field("list", { type: "array", items: { type: "map", values: "int" } })))

  test("writes after what the writer holds", () => {
    const writer = createWriter()
    writer.writeInt(1)
    encodeInto(parseSchema("string"), "a", writer)
    expect(hex(writer.finish())).toBe("020261")
  })

  test("leaves the writer as it was when a value does not fit, its depth included", () => {
    const writer = createWriter({ maxDepth: 4 })
    writer.enter()
    writer.writeInt(1)
    for (let attempt = 0; attempt < 10; attempt++) {
      expect(() => encodeInto(nested, { list: [{ a: 1 }, { a: "wrong" }] }, writer)).toThrow(
        "Cannot encode R.list[1].a",
      )
      expect([hex(writer.finish()), writer.depth]).toEqual(["02", 1])
    }
    encodeInto(nested, { list: [{ a: 1 }] }, writer)
    expect(writer.depth).toBe(1)
  })
})
