import { describe, expect, test } from "vitest"
import { schema } from "../schema/schema.ts"
import { encode } from "../value/encode.ts"

const text = schema("string")
const bytes = schema("bytes")

describe("what encode returns", () => {
  test("stays as it was, whatever is encoded after it", () => {
    const lengths = Array.from({ length: 500 }, (_, index) => (index * 37) % 300)
    const results = lengths.map((length) => encode(text, "x".repeat(length)))
    const again = lengths.map((length) => Buffer.from(encode(text, "x".repeat(length))))
    expect(results.map((result) => Buffer.from(result))).toEqual(again)
  })

  test("may be written to, and reaches nobody else's", () => {
    const [first, second] = [encode(text, "x".repeat(100)), encode(text, "x".repeat(100))]
    first.fill(0)
    expect(second).toEqual(encode(text, "x".repeat(100)))
    expect(encode(text, "y".repeat(100)).at(-1)).toBe(0x79)
  })

  const lengths = [0, 10, 61, 62, 63, 255, 1000, 8000, 8190, 8192, 65_535, 100_000, 3_000_000]

  test.for(lengths)("keeps 32 of %d bytes in memory at most, if all are", (length) => {
    const results = Array.from({ length: 200 }, () => encode(bytes, new Uint8Array(length)))
    const { length: own, buffer } = results.at(-1) as Uint8Array
    expect(own).toBeGreaterThan(length)
    if (own <= 64) expect(buffer.byteLength).toBe(own)
    else expect(buffer.byteLength).toBeLessThanOrEqual(Math.max(8192, Math.min(65_536, own * 33), own * 2))
  })

  test.for(lengths)("keeps 64 KiB beside %d bytes at most, whatever came before", (length) => {
    for (let times = 0; times < 200; times++) encode(bytes, new Uint8Array(30_000))
    const result = encode(bytes, new Uint8Array(length))
    expect(result.buffer.byteLength).toBeLessThanOrEqual(Math.max(65_536, result.length * 2))
  })

  test("is right while a getter encodes in the middle of it", () => {
    const pair = schema({
      type: "record",
      name: "Pair",
      fields: [
        { name: "a", type: "string" },
        { name: "b", type: "bytes" },
        { name: "c", type: "string" },
      ],
    })
    const value = {
      a: "a".repeat(200),
      get b() {
        return encode(pair, { a: "inner", b: new Uint8Array(300), c: "inner" })
      },
      c: "c".repeat(200),
    }
    expect(encode(pair, value)).toEqual(encode(pair, { ...value }))
  })

  test("is right after one that failed", () => {
    expect(() => encode(text, 42 as never)).toThrow(/expected a string/)
    expect(encode(text, "ok")).toEqual(Uint8Array.of(4, 0x6f, 0x6b))
  })
})
