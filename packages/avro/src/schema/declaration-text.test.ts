import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { formatIdl } from "../idl/format-idl.ts"
import { parseProtocol } from "../protocol/protocol.ts"
import { caught } from "../testing/caught.ts"
import { fileOf, readAll } from "../testing/container.ts"
import { hex } from "../testing/hex.ts"
import { decode } from "../value/decode.ts"
import { encode } from "../value/encode.ts"
import { declarationText, readDeclaration, readExactly } from "./declaration-text.ts"
import { fingerprint } from "./fingerprint.ts"
import { parseSchema } from "./schema.ts"

const MIN = -(2n ** 63n)
const MAX = 2n ** 63n - 1n

/** A record with one field, whose default is text. */
const holder = (type: unknown, text: string): string =>
  `{"type":"record","name":"R","fields":[{"name":"f","type":${JSON.stringify(type)},"default":${text}}]}`
const empty = parseSchema('{"type":"record","name":"R","fields":[]}')
const noBytes = new Uint8Array(0)

describe("a long's default of 64 bits", () => {
  test.for([
    { text: String(MIN), data: "ffffffffffffffffff01" },
    { text: String(MAX), data: "feffffffffffffffff01" },
    { text: "9007199254740993", data: "8280808080808020" },
    { text: "-9007199254740992", data: "ffffffffffffff1f" },
  ])("$text is read exactly, and keeps its digits", ({ text, data }) => {
    const R = parseSchema(holder("long", text), { long: "bigint" })
    expect(hex(encode(R, {}))).toBe(data)
    expect(decode(R, noBytes, { writer: empty })).toEqual({ f: BigInt(text) })
    expect(declarationText(R.definition)).toBe(holder("long", text))
    expect(parseSchema(R.definition)["~node"]).toEqual(parseSchema(holder("long", text))["~node"])
    expect(fingerprint(R)).toEqual(fingerprint(parseSchema(holder("long", "0"))))
    expect(formatIdl(R)).toContain(`long f = ${text};`)
  })

  test("is refused as a number only where it is read", () => {
    const R = parseSchema(holder("long", String(MIN)))
    expect(decode(R, encode(R, { f: 5 }))).toEqual({ f: 5 })
    expect(decode(empty, encode(R, {}), { writer: R })).toEqual({})
    expect(caught(() => decode(R, noBytes, { writer: empty })).code).toBe("ERR_AVRO_LONG_RANGE")
  })

  test("may be one of a union, and of a parameter", () => {
    const R = parseSchema(holder(["null", "long"], String(MAX)), { long: "bigint" })
    expect(decode(R, encode(R, {}))).toEqual({ f: MAX })
    const request = `[{"name":"n","type":"long","default":${MIN}}]`
    const text = `{"protocol":"P","messages":{"m":{"request":${request},"response":"null"}}}`
    const P = parseProtocol(text, { long: "bigint" })
    expect(P.text).toBe(text)
    expect(hex(encode(P.messages["m"]?.request as never, {}))).toBe("ffffffffffffffffff01")
    expect(formatIdl(P)).toContain(`long n = ${MIN}`)
    expect(parseProtocol(readExactly(text)).text).toBe(text)
  })

  test("keeps its digits in a container file, which is read whether the reader wants the field or not", async () => {
    const R = parseSchema(holder("long", String(MIN)))
    const file = await fileOf(R, [{}, { f: 5 }])
    expect(Buffer.from(file).toString("latin1")).toContain(holder("long", String(MIN)))
    expect(await readAll([file], empty)).toEqual({ values: [{}, {}], error: undefined })
    const exact = parseSchema(holder("long", String(MIN)), { long: "bigint" })
    expect(await readAll([file], exact)).toEqual({ values: [{ f: MIN }, { f: 5n }], error: undefined })
  })

  test.for([String(MAX + 1n), String(MIN - 1n), "1e18", "9007199254740993.0", "99999999999999999999"])(
    "%s is none",
    (text) => {
      expect(caught(() => parseSchema(holder("long", text))).code).toBe("ERR_AVRO_SCHEMA")
    },
  )

  test.for(["int", "string", "boolean"])("is no %s", (type) => {
    expect(caught(() => parseSchema(holder(type, String(MAX)))).code).toBe("ERR_AVRO_SCHEMA")
  })

  test("is a number of JSON's where it is the default of a double", () => {
    const R = parseSchema(holder("double", String(MAX)))
    expect(decode(R, encode(R, {}))).toEqual({ f: 2 ** 63 })
    expect(JSON.parse(JSON.stringify(R.definition))).toEqual(R.definition)
    const union = parseSchema(holder(["double", "long"], String(MAX)))
    expect(decode(union, encode(union, {}))).toEqual({ f: { double: 2 ** 63 } })
  })
})

test("a text without such a default is what JSON.parse makes of it", () => {
  const json = fc.jsonValue({ maxDepth: 4 })
  fc.assert(
    fc.property(json, fc.string(), (value, text) => {
      const written = JSON.stringify({ value, text, default: 2 ** 53, doc: `"default": ${MIN}` })
      expect(readDeclaration(written).json).toEqual(JSON.parse(written))
      expect(declarationText(JSON.parse(written))).toBe(written)
    }),
  )
})
