import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { stopwatch } from "../fixtures/stopwatch.ts"
import { caught } from "../testing/caught.ts"
import { bytes, compact, hex } from "../testing/hex.ts"
import { decode } from "../value/decode.ts"
import { encode } from "../value/encode.ts"
import { parseSchema, schema } from "./schema.ts"

const decimal = (precision: number, scale?: number): object => ({
  type: "bytes",
  logicalType: "decimal",
  precision,
  scale,
})
const fixed = (size: number, precision: number, scale = 0): object => ({
  type: "fixed",
  name: "F",
  size,
  logicalType: "decimal",
  precision,
  scale,
})

describe("decimal (L4)", () => {
  test("is the shortest two's complement of any integer, and a fixed the same, padded with its sign", () => {
    const powers = fc.tuple(fc.nat({ max: 64 }), fc.integer({ min: -2, max: 2 }), fc.boolean())
    const edges = powers.map(([exponent, beside, negative]) => {
      const value = 2n ** BigInt(exponent) + BigInt(beside)
      return negative ? -value : value
    })
    const values = fc.oneof(edges, fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }))
    const free = parseSchema(decimal(20))
    const padded = parseSchema(fixed(9, 20))
    fc.assert(
      fc.property(values, (value) => {
        let size = 1
        while (BigInt.asIntN(8 * size, value) !== value) size++
        const digits = (length: number): string =>
          BigInt.asUintN(8 * length, value)
            .toString(16)
            .padStart(2 * length, "0")
        expect(hex(encode(free, String(value))).slice(2)).toBe(digits(size))
        expect(hex(encode(padded, String(value)))).toBe(digits(9))
        expect(decode(free, encode(free, String(value)))).toBe(String(value))
        expect(decode(padded, encode(padded, String(value)))).toBe(String(value))
      }),
      { numRuns: 2000 },
    )
  })

  test.for([
    { type: decimal(4, 2), text: "12.50", data: "04 04e2" },
    { type: decimal(4, 2), text: "0.00", data: "02 00" },
    { type: decimal(4, 2), text: "-0.01", data: "02 ff" },
    { type: decimal(4, 2), text: "1.27", data: "02 7f" },
    { type: decimal(4, 2), text: "1.28", data: "04 0080" },
    { type: decimal(4, 2), text: "-1.28", data: "02 80" },
    { type: decimal(4, 2), text: "-1.29", data: "04 ff7f" },
    { type: decimal(4), text: "-256", data: "04 ff00" },
    { type: decimal(3, 3), text: "0.001", data: "02 01" },
    { type: decimal(20), text: "12345678901234567890", data: "12 00ab54a98ceb1f0ad2" },
    { type: fixed(3, 4, 2), text: "-0.01", data: "ffffff" },
    { type: fixed(3, 4, 2), text: "99.99", data: "00270f" },
    { type: fixed(1, 2), text: "-99", data: "9d" },
  ])("$text of $type is $data", ({ type, text, data }) => {
    const parsed = parseSchema(type)
    expect(hex(encode(parsed, text))).toBe(compact(data))
    expect(decode(parsed, bytes(data))).toBe(text)
  })

  test.for([
    { name: "sign bytes that say nothing", data: "08 000000ff", text: "2.55" },
    { name: "negative sign bytes that say nothing", data: "08 ffffff01", text: "-2.55" },
    { name: "no bytes at all", data: "00", text: "0.00" },
    { name: "more digits than the precision, as Java and Python do", data: "06 0f423f", text: "9999.99" },
  ])("reads $name", ({ data, text }) => {
    expect(decode(parseSchema(decimal(4, 2)), bytes(data))).toBe(text)
  })

  test.for([
    { text: "1", data: "02 64" },
    { text: "1.5", data: "04 0096" },
    { text: "01.50", data: "04 0096" },
    { text: "1.5000", data: "04 0096" },
    { text: "-0", data: "02 00" },
  ])("$text is written at the scale of its schema", ({ text, data }) => {
    expect(hex(encode(parseSchema(decimal(4, 2)), text))).toBe(compact(data))
  })

  test.for([
    { value: "1.005", message: "expected a decimal of at most 2 digits after the point" },
    { value: "100.00", message: "expected a decimal of at most 4 digits" },
    { value: "-100", message: "expected a decimal of at most 4 digits" },
    { value: 12.5, message: 'expected a decimal as text, such as "12.50", got 12.5' },
    { value: 5n, message: "expected a decimal as text" },
    { value: "", message: "expected a decimal as text" },
    { value: "1e3", message: "expected a decimal as text" },
    { value: "+1", message: "expected a decimal as text" },
    { value: " 1", message: "expected a decimal as text" },
    { value: "1.", message: "expected a decimal as text" },
    { value: ".5", message: "expected a decimal as text" },
    { value: "NaN", message: "expected a decimal as text" },
  ])("$value is refused", ({ value, message }) => {
    const error = caught(() => encode(parseSchema(decimal(4, 2)), value))
    expect(error.code).toBe("ERR_AVRO_VALUE")
    expect(error.message).toContain(message)
  })

  test("every integer comes back, in bytes and in a fixed", () => {
    const [free, tight] = [parseSchema(decimal(40)), parseSchema(fixed(17, 40))]
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 40n) + 1n, max: 10n ** 40n - 1n }), (value) => {
        expect(decode(free, encode(free, String(value)))).toBe(String(value))
        expect(decode(tight, encode(tight, String(value)))).toBe(String(value))
      }),
    )
  })
})

describe("an annotation that does not fit is ignored, and refused in a literal (L3)", () => {
  test.for([
    { name: "no precision", json: { type: "bytes", logicalType: "decimal" } },
    { name: "a precision of 0", json: { type: "bytes", logicalType: "decimal", precision: 0 } },
    { name: "a precision of -1", json: { type: "bytes", logicalType: "decimal", precision: -1 } },
    { name: "a precision of 1.5", json: { type: "bytes", logicalType: "decimal", precision: 1.5 } },
    { name: "a precision in text", json: { type: "bytes", logicalType: "decimal", precision: "4" } },
    {
      name: "a scale above the precision",
      json: { type: "bytes", logicalType: "decimal", precision: 2, scale: 3 },
    },
    { name: "a scale of -1", json: { type: "bytes", logicalType: "decimal", precision: 2, scale: -1 } },
    {
      name: "a fixed of 1 byte for 3 digits",
      json: { type: "fixed", name: "F", size: 1, logicalType: "decimal", precision: 3 },
    },
    {
      name: "a fixed of 0 bytes",
      json: { type: "fixed", name: "F", size: 0, logicalType: "decimal", precision: 1 },
    },
  ])("$name", ({ json }) => {
    expect(parseSchema(json)["~node"].logicalType).toBeUndefined()
    expect(() => schema(json as never)).toThrow(
      "Invalid schema: a decimal needs a precision of 1 or more that its bytes can hold, and a scale no larger",
    )
  })

  test.for([
    [1, 2],
    [2, 4],
    [4, 9],
    [8, 18],
    [16, 38],
  ] as const)("a fixed of %d bytes holds %d digits and no more", ([size, digits]) => {
    expect(parseSchema(fixed(size, digits))["~node"].logicalType).toBeDefined()
    expect(parseSchema(fixed(size, digits + 1))["~node"].logicalType).toBeUndefined()
  })

  test("on another base type, it is ignored everywhere", () => {
    expect(
      schema({ type: "string", logicalType: "decimal", precision: 4 })["~node"].logicalType,
    ).toBeUndefined()
  })
})

describe("big-decimal (L5)", () => {
  const big = parseSchema({ type: "bytes", logicalType: "big-decimal" })

  test.for([
    { text: "0", data: "06 02 00 00" },
    { text: "-1.5", data: "06 02 f1 02" },
    { text: "12.50", data: "08 04 04e2 04" },
    { text: "0.001", data: "06 02 01 06" },
  ])("$text is $data", ({ text, data }) => {
    expect(hex(encode(big, text))).toBe(compact(data))
    expect(decode(big, bytes(data))).toBe(text)
  })

  test("a negative scale stands for zeros", () => {
    expect(decode(big, bytes("06 02 0f 03"))).toBe("1500")
  })

  test.for([
    { name: "no scale", data: "04 02 00", code: "ERR_AVRO_TRUNCATED" },
    { name: "a byte too many", data: "08 02 00 00 00", code: "ERR_AVRO_DATA" },
    { name: "nothing", data: "00", code: "ERR_AVRO_TRUNCATED" },
    { name: "a scale of 2^31 - 1", data: "0e 02 01 fe ff ff ff 0f", code: "ERR_AVRO_LIMIT" },
    { name: "a scale of -2^31", data: "0e 02 01 ff ff ff ff 0f", code: "ERR_AVRO_LIMIT" },
  ])("with $name it is refused", ({ data, code }) => {
    expect(caught(() => decode(big, bytes(data))).code).toBe(code)
  })
})

describe("maxDecimalDigits", () => {
  const wide = parseSchema(decimal(5000))
  const big = parseSchema({ type: "bytes", logicalType: "big-decimal" })

  test("bounds what is written, and one digit more is refused", () => {
    for (const type of [wide, big]) {
      encode(type, "9".repeat(1000))
      expect(caught(() => encode(type, "9".repeat(1001)))).toMatchObject({
        code: "ERR_AVRO_LIMIT",
        message: expect.stringContaining(
          "a decimal has too many digits; raise limits.maxDecimalDigits (1000) to accept it",
        ) as string,
      })
      encode(type, "9".repeat(1001), { limits: { maxDecimalDigits: 1001 } })
    }
  })

  test("bounds what is read, and one digit more is refused", () => {
    const limits = { maxDecimalDigits: 3 }
    for (const type of [wide, big]) {
      expect(decode(type, encode(type, "-999"), { limits })).toBe("-999")
      expect(caught(() => decode(type, encode(type, "-1000"), { limits })).code).toBe("ERR_AVRO_LIMIT")
      const thousand = encode(type, "9".repeat(1000))
      expect(decode(type, thousand)).toBe("9".repeat(1000))
      expect(caught(() => decode(type, thousand, { limits })).code).toBe("ERR_AVRO_LIMIT")
    }
  })

  test("bounds the scale too", () => {
    const small = parseSchema(decimal(5000, 1001))
    expect(caught(() => decode(small, bytes("02 01"))).code).toBe("ERR_AVRO_LIMIT")
    expect(caught(() => encode(small, "0")).code).toBe("ERR_AVRO_LIMIT")
  })

  test("a precision of 2^53 - 1 costs nothing", () => {
    const huge = parseSchema(decimal(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER))
    expect(caught(() => decode(huge, bytes("02 01"))).code).toBe("ERR_AVRO_LIMIT")
    expect(caught(() => encode(huge, "1")).code).toBe("ERR_AVRO_LIMIT")
  })

  test("megabytes of digits are refused at once", () => {
    const millis = stopwatch()
    const writer = parseSchema("bytes")
    const data = encode(writer, new Uint8Array(4_000_000).fill(0x7f))
    expect(caught(() => decode(wide, data)).code).toBe("ERR_AVRO_LIMIT")
    expect(caught(() => encode(wide, "9".repeat(4_000_000))).code).toBe("ERR_AVRO_LIMIT")
    expect(millis()).toBeLessThan(1000)
  })
})
