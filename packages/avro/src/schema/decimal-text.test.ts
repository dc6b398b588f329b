import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { withDefaults } from "../limits.ts"
import { caught } from "../testing/caught.ts"
import { formatDecimal, parseDecimal } from "./decimal-text.ts"

const limits = withDefaults(undefined)

/** Unscaled integers where the number of digits, of bits or of bytes changes, on both sides of 2^53. */
const edges = fc
  .tuple(
    fc.oneof(
      fc.integer({ min: 0, max: 19 }).map((digits) => 10n ** BigInt(digits)),
      fc.constantFrom(2n ** 31n, 2n ** 32n, 2n ** 47n, 2n ** 53n, 2n ** 63n),
      fc.constantFrom(10n ** 8n * 90_071_992n, 99_999_999n * 10n ** 8n),
    ),
    fc.bigInt({ min: -3n, max: 3n }),
    fc.boolean(),
  )
  .map(([edge, beside, negative]) => (negative ? -edge - beside : edge + beside))
const integers = fc.oneof(
  edges,
  fc.maxSafeInteger().map(BigInt),
  fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }),
  fc.bigInt({ min: -1000n, max: 1000n }),
)
const scales = fc.nat({ max: 20 })

describe("an unscaled integer below 2^53", () => {
  const small = integers.filter((value) => Number.isSafeInteger(Number(value)))

  test("has the same text as a number and as a bigint", () => {
    fc.assert(
      fc.property(small, scales, (unscaled, scale) => {
        expect(formatDecimal(Number(unscaled), scale, limits)).toBe(formatDecimal(unscaled, scale, limits))
      }),
      { numRuns: 5000 },
    )
  })

  test("comes back as a number from the text that it has", () => {
    fc.assert(
      fc.property(small, fc.nat({ max: 15 }), (unscaled, scale) => {
        expect(parseDecimal(formatDecimal(unscaled, scale, limits), 20, scale, limits)).toBe(Number(unscaled))
      }),
      { numRuns: 5000 },
    )
  })
})

// A lower limit leaves no text short enough for a number. It is out of reach of these texts all the same.
describe("the short way gives and refuses what the long way does", () => {
  const longWay = withDefaults({ maxDecimalDigits: 17 })

  test("of decimals, at any precision and scale", () => {
    const zeros = fc.nat({ max: 3 }).map((count) => "0".repeat(count))
    fc.assert(
      fc.property(
        integers,
        fc.nat({ max: 6 }),
        zeros,
        zeros,
        fc.integer({ min: 1, max: 17 }),
        fc.nat({ max: 17 }),
        (unscaled, places, before, after, precision, scale) => {
          const plain = formatDecimal(unscaled, places, limits)
          const text = plain.replace(/\d+/, before + "$&") + (places === 0 ? "" : after)
          fc.pre(text.replace(/\D/g, "").length <= longWay.maxDecimalDigits)
          expect(outcome(text, precision, scale, limits)).toBe(outcome(text, precision, scale, longWay))
        },
      ),
      { numRuns: 5000 },
    )
  })

  test("of any text made of the characters of decimals, and others", () => {
    const texts = fc.string({
      unit: fc.constantFrom(...Array.from("0123456789.-+ e/:\n٣\u{10030}")),
      maxLength: 17,
    })
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 17 }), fc.nat({ max: 5 }), (text, precision, scale) => {
        expect(outcome(text, precision, scale, limits)).toBe(outcome(text, precision, scale, longWay))
      }),
      { numRuns: 5000 },
    )
  })

  test("of texts that are decimals, or nearly", () => {
    const texts = fc.stringMatching(/^-?\d{0,9}\.?\d{0,6}$/)
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 17 }), fc.nat({ max: 7 }), (text, precision, scale) => {
        expect(outcome(text, precision, scale, limits)).toBe(outcome(text, precision, scale, longWay))
      }),
      { numRuns: 5000 },
    )
  })
})

test.for([
  { text: "9007199254740991", precision: 16, scale: 0, unscaled: Number.MAX_SAFE_INTEGER },
  { text: "9007199254740992", precision: 16, scale: 0, unscaled: 2n ** 53n },
  { text: "9007199254740993", precision: 16, scale: 0, unscaled: 2n ** 53n + 1n },
  { text: "-90071992547409.91", precision: 16, scale: 2, unscaled: Number.MIN_SAFE_INTEGER },
  { text: "-90071992547409.93", precision: 16, scale: 2, unscaled: -(2n ** 53n) - 1n },
  { text: "999999999999999", precision: 15, scale: 0, unscaled: 999_999_999_999_999 },
  { text: "0.000000000000001", precision: 15, scale: 15, unscaled: 1 },
  { text: "1", precision: 16, scale: 15, unscaled: 10 ** 15 },
  { text: "12.5", precision: 38, scale: 18, unscaled: 12_500_000_000_000_000_000n },
  { text: "-0.00", precision: 4, scale: 2, unscaled: 0 },
  { text: "000000000000001.5", precision: 2, scale: 1, unscaled: 15 },
])("$text at a scale of $scale is $unscaled", ({ text, precision, scale, unscaled }) => {
  expect(parseDecimal(text, precision, scale, limits)).toBe(unscaled)
})

test.for([
  { unscaled: 0, scale: 0, text: "0" },
  { unscaled: 0, scale: 15, text: "0.000000000000000" },
  { unscaled: -1, scale: 15, text: "-0.000000000000001" },
  { unscaled: 5, scale: 18, text: "0.000000000000000005" },
  { unscaled: -99, scale: 2, text: "-0.99" },
  { unscaled: 100, scale: 2, text: "1.00" },
  { unscaled: 99_999_999, scale: 8, text: "0.99999999" },
  { unscaled: 100_000_000, scale: 8, text: "1.00000000" },
  { unscaled: Number.MIN_SAFE_INTEGER, scale: 0, text: "-9007199254740991" },
  { unscaled: Number.MIN_SAFE_INTEGER, scale: 15, text: "-9.007199254740991" },
  { unscaled: 2n ** 53n, scale: 2, text: "90071992547409.92" },
])("$unscaled at a scale of $scale is $text", ({ unscaled, scale, text }) => {
  expect(formatDecimal(unscaled, scale, limits)).toBe(text)
  expect(formatDecimal(BigInt(unscaled), scale, limits)).toBe(text)
})

test("a limit of few digits holds for short decimals too", () => {
  const few = withDefaults({ maxDecimalDigits: 3 })
  expect(parseDecimal("1.23", 9, 2, few)).toBe(123n)
  expect(caught(() => parseDecimal("01.23", 9, 2, few)).code).toBe("ERR_AVRO_LIMIT")
  expect(formatDecimal(-123, 2, few)).toBe("-1.23")
  expect(caught(() => formatDecimal(1234, 2, few)).code).toBe("ERR_AVRO_LIMIT")
  expect(caught(() => formatDecimal(1, 4, few)).code).toBe("ERR_AVRO_LIMIT")
})

/** What parsing gives or says, as text. */
function outcome(text: string, precision: number, scale: number, within: typeof limits): string {
  try {
    return String(parseDecimal(text, precision, scale, within))
  } catch (error) {
    return String(error)
  }
}
