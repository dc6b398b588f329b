import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { createReader } from "../../binary/reader.ts"
import { readUtf8 } from "../../binary/utf8.ts"
import { readText } from "./text.ts"

const encoder = new TextEncoder()

describe("a text", () => {
  test("is the one that was encoded, whatever its length and its characters, and whatever was read before", () => {
    const characters = fc.constantFrom(
      "a",
      "~",
      "\u0000",
      "\u007f",
      "\u0080",
      "é",
      "߿",
      "ࠀ",
      "€",
      "\ufeff",
      "\ufffd",
      "\uffff",
      "𐀀",
      "🌍",
      "\u{10ffff}",
    )
    const texts = fc.array(
      fc.oneof(fc.string({ unit: characters, maxLength: 70 }), fc.string({ maxLength: 700 })),
      { maxLength: 12 },
    )
    fc.assert(
      fc.property(texts, (sent) => {
        const parts = sent.map((text) => encoder.encode(text))
        const bytes = new Uint8Array(Buffer.concat(parts))
        const reader = createReader(bytes)
        let start = 0
        for (const [index, part] of parts.entries()) {
          expect(readText(reader, bytes, start, start + part.length)).toBe(sent[index])
          start += part.length
        }
      }),
      { numRuns: 500 },
    )
  })

  test("is the one that is there where a reader is set back, and reads again what came before", () => {
    const parts = Array.from({ length: 200 }, (_, index) =>
      encoder.encode(`text ${index}`.padEnd(5 + (index % 60), "-")),
    )
    const bytes = new Uint8Array(Buffer.concat(parts))
    const starts = parts.map((_, index) => parts.slice(0, index).reduce((sum, { length }) => sum + length, 0))
    fc.assert(
      fc.property(fc.array(fc.nat({ max: parts.length - 1 }), { maxLength: 20 }), (order) => {
        const reader = createReader(bytes)
        for (const index of order) {
          const [start, part] = [starts[index] as number, parts[index] as Uint8Array]
          expect(readText(reader, bytes, start, start + part.length)).toBe(Buffer.from(part).toString())
        }
      }),
    )
  })

  test("is refused exactly where TextDecoder refuses it", () => {
    const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
    const mostlyHigh = fc.oneof(
      fc.nat({ max: 255 }),
      fc.constantFrom(0xc0, 0xc2, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0x80, 0xbf, 0x9f, 0xa0),
    )
    fc.assert(
      fc.property(fc.array(mostlyHigh, { minLength: 1, maxLength: 40 }), (codes) => {
        const bytes = Uint8Array.from(codes)
        let expected: string | undefined
        try {
          expected = strict.decode(bytes)
        } catch {
          expected = undefined
        }
        expect(readUtf8(bytes, 0, bytes.length)).toBe(expected)
        if (expected === undefined)
          expect(() => readText(createReader(bytes), bytes, 0, bytes.length)).toThrow()
        else expect(readText(createReader(bytes), bytes, 0, bytes.length)).toBe(expected)
      }),
      { numRuns: 3000 },
    )
  })
})
