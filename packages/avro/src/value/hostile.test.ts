// What bytes and schemas can make the decoder spend: every limit at its edge, and the attacks on other
// implementations that their security fixes describe.

import { describe, expect, test } from "vitest"
import { createReader } from "../binary/reader.ts"
import { createWriter } from "../binary/writer.ts"
import { decoderOf } from "../compile/closures/decoder.ts"
import { skipperOf } from "../compile/skipper.ts"
import { AvroError } from "../errors.ts"
import { stopwatch } from "../fixtures/stopwatch.ts"
import type { Limits } from "../limits.ts"
import { parseProtocol } from "../protocol/protocol.ts"
import { parseSchema, type Schema } from "../schema/schema.ts"
import { caught } from "../testing/caught.ts"
import { bytes } from "../testing/hex.ts"
import { decode } from "./decode.ts"
import { decodeJson } from "./decode-json.ts"
import { encode } from "./encode.ts"

const list = { type: "record", name: "List", fields: [{ name: "next", type: ["null", "List"] }] }
const tree = {
  type: "record",
  name: "Tree",
  fields: [{ name: "children", type: { type: "array", items: "Tree" } }],
}
const bush = {
  type: "record",
  name: "Bush",
  fields: [{ name: "branches", type: { type: "map", values: "Bush" } }],
}
const endless = { type: "record", name: "Endless", fields: [{ name: "self", type: "Endless" }] }
const nulls = { type: "array", items: "null" }

/** The three ways over the same bytes: with the schema, with an equal one of a reader, and skipped. */
function ways(definition: object, data: Uint8Array, limits?: Partial<Limits>): (() => unknown)[] {
  const type = parseSchema(definition)
  const options = limits === undefined ? {} : { limits }
  return [
    () => decode(type, data, options),
    () => decode(parseSchema(definition), data, { writer: type, ...options }),
    () => skipperOf(type["~node"])(createReader(data, limits)),
  ]
}

describe("maxDepth", () => {
  const deepList = (depth: number): Uint8Array => bytes(`${"02".repeat(depth - 1)} 00`)

  test("lists of the limit's depth are read, skipped and written, and one more is refused", () => {
    for (const read of ways(list, deepList(256))) read()
    for (const read of ways(list, deepList(257))) {
      expect(caught(read)).toMatchObject({
        code: "ERR_AVRO_LIMIT",
        message: expect.stringContaining(
          "values nest 257 deep; raise limits.maxDepth (256) to accept it",
        ) as string,
      })
    }
    const value = (depth: number): unknown => (depth === 0 ? null : { next: value(depth - 1) })
    encode(parseSchema(list), value(256))
    expect(caught(() => encode(parseSchema(list), value(257))).code).toBe("ERR_AVRO_LIMIT")
    encode(parseSchema(list), value(257), { limits: { maxDepth: 257 } })
  })

  test("arrays and maps count as well as records", () => {
    const twoTrees = bytes("02 00 00")
    for (const read of ways(tree, twoTrees, { maxDepth: 4 })) read()
    for (const read of ways(tree, twoTrees, { maxDepth: 3 })) expect(caught(read).code).toBe("ERR_AVRO_LIMIT")
    const twoBushes = bytes("02 02 61 00 00")
    for (const read of ways(bush, twoBushes, { maxDepth: 4 })) read()
    for (const read of ways(bush, twoBushes, { maxDepth: 3 }))
      expect(caught(read).code).toBe("ERR_AVRO_LIMIT")
  })

  test("a million nested values are refused", () => {
    for (const read of ways(list, deepList(1_000_000))) expect(caught(read).code).toBe("ERR_AVRO_LIMIT")
    for (const read of ways(tree, new Uint8Array(1_000_000).fill(2)))
      expect(caught(read).code).toBe("ERR_AVRO_LIMIT")
  })

  test("a record that contains itself has no value, and takes no more than the limit to refuse", () => {
    for (const read of ways(endless, bytes(""))) expect(caught(read).code).toBe("ERR_AVRO_LIMIT")
    const circle: Record<string, unknown> = {}
    circle["self"] = circle
    expect(caught(() => encode(parseSchema(endless), circle)).message).toContain(
      "values nest 257 deep, or in a circle",
    )
  })

  test("the default leaves room on the stack of a caller who is deep in it", () => {
    // Union, wrapped branch, array, map and record: the most frames that one level can take.
    const deep = {
      type: "record",
      name: "Deep",
      fields: [
        {
          name: "inner",
          type: [
            "null",
            {
              type: "array",
              items: ["null", { type: "map", values: ["null", "Deep", { type: "map", values: "int" }] }],
            },
          ],
        },
      ],
    }
    const levels = 85
    let value: unknown = { inner: null }
    for (let level = 1; level < levels; level++) value = { inner: [{ k: { Deep: value } }] }
    const [writer, reader] = [parseSchema(deep), parseSchema(deep)]
    const cold = (): unknown => {
      const data = encode(writer, value)
      expect(caught(() => decode(parseSchema(tree), new Uint8Array(600).fill(2))).code).toBe("ERR_AVRO_LIMIT")
      skipperOf(writer["~node"])(createReader(data))
      decode(writer, data)
      return decode(reader, data, { writer })
    }
    expect(fromDepth(2000, cold)).toEqual(value)
  })

  test("declarations as deep as the limit leave room there too", () => {
    let json: unknown = "int"
    for (let level = 255; level > 0; level--)
      json = { type: "record", name: `R${level}`, fields: [{ name: "a", type: json }] }
    fromDepth(2000, () => parseSchema(json))
  })
})

describe("maxEmptyItems", () => {
  const limits = { maxEmptyItems: 5 }
  const empty = { type: "record", name: "Empty", fields: [] }
  test.for([
    { name: "nulls", items: "null" },
    { name: "nulls in blocks with a size", items: "null", within: "09 00 00", beyond: "0b 00 00" },
    { name: "nulls in many blocks", items: "null", within: "04 06 00", beyond: "06 06 00" },
    { name: "a fixed of no bytes", items: { type: "fixed", name: "F", size: 0 } },
  ])("counts $name", ({ items, within = "0a 00", beyond = "0c 00" }) => {
    for (const read of ways({ type: "array", items }, bytes(within), limits)) read()
    const [whole, resolved] = ways({ type: "array", items }, bytes(beyond), limits)
    expect(caught(() => whole?.())).toMatchObject({ code: "ERR_AVRO_LIMIT", path: "" })
    expect(caught(() => resolved?.()).message).toContain(
      "6 items that take no bytes; raise limits.maxEmptyItems (5) to accept it",
    )
  })

  test("counts empty records, by the block and one by one", () => {
    const array = { type: "array", items: empty }
    for (const read of ways(array, bytes("04 00"), limits)) read() // 2 announced, and 2 made
    for (const read of ways(array, bytes("06 00"), limits)) expect(caught(read).code).toBe("ERR_AVRO_LIMIT")
  })

  test("counts the fields that take no bytes", () => {
    const wide = {
      type: "array",
      items: {
        type: "record",
        name: "Wide",
        fields: [
          { name: "a", type: "int" },
          { name: "b", type: "null" },
          { name: "c", type: { type: "fixed", name: "F", size: 0 } },
        ],
      },
    }
    for (const read of ways(wide, bytes("04 02 02 00"), limits)) read()
    for (const read of ways(wide, bytes("06 02 02 02 00"), limits))
      expect(caught(read).code).toBe("ERR_AVRO_LIMIT")
  })

  test("maps have keys, which take bytes", () => {
    expect(
      decode(parseSchema({ type: "map", values: "null" }), bytes("02 02 61 00"), {
        limits: { maxEmptyItems: 0 },
      }),
    ).toEqual({ a: null })
  })

  test.for([
    { name: "50 million", data: "80 c2 d7 2f 00" },
    { name: "2^31", data: "80 80 80 80 10 00" },
    { name: "2^40", data: "80 80 80 80 80 40 00" },
    { name: "2^63 - 1", data: "fe ff ff ff ff ff ff ff ff 01 00" },
    { name: "-2^63", data: "ff ff ff ff ff ff ff ff ff 01 00 00" },
    { name: "a thousand in each of a thousand blocks", data: "d0 0f".repeat(1000) },
  ])("$name nulls in a few bytes are refused at once", ({ data }) => {
    const millis = stopwatch()
    const [whole, resolved] = ways(nulls, bytes(data))
    expect(caught(() => whole?.()).code).toBe("ERR_AVRO_LIMIT")
    expect(caught(() => resolved?.()).code).toBe("ERR_AVRO_LIMIT")
    expect(millis()).toBeLessThan(1000)
  })

  test("records of records of nothing are refused before they multiply", () => {
    const doubling = (depth: number): unknown =>
      Array.from({ length: depth }, (_, level) => ({
        type: "record",
        name: `R${level}`,
        fields: level === 0 ? [] : ["a", "b"].map((name) => ({ name, type: `R${level - 1}` })),
      }))
    const millis = stopwatch()
    for (const read of ways(doubling(40) as object, bytes("4e")))
      expect(caught(read).code).toBe("ERR_AVRO_LIMIT")
    const kept = parseSchema({ type: "record", name: "Holder", fields: [] })
    const writer = parseSchema({
      type: "record",
      name: "Holder",
      fields: [{ name: "all", type: doubling(40) }],
    })
    expect(caught(() => decode(kept, bytes("4e"), { writer })).code).toBe("ERR_AVRO_LIMIT")
    expect(millis()).toBeLessThan(2000)
  })
})

describe("lengths and counts that the bytes cannot hold", () => {
  const sizes = [
    "80 80 80 80 10",
    "80 80 80 80 20",
    "80 80 80 80 80 40",
    "82 80 80 80 80 80 80 20",
    "fe ff ff ff ff ff ff ff ff 01",
    "01",
    "ff ff ff ff ff ff ff ff ff 01",
  ]
  const types: (string | object)[] = [
    "string",
    "bytes",
    { type: "array", items: "int" },
    { type: "map", values: "null" },
    { type: "array", items: tree },
  ]

  test.for(sizes)("%s is refused without making room for it", (size) => {
    for (const type of types) {
      const before = process.memoryUsage().arrayBuffers
      for (const read of ways(["null", type] as never, bytes(`02 ${size} 61`)))
        expect(caught(read).code).toMatch(/^ERR_AVRO_(TRUNCATED|DATA)$/)
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000)
    }
  })

  test("a fixed of 2^53 - 1 bytes is only a number in its schema", () => {
    const vast = { type: "fixed", name: "Vast", size: Number.MAX_SAFE_INTEGER }
    for (const read of ways(vast, bytes("00"))) expect(caught(read).code).toBe("ERR_AVRO_TRUNCATED")
    for (const read of ways({ type: "array", items: vast }, bytes("02 00")))
      expect(caught(read).code).toBe("ERR_AVRO_TRUNCATED")
    expect(caught(() => encode(parseSchema(vast), bytes("00"))).code).toBe("ERR_AVRO_VALUE")
  })
})

describe("what a large declaration makes of each value", () => {
  const many = (count: number): object[] =>
    Array.from({ length: count }, (_, index) => ({ type: "enum", name: `E${index}`, symbols: ["A"] }))

  test("a default that fits none of a thousand branches is not listed for each of them", () => {
    const branches = Array.from({ length: 1000 }, (_, index) => ({
      type: "record",
      name: `R${index}`,
      fields: [{ name: "counts", type: { type: "map", values: "int" } }],
    }))
    const counts = Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`k${index}`, "none"]))
    const field = { name: "chosen", type: branches, default: { counts } }
    const millis = stopwatch()
    expect(caught(() => parseSchema({ type: "record", name: "R", fields: [field] })).code).toBe(
      "ERR_AVRO_SCHEMA",
    )
    expect(millis()).toBeLessThan(2000)
  })

  test("each branch of a large union finds the reader's without asking them all", () => {
    const count = 20_000
    const [writer, reader] = [many(count), many(count)].map((items) => parseSchema({ type: "array", items }))
    const data = createWriter()
    data.writeLong(count)
    for (let index = 0; index < count; index++) {
      data.writeInt(index)
      data.writeInt(0)
    }
    data.writeLong(0)
    const millis = stopwatch()
    expect(decode(reader as Schema, data.finish(), { writer })).toHaveLength(count)
    expect(millis()).toBeLessThan(2000)
  })

  test("JSON of a union does not spell out for each value what was expected", () => {
    const long = many(10).map((type, index) => ({ ...type, name: `E${index}${"x".repeat(100_000)}` }))
    const type = parseSchema({ type: "array", items: ["int", ...long] })
    const millis = stopwatch()
    expect(decodeJson(type, `[${Array(2000).fill('{"int":1}').join()}]`)).toHaveLength(2000)
    expect(millis()).toBeLessThan(2000)
  })

  test("JSON of a union finds null, or the branch, however many there are", () => {
    const type = parseSchema({ type: "array", items: [...many(20_000), "null"] })
    const millis = stopwatch()
    expect(decodeJson(type, `[${Array(200_000).fill("null").join()}]`)).toHaveLength(200_000)
    expect(millis()).toBeLessThan(2000)
  })

  test("a protocol that is written in a circle is refused as any other", () => {
    const circle: Record<string, unknown> = { protocol: "P" }
    circle["doc"] = circle
    expect(caught(() => parseProtocol(circle)).code).toBe("ERR_AVRO_PROTOCOL")
  })

  test("a protocol that nests too deep for a text is refused, where the engine makes none of it", () => {
    const deep = JSON.parse("[".repeat(50_000) + "]".repeat(50_000)) as unknown
    let isWritable = true
    try {
      JSON.stringify(deep)
    } catch {
      isWritable = false // V8 from Node 24 on has no such limit
    }
    const parsed = (): unknown => parseProtocol({ protocol: "P", doc: deep })
    if (isWritable) expect(parsed).not.toThrow()
    else expect(caught(parsed).code).toBe("ERR_AVRO_PROTOCOL")
  })
})

test("types chained by their names are read without exhausting the stack", () => {
  const chain = Array.from({ length: 20_000 }, (_, index) => ({
    type: "record",
    name: `n${index}.Chain`,
    fields: [{ name: "next", type: index === 0 ? "int" : ["null", `n${index - 1}.Chain`] }],
  }))
  const straight = Array.from({ length: 20_000 }, (_, index) => ({
    type: "record",
    name: `n${index}.Chain`,
    fields: [{ name: "next", type: index === 0 ? "int" : `n${index - 1}.Chain` }],
  }))
  const reader = parseSchema({
    type: "record",
    name: "Chain",
    fields: [{ name: "next", type: ["null", "Chain", "int"] }],
  })
  const writer = createWriter()
  writer.writeInt(19_999)
  const data = Uint8Array.of(...writer.finish(), ...new Uint8Array(600).fill(2))
  const attempts: [Schema, Schema | undefined][] = [
    [parseSchema(chain), undefined],
    [parseSchema(straight), undefined],
    [reader, parseSchema(chain)],
    [reader, parseSchema(straight)],
  ]
  for (const [type, wrote] of attempts) expect(() => decode(type, data, { writer: wrote })).toThrow(AvroError)
})

/** What `action` returns when `frames` calls of others are on the stack. */
function fromDepth<T>(frames: number, action: () => T): T {
  return frames === 0 ? action() : fromDepth(frames - 1, action)
}

test("a default larger than the usual limits is read with those that are given, and refused without", () => {
  const id = { name: "id", type: "int" }
  const all = { name: "all", type: nulls, default: Array.from({ length: 150_000 }, () => null) }
  const limits = { maxEmptyItems: 1_000_000 }
  const reader = parseSchema({ type: "record", name: "Row", fields: [id, all] }, { limits })
  const writer = parseSchema({ type: "record", name: "Row", fields: [id] })
  const refused = caught(() => decode(reader, bytes("02"), { writer }))
  expect(refused.code).toBe("ERR_AVRO_LIMIT")
  expect(decode(reader, bytes("02"), { writer, limits })).toEqual({ id: 1, all: all.default })
})

test("a branch named __proto__ is a key like any other, with each back end", () => {
  const hostile = { type: "record", name: "__proto__", fields: [] }
  const union = parseSchema(["null", hostile, { type: "map", values: "int" }])
  const value = JSON.parse('{"__proto__":{}}')
  for (const decoded of [
    decode(union, encode(union, value)),
    decoderOf(union["~node"])(createReader(encode(union, value))),
  ]) {
    expect(Object.entries(decoded as object)).toEqual([["__proto__", {}]])
    expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype)
  }
})
