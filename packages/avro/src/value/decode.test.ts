import { describe, expect, test } from "vitest"
import { createReader } from "../binary/reader.ts"
import { parseSchema, schema } from "../schema/schema.ts"
import { hostileNames } from "../testing/arbitrary.ts"
import { caught } from "../testing/caught.ts"
import { field, record } from "../testing/declare.ts"
import { bytes } from "../testing/hex.ts"
import { decode, decodeFrom } from "./decode.ts"
import { encode } from "./encode.ts"

const ints = { type: "array", items: "int" }
const intMap = { type: "map", values: "int" }

describe("blocks", () => {
  test.for([
    { name: "one block (C9)", data: "04 02 04 00" },
    { name: "a block with its size in bytes (C10)", data: "03 04 02 04 00" },
    { name: "many blocks (C11)", data: "02 02 02 04 00" },
    { name: "both forms together (C11)", data: "02 02 01 02 04 00" },
    { name: "longer numbers than needed (C15)", data: "84 00 82 80 00 04 80 00" },
  ])("an array may come as $name", ({ data }) => {
    expect(decode(parseSchema(ints), bytes(data))).toEqual([1, 2])
  })

  test.for([
    { name: "one block", data: "04 02 61 02 02 62 04 00" },
    { name: "blocks with their sizes", data: "01 06 02 61 02 01 06 02 62 04 00" },
    { name: "a key twice, and the last counts", data: "06 02 61 0a 02 61 02 02 62 04 00" },
  ])("a map may come as $name (C9-C11, C14)", ({ data }) => {
    expect(decode(parseSchema(intMap), bytes(data))).toEqual({ a: 1, b: 2 })
  })
})

describe("refuses bytes that are no value of the schema, and says where", () => {
  const list = record("R", field("list", { type: "array", items: record("S", field("ok", "boolean")) }))
  test.for([
    {
      type: "boolean",
      data: "02",
      code: "ERR_AVRO_DATA",
      message: "Cannot decode boolean: a boolean is byte 0 or 1, got 2",
    },
    {
      type: "int",
      data: "",
      code: "ERR_AVRO_TRUNCATED",
      message: "Cannot decode int: input ends inside a number",
    },
    {
      type: { type: "enum", name: "E", symbols: ["A"] },
      data: "02",
      code: "ERR_AVRO_DATA",
      message: "Cannot decode E: index 1 of 1 symbols",
    },
    {
      type: { type: "enum", name: "E", symbols: ["A"] },
      data: "01",
      code: "ERR_AVRO_DATA",
      message: "Cannot decode E: index -1 of 1 symbols",
    },
    {
      type: { type: "enum", name: "E", symbols: ["A"] },
      data: "80 80 80 80 20",
      code: "ERR_AVRO_DATA",
      message: "an int has at most 32 bits",
    },
    {
      type: ["null", "int"],
      data: "04",
      code: "ERR_AVRO_DATA",
      message: "Cannot decode union: index 2 of 2 branches",
    },
    {
      type: ["null", "int"],
      data: "01",
      code: "ERR_AVRO_DATA",
      message: "Cannot decode union: index -1 of 2 branches",
    },
    {
      type: ["int", "long"],
      data: "00",
      code: "ERR_AVRO_TRUNCATED",
      message: "Cannot decode union.int: input ends inside a number",
    },
    { type: [], data: "00", code: "ERR_AVRO_DATA", message: "Cannot decode union: index 0 of 0 branches" },
    {
      type: { type: "fixed", name: "a.F", size: 2 },
      data: "ab",
      code: "ERR_AVRO_TRUNCATED",
      message: "Cannot decode F: input ends inside a fixed: 2 bytes needed, 1 left",
    },
    {
      type: list,
      data: "04 01 03 00",
      code: "ERR_AVRO_DATA",
      message: "Cannot decode R.list[1].ok: a boolean is byte 0 or 1, got 3",
    },
    {
      type: list,
      data: "02 01",
      code: "ERR_AVRO_TRUNCATED",
      message: "Cannot decode R.list: input ends inside a number",
    },
    {
      type: list,
      data: "04 01",
      code: "ERR_AVRO_TRUNCATED",
      message: "Cannot decode R.list: input ends inside a block: 2 items announced, 1 bytes left",
    },
    {
      type: list,
      data: "fe ff ff ff ff ff ff ff ff 01",
      code: "ERR_AVRO_TRUNCATED",
      message: "Cannot decode R.list: input ends inside a block",
    },
    {
      type: intMap,
      data: "02 02 61",
      code: "ERR_AVRO_TRUNCATED",
      message: "Cannot decode map.a: input ends inside a number",
    },
    {
      type: intMap,
      data: "04 02 61 02 04 62",
      code: "ERR_AVRO_TRUNCATED",
      message: "Cannot decode map: input ends inside a string: 2 bytes announced, 1 left",
    },
    {
      type: intMap,
      data: "02 02 61 02",
      code: "ERR_AVRO_TRUNCATED",
      message: "Cannot decode map: input ends inside a number",
    },
    {
      type: "int",
      data: "02 00",
      code: "ERR_AVRO_DATA",
      message: "Cannot decode int: it ends at byte 1 of 2; is this its schema?",
    },
    {
      type: "null",
      data: "00",
      code: "ERR_AVRO_DATA",
      message: "Cannot decode null: it ends at byte 0 of 1; is this its schema?",
    },
  ])("$message", ({ type, data, code, message }) => {
    const error = caught(() => decode(parseSchema(type), bytes(data)))
    expect(error.message).toContain(message)
    expect(error.code).toBe(code)
  })

  test("a long that a number cannot hold, with the remedy (C16)", () => {
    const declared = record("R", field("a", "long"))
    const data = bytes("82 80 80 80 80 80 80 20")
    expect(caught(() => decode(parseSchema(declared), data))).toMatchObject({
      code: "ERR_AVRO_LONG_RANGE",
      path: ".a",
      message: expect.stringContaining(
        "Cannot decode R.a: the long 9007199254740993 is outside ±(2^53 - 1)",
      ) as string,
    })
    expect(decode(parseSchema(declared, { long: "bigint" }), data)).toEqual({ a: 2n ** 53n + 1n })
  })
})

describe("names that mean something elsewhere", () => {
  test.for(hostileNames)("%s is a key, a field, a symbol and a type like any other", (name) => {
    const type = parseSchema({
      ...record(
        name,
        field(name, {
          type: "map",
          values: ["int", "long", { type: "enum", name: `x.${name}`, symbols: [name] }],
        }),
      ),
    })
    const text = `{"${name}": {"${name}": {"x.${name}": "${name}"}, "other": {"int": 1}}}`
    const value: unknown = JSON.parse(text)
    const back = decode(type, encode(type, value))
    expect(JSON.stringify(back)).toBe(JSON.stringify(value))
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype)
    expect(Object.getPrototypeOf((back as Record<string, object>)[name])).toBe(Object.prototype)
    expect(({} as Record<string, unknown>)["other"]).toBeUndefined()
  })

  test("a writer's names do no harm either, known to the reader or not", () => {
    const names = hostileNames.map((name) => field(name, "int"))
    const writer = parseSchema(record("R", ...names))
    const data = encode(writer, Object.fromEntries(hostileNames.map((name, index) => [name, index])))
    expect(decode(parseSchema(record("R")), data, { writer })).toEqual({})
    const all = decode(parseSchema(record("R", ...names.toReversed())), data, { writer })
    expect(Object.entries(all as object)).toEqual(
      hostileNames.map((name, index) => [name, index]).toReversed(),
    )
  })
})

describe("decodeFrom", () => {
  const list = schema({ type: "array", items: ["null", "int"] })

  test("leaves the reader after the value", () => {
    const reader = createReader(bytes("02 02 02 00 04"))
    expect(decodeFrom(list, reader)).toEqual([1])
    expect(reader.readInt()).toBe(2)
  })

  test("leaves the depth as it was when the bytes are no value", () => {
    const reader = createReader(bytes("02 05"))
    expect(() => decodeFrom(list, reader)).toThrow("Cannot decode array[0]: index -3 of 2 branches")
    expect(reader.depth).toBe(0)
  })
})

test("what is decoded does not hold on to the bytes it came from", () => {
  const data = bytes("02 ff 02 ff")
  const value = decode(parseSchema(record("R", field("a", "bytes"), field("b", "bytes"))), data)
  data.fill(0)
  expect(value).toEqual({ a: bytes("ff"), b: bytes("ff") })
})

describe("strings that are not UTF-8", () => {
  const texts = schema({ type: "map", values: { type: "array", items: "string" } })
  const data = bytes("02 04 6b ff  04 04 c3 a9 06 61 80 62 00 00")

  test("are refused, keys and values", () => {
    expect(caught(() => decode(texts, data)).code).toBe("ERR_AVRO_DATA")
  })

  test("are read with U+FFFD for what is wrong where that is asked for, with another writer's schema too", () => {
    const expected = { "k\ufffd": ["é", "a\ufffdb"] }
    expect(decode(texts, data, { invalidUtf8: "replace" })).toEqual(expected)
    const writer = parseSchema({ type: "map", values: { type: "array", items: "bytes" } })
    expect(decode(texts, data, { invalidUtf8: "replace", writer })).toEqual(expected)
    expect(decodeFrom(texts, createReader(data, {}, "replace"))).toEqual(expected)
  })
})
