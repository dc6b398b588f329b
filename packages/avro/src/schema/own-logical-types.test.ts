import { describe, expect, test } from "vitest"
import { AvroError } from "../errors.ts"
import { parseProtocol, protocol } from "../protocol/protocol.ts"
import { hostileNames } from "../testing/arbitrary.ts"
import { caught } from "../testing/caught.ts"
import { bytes, hex } from "../testing/hex.ts"
import { decode } from "../value/decode.ts"
import { encode } from "../value/encode.ts"
import { logicalType } from "./own-logical-types.ts"
import { parseSchema, schema } from "./schema.ts"

class Money {
  readonly cents: number
  constructor(cents: number) {
    this.cents = cents
  }
}
const money = logicalType({
  type: "int",
  kind: "object",
  toValue: (cents) => new Money(cents),
  toUnderlying: ({ cents }) => cents,
})
const ticks = logicalType({
  type: "long",
  long: "bigint",
  kind: "number",
  toValue: (value) => value + 1n,
  toUnderlying: (value) => value - 1n,
})

describe("a logical type of one's own", () => {
  const Price = schema(
    {
      type: "record",
      name: "Price",
      fields: [
        { name: "amount", type: { type: "int", logicalType: "money" } },
        { name: "list", type: { type: "array", items: ["null", { type: "int", logicalType: "money" }] } },
        { name: "fallback", type: { type: "int", logicalType: "money" }, default: 7 },
      ],
    },
    { logicalTypes: { money } },
  )

  test("is encoded as what it annotates (L1)", () => {
    const data = encode(Price, { amount: new Money(1), list: [null, new Money(2)] })
    expect(hex(data)).toBe("02 04 00 02 04 00 0e".replaceAll(" ", ""))
    expect(decode(Price, data)).toEqual({
      amount: new Money(1),
      list: [null, new Money(2)],
      fallback: new Money(7),
    })
    expect(decode(Price, data).amount).toBeInstanceOf(Money)
  })

  test("is the same for JSON known only at run time", () => {
    const json = '{"type": "int", "logicalType": "money"}'
    expect(decode(parseSchema(json, { logicalTypes: { money } }), bytes("06"))).toEqual(new Money(3))
    expect(decode(parseSchema(json), bytes("06"))).toBe(3)
  })

  test("is what resolution makes of another writer's data", () => {
    const written = encode(schema("int"), 5)
    const reader = schema({ type: "long", logicalType: "ticks" }, { logicalTypes: { ticks } })
    expect(decode(reader, written, { writer: schema("int") })).toBe(6n)
  })

  test.for([
    { writer: "int", reader: "float", value: 2 ** 24 + 1, underlying: 2 ** 24 },
    { writer: "int", reader: "double", value: 5, underlying: 5 },
    { writer: "long", reader: "float", value: 2n ** 60n, underlying: 2 ** 60 },
    { writer: "long", reader: "double", value: 2n ** 60n, underlying: 2 ** 60 },
    { writer: "float", reader: "double", value: 0.5, underlying: 0.5 },
  ] as const)(
    "is what a $writer becomes that is promoted to a $reader",
    ({ reader, underlying, ...written }) => {
      const boxed = logicalType({
        type: ["float", "double"],
        kind: "object",
        toValue: (number) => ({ number }),
        toUnderlying: ({ number }) => number,
      })
      const wanted = schema({ type: reader, logicalType: "boxed" }, { logicalTypes: { boxed } })
      const writer = schema(written.writer, { long: "bigint" })
      const data = encode(writer, written.value as never)
      expect(decode(wanted, data, { writer })).toEqual({ number: underlying })
    },
  )

  test("gets the declaration, with every attribute it came with", () => {
    const scaled = logicalType({
      type: ["bytes", "fixed"],
      kind: "string",
      toValue: (data, { type, unit, size }) => `${data.length} ${String(unit)} of ${type} ${String(size)}`,
      toUnderlying: (text) => new Uint8Array(text.length),
    })
    const options = { logicalTypes: { scaled } }
    const inBytes = schema({ type: "bytes", logicalType: "scaled", unit: "km" }, options)
    const inFixed = schema({ type: "fixed", name: "F", size: 2, logicalType: "scaled", unit: "m" }, options)
    expect(decode(inBytes, bytes("02 ff"))).toBe("1 km of bytes undefined")
    expect(decode(inFixed, bytes("ff ff"))).toBe("2 m of fixed 2")
  })

  test("says itself what a long is, whatever the schema reads its other longs as", () => {
    const plain = logicalType({
      type: "long",
      kind: "string",
      toValue: (value) => typeof value,
      toUnderlying: Number,
    })
    for (const long of ["number", "bigint"] as const) {
      const options = { long, logicalTypes: { plain, ticks } }
      expect(decode(schema({ type: "long", logicalType: "plain" }, options), bytes("02"))).toBe("number")
      expect(decode(schema({ type: "long", logicalType: "ticks" }, options), bytes("02"))).toBe(2n)
    }
  })

  test("is ignored on a type that it does not annotate (L3)", () => {
    const options = { logicalTypes: { money, date: money } }
    for (const type of ["long", "string", "bytes"]) {
      expect(parseSchema({ type, logicalType: "money" }, options)["~node"].logicalType).toBeUndefined()
    }
  })

  test("reaches the messages, the errors and the types of a protocol", () => {
    const definition = {
      protocol: "Shop",
      types: [
        {
          type: "error",
          name: "Short",
          fields: [{ name: "by", type: { type: "int", logicalType: "money" } }],
        },
      ],
      messages: {
        pay: {
          request: [{ name: "sum", type: { type: "int", logicalType: "money" } }],
          response: { type: "int", logicalType: "money" },
          errors: ["Short"],
        },
      },
    } as const
    for (const shop of [
      protocol(definition, { logicalTypes: { money } }),
      parseProtocol(JSON.stringify(definition), { logicalTypes: { money } }),
    ]) {
      expect(decode(shop.messages["pay"]?.response as never, bytes("02"))).toEqual(new Money(1))
      expect(decode(shop.messages["pay"]?.request as never, bytes("02"))).toEqual({ sum: new Money(1) })
      expect(decode(shop.types.get("Short") as never, bytes("02"))).toEqual({ by: new Money(1) })
    }
  })
})

test.for([
  true,
  null,
  undefined,
  "date",
  {},
  { ...money, type: "record" },
  { ...money, type: ["int", "null"] },
  { ...money, kind: "null" },
  { ...money, kind: "toString" },
  { ...money, toValue: 5 },
])("%j is no logical type", (given) => {
  expect(() => parseSchema("int", { logicalTypes: { money: given as never } })).toThrow(
    new TypeError('logicalTypes: "money" is neither what logicalType() returns nor false'),
  )
})

describe("in place of one of the specification", () => {
  test("it has the name to itself: other types so annotated are what is underneath", () => {
    const big = logicalType({
      type: "bytes",
      kind: "number",
      toValue: (data) => data.length,
      toUnderlying: (size) => new Uint8Array(size),
    })
    const decimals = (type: object) =>
      parseSchema({ ...type, logicalType: "decimal", precision: 4 }, { logicalTypes: { decimal: big } })
    expect(decode(decimals({ type: "bytes" }), bytes("04 04e2"))).toBe(2)
    expect(decode(decimals({ type: "fixed", name: "F", size: 2 }), bytes("04e2"))).toEqual(bytes("04e2"))
  })

  test("it takes annotations that the specification would have ignored", () => {
    const size = logicalType({
      type: "bytes",
      kind: "number",
      toValue: (data) => data.length,
      toUnderlying: (length) => new Uint8Array(length),
    })
    const loose = schema({ type: "bytes", logicalType: "decimal" }, { logicalTypes: { decimal: size } })
    expect(decode(loose, bytes("02 ff"))).toBe(1)
  })

  test("a decimal keeps its precision and scale, on which writer and reader have to agree (J11)", () => {
    const text = logicalType({
      type: "bytes",
      kind: "string",
      toValue: String,
      toUnderlying: () => bytes(""),
    })
    const own = schema(
      { type: "bytes", logicalType: "decimal", precision: 4, scale: 2 },
      { logicalTypes: { decimal: text } },
    )
    expect(own["~node"].logicalType?.decimal).toEqual({ precision: 4, scale: 2 })
    const writer = schema({ type: "bytes", logicalType: "decimal", precision: 4, scale: 3 })
    expect(caught(() => decode(own, bytes("00"), { writer })).code).toBe("ERR_AVRO_RESOLUTION")
  })

  test.for([
    { type: "int", logicalType: "date", data: "04", value: 2 },
    { type: "long", logicalType: "timestamp-millis", data: "04", value: 2 },
    { type: "long", logicalType: "timestamp-nanos", data: "04", value: 2 },
    { type: "string", logicalType: "uuid", data: "02 61", value: "a" },
    { type: "bytes", logicalType: "decimal", precision: 4, data: "02 ff", value: bytes("ff") },
    { type: "bytes", logicalType: "decimal", data: "02 ff", value: bytes("ff") },
  ])("false switches $logicalType off, and its values are what is underneath", ({ data, value, ...json }) => {
    const off = schema(json as never, { logicalTypes: { [json.logicalType]: false } })
    expect(decode(off, bytes(data))).toEqual(value)
    expect(hex(encode(off, value as never))).toBe(data.replaceAll(" ", ""))
  })

  test("a timestamp past the last Date is read as a bigint by switching it off", () => {
    const off = schema(
      { type: "long", logicalType: "timestamp-millis" },
      { long: "bigint", logicalTypes: { "timestamp-millis": false } },
    )
    expect(decode(off, encode(off, 2n ** 62n))).toBe(2n ** 62n)
  })
})

describe("a union is bare or wrapped by the kinds of the values that its schema makes", () => {
  const dated = ["int", { type: "long", logicalType: "timestamp-millis" }] as const

  test("the specification's Date stands beside a number", () => {
    const union = schema(dated)
    expect(decode(union, encode(union, new Date(5)))).toEqual(new Date(5))
  })

  test("what is underneath does not", () => {
    const union = schema(dated, { logicalTypes: { "timestamp-millis": false } })
    expect(decode(union, encode(union, { long: 5 }))).toEqual({ long: 5 })
    expect(caught(() => encode(union, 5 as never)).code).toBe("ERR_AVRO_VALUE")
  })

  test("an object does, but not beside a map", () => {
    const priced = ["null", "long", { type: "int", logicalType: "money" }] as const
    const bare = schema(priced, { logicalTypes: { money } })
    expect(decode(bare, encode(bare, new Money(5)))).toEqual(new Money(5))
    expect(decode(bare, encode(bare, 5))).toBe(5)
    const wrapped = schema([...priced, { type: "map", values: "int" }], { logicalTypes: { money } })
    expect(decode(wrapped, encode(wrapped, { int: new Money(5) }))).toEqual({ int: new Money(5) })
  })
})

describe("what a conversion throws", () => {
  const thrown = new RangeError("no such thing")
  const failing = logicalType({
    type: "int",
    kind: "string",
    toValue: (): string => {
      throw thrown
    },
    toUnderlying: () => {
      throw thrown
    },
  })
  const Deep = schema(
    {
      type: "record",
      name: "Deep",
      fields: [{ name: "items", type: { type: "array", items: { type: "int", logicalType: "failing" } } }],
    },
    { logicalTypes: { failing } },
  )
  const causes = (error: unknown): unknown[] =>
    error instanceof Error ? [error, ...causes(error.cause)] : []

  test("is thrown on with the path when encoding", () => {
    const error = caught(() => encode(Deep, { items: ["a"] }))
    expect(error).toMatchObject({ code: "ERR_AVRO_VALUE", path: ".items[0]" })
    expect(error.message).toBe(
      'Cannot encode Deep.items[0]: the logical type "failing" cannot write "a": no such thing',
    )
    expect(causes(error)).toContain(thrown)
  })

  test("is thrown on with the path when decoding", () => {
    const error = caught(() => decode(Deep, bytes("02 02 00")))
    expect(error).toMatchObject({ code: "ERR_AVRO_DATA", path: ".items[0]" })
    expect(error.message).toBe(
      'Cannot decode Deep.items[0]: the logical type "failing" cannot read 1: no such thing',
    )
    expect(causes(error)).toContain(thrown)
  })

  test.for([undefined, null, "text", 7, { toString: null }, new AvroError("ERR_AVRO_LIMIT", "inner")])(
    "may be anything: %j",
    (cause) => {
      const odd = logicalType({
        type: "int",
        kind: "number",
        toValue: (): number => {
          throw cause
        },
        toUnderlying: (value) => value,
      })
      const error = caught(() =>
        decode(schema({ type: "int", logicalType: "odd" }, { logicalTypes: { odd } }), bytes("02")),
      )
      expect(error.code).toBe("ERR_AVRO_DATA")
      expect((error.cause as AvroError).cause).toBe(cause)
    },
  )

  test("what it returns has to fit the annotated type", () => {
    const liar = logicalType({
      type: "int",
      kind: "string",
      toValue: String,
      toUnderlying: (): number => "5" as never,
    })
    const lying = schema({ type: "int", logicalType: "liar" }, { logicalTypes: { liar } })
    expect(caught(() => encode(lying, "5")).code).toBe("ERR_AVRO_VALUE")
  })
})

describe("names that an object inherits are names like others", () => {
  test.for(hostileNames)("%s is there only if it was given", (name) => {
    const json = { type: "int", logicalType: name }
    expect(decode(parseSchema(json), bytes("02"))).toBe(1)
    expect(decode(parseSchema(json, { logicalTypes: { money } }), bytes("02"))).toBe(1)
    const given = { logicalTypes: { [name]: money } }
    expect(decode(parseSchema(json, given), bytes("02"))).toEqual(new Money(1))
    expect(decode(parseSchema({ type: "int", logicalType: "money" }, given), bytes("02"))).toBe(1)
  })

  test("an annotation that is no text is none", () => {
    for (const logicalTypeName of [null, 5, ["money"], { toString: () => "money" }]) {
      const json = { type: "int", logicalType: logicalTypeName }
      expect(decode(parseSchema(json, { logicalTypes: { money } }), bytes("02"))).toBe(1)
    }
  })
})
