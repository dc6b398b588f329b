import { describe, expect, test } from "vitest"
import { caught } from "../testing/caught.ts"
import { bytes, compact, hex } from "../testing/hex.ts"
import { decode } from "../value/decode.ts"
import { encode } from "../value/encode.ts"
import { parseSchema, schema } from "./schema.ts"

const annotated = (type: string, logicalType: string, size?: number): object => ({
  type,
  logicalType,
  ...(size === undefined ? {} : { name: "F", size }),
})

const uuid = "123e4567-e89b-12d3-a456-426614174000"
const day = 86_400_000

describe("is encoded as what it annotates (L1)", () => {
  test.for([
    {
      rule: "L6",
      type: annotated("string", "uuid"),
      value: uuid,
      data: `48 ${Buffer.from(uuid).toString("hex")}`,
    },
    {
      rule: "L6",
      type: annotated("fixed", "uuid", 16),
      value: uuid,
      data: "123e4567 e89b12d3 a4564266 14174000",
    },
    { rule: "L7", type: annotated("int", "date"), value: new Date(0), data: "00" },
    { rule: "L7", type: annotated("int", "date"), value: new Date(-day), data: "01" },
    { rule: "L7", type: annotated("int", "date"), value: new Date(100_000_000 * day), data: "80 84 af 5f" },
    { rule: "L8", type: annotated("int", "time-millis"), value: 1, data: "02" },
    { rule: "L8", type: annotated("long", "time-micros"), value: 1, data: "02" },
    { rule: "L9", type: annotated("long", "timestamp-millis"), value: new Date(-1), data: "01" },
    { rule: "L9", type: annotated("long", "timestamp-micros"), value: 1, data: "02" },
    { rule: "L9", type: annotated("long", "timestamp-nanos"), value: 1n, data: "02" },
    { rule: "L10", type: annotated("long", "local-timestamp-millis"), value: 1, data: "02" },
    { rule: "L10", type: annotated("long", "local-timestamp-micros"), value: 1, data: "02" },
    { rule: "L10", type: annotated("long", "local-timestamp-nanos"), value: -1n, data: "01" },
    {
      rule: "L11",
      type: annotated("fixed", "duration", 12),
      value: { months: 1, days: 2, millis: 2 ** 32 - 1 },
      data: "01000000 02000000 ffffffff",
    },
    {
      rule: "L11",
      type: annotated("fixed", "duration", 12),
      value: { months: 0x04030201, days: 0x88776655, millis: 2 ** 31 },
      data: "01020304 55667788 00000080",
    },
    {
      rule: "L12",
      type: annotated("long", "timestamp-nanos"),
      value: 2n ** 63n - 1n,
      data: "fe ff ff ff ff ff ff ff ff 01",
    },
    {
      rule: "L12",
      type: annotated("long", "local-timestamp-nanos"),
      value: -(2n ** 63n),
      data: "ff ff ff ff ff ff ff ff ff 01",
    },
  ])("$type: $value is $data ($rule)", ({ type, value, data }) => {
    const parsed = parseSchema(type)
    expect(hex(encode(parsed, value))).toBe(compact(data))
    expect(decode(parsed, bytes(data))).toEqual(value)
  })

  test("a date is the day, in UTC, that its moment lies in", () => {
    const date = parseSchema(annotated("int", "date"))
    expect(decode(date, encode(date, new Date(day - 1)))).toEqual(new Date(0))
    expect(decode(date, encode(date, new Date(-1)))).toEqual(new Date(-day))
  })

  test("a string that is no uuid is refused when it is read, too, unless uuids are switched off", () => {
    const json = { type: "string", logicalType: "uuid" } as const
    const written = encode(schema("string"), "not one")
    expect(caught(() => decode(schema(json), written))).toMatchObject({
      code: "ERR_AVRO_DATA",
      message:
        'Cannot decode string: expected a UUID, got "not one"; schema(…, { logicalTypes: { "uuid": false } }) reads what is underneath',
    })
    expect(decode(schema(json, { logicalTypes: { uuid: false } }), written)).toBe("not one")
  })

  test("a uuid may be written in capitals; in a fixed they are lost", () => {
    const [text, fixed] = [
      parseSchema(annotated("string", "uuid")),
      parseSchema(annotated("fixed", "uuid", 16)),
    ]
    expect(decode(text, encode(text, uuid.toUpperCase()))).toBe(uuid.toUpperCase())
    expect(decode(fixed, encode(fixed, uuid.toUpperCase()))).toBe(uuid)
  })

  test("a duration needs only the three units, from any object", () => {
    class Duration {
      get months(): number {
        return 1
      }
      days = 0
      millis = 0
    }
    const duration = parseSchema(annotated("fixed", "duration", 12))
    expect(hex(encode(duration, new Duration()))).toBe("010000000000000000000000")
  })
})

describe("refuses values it cannot hold", () => {
  test.for([
    { type: annotated("int", "date"), value: 0, message: "expected a Date, got 0" },
    {
      type: annotated("int", "date"),
      value: new Date(Number.NaN),
      message: "expected a Date, got an invalid one",
    },
    {
      type: annotated("long", "timestamp-millis"),
      value: "2020-01-01",
      message: 'expected a Date, got "2020-01-01"',
    },
    {
      type: annotated("long", "timestamp-nanos"),
      value: 1,
      message: "expected a bigint of nanoseconds, got 1",
    },
    { type: annotated("long", "timestamp-nanos"), value: 2n ** 63n, message: "a long has 64 bits" },
    { type: annotated("string", "uuid"), value: "123e4567", message: "expected a UUID such as" },
    { type: annotated("string", "uuid"), value: `${uuid}\n`, message: "expected a UUID such as" },
    { type: annotated("fixed", "uuid", 16), value: new Uint8Array(16), message: "expected a UUID such as" },
    {
      type: annotated("fixed", "duration", 12),
      value: null,
      message: "expected { months, days, millis }, got null",
    },
    {
      type: annotated("fixed", "duration", 12),
      value: { months: 1, days: 2 },
      message: "expected millis as an integer from 0 to 2^32 - 1, got undefined",
    },
    {
      type: annotated("fixed", "duration", 12),
      value: { months: -1, days: 0, millis: 0 },
      message: "expected months as an integer",
    },
    {
      type: annotated("fixed", "duration", 12),
      value: { months: 0, days: 2 ** 32, millis: 0 },
      message: "expected days as an integer",
    },
  ])("$type: $value", ({ type, value, message }) => {
    const error = caught(() => encode(parseSchema(type), value))
    expect(error.code).toBe("ERR_AVRO_VALUE")
    expect(error.message).toContain(message)
  })

  test.for([
    { type: annotated("int", "date"), data: "82 84 af 5f" },
    { type: annotated("long", "timestamp-millis"), data: "82 80 e0 ad 98 82 d9 1e" },
  ])("$type: bytes past the last Date", ({ type, data }) => {
    expect(caught(() => decode(parseSchema(type), bytes(data)))).toMatchObject({
      code: "ERR_AVRO_DATA",
      message: expect.stringMatching(
        /a Date reaches ±100,000,000 days from 1970, got \d+ ms; schema\(…, \{ logicalTypes: \{ "[a-z-]+": false/,
      ) as string,
    })
  })
})

describe("an annotation that does not fit is ignored (L2, L3)", () => {
  test.for([
    annotated("int", "unheard-of"),
    annotated("int", "Date"),
    annotated("long", "date"),
    annotated("string", "date"),
    annotated("int", "timestamp-millis"),
    annotated("bytes", "uuid"),
    annotated("string", "duration"),
    annotated("string", "big-decimal"),
    { type: "array", items: "int", logicalType: "date" },
    { type: "record", name: "R", fields: [], logicalType: "uuid" },
    { type: { type: "int" }, logicalType: "date" },
  ])("%j, in a literal too", (json) => {
    expect(parseSchema(json)["~node"].logicalType).toBeUndefined()
    expect(schema(json as never)["~node"].logicalType).toBeUndefined()
  })

  test.for([
    { json: annotated("fixed", "uuid", 15), message: "Invalid schema: a uuid takes a fixed of 16 bytes" },
    {
      json: annotated("fixed", "duration", 13),
      message: "Invalid schema: a duration takes a fixed of 12 bytes",
    },
  ])("$json, but not in a literal, whose static type counts on it", ({ json, message }) => {
    expect(parseSchema(json)["~node"].logicalType).toBeUndefined()
    expect(() => schema(json as never)).toThrow(message)
  })

  test.for(["constructor", "toString", "__proto__"])("%s on a fixed, in a literal too", (logicalType) => {
    expect(schema(annotated("fixed", logicalType, 3) as never)["~node"].logicalType).toBeUndefined()
  })
})

test("{ long: 'bigint' } reaches every long but a Date's", () => {
  const longs = ["time-micros", "timestamp-micros", "local-timestamp-millis", "unheard-of"]
  for (const logicalType of longs) {
    expect(decode(parseSchema(annotated("long", logicalType), { long: "bigint" }), bytes("02"))).toBe(1n)
    expect(decode(parseSchema(annotated("long", logicalType)), bytes("02"))).toBe(1)
  }
  expect(decode(parseSchema(annotated("long", "timestamp-millis"), { long: "bigint" }), bytes("02"))).toEqual(
    new Date(1),
  )
})
