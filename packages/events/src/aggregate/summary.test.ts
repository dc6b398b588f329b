import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { createSummary, type GrowingSummary } from "./summary.ts"

const number = fc.oneof(
  fc
    .double({ noNaN: true, noDefaultInfinity: true, min: -1e12, max: 1e12 })
    .filter((n) => Math.abs(n) > 1e-9 || n === 0),
  fc.integer({ min: -1000, max: 1000 }),
)

/** Percents, as integers. */
const thousandths = fc.integer({ min: 0, max: 100_000 })

/** The nearest rank, counted from 1. */
const rankOf = (asked: number, count: number): number => Math.max(1, Math.ceil((asked * count) / 100_000))

/** Of a thousand each, but for so many ones. */
const percentileOf = (percent: number, { ones, of }: { ones: number; of: number }): number =>
  summaryOf(Array.from({ length: of }, (_, index) => (index < ones ? 1 : 1000))).percentile(percent)

function summaryOf(numbers: Iterable<number>): GrowingSummary {
  const summary = createSummary()
  for (const each of numbers) summary.add(each)
  return summary
}

describe("percentiles", () => {
  test("each is within 0.4 % of the number at its nearest rank", () => {
    fc.assert(
      fc.property(fc.array(number, { minLength: 1, maxLength: 300 }), thousandths, (numbers, asked) => {
        const sorted = numbers.toSorted((a, b) => a - b)
        const exact = sorted[rankOf(asked, sorted.length) - 1] as number
        expect(Math.abs(summaryOf(numbers).percentile(asked / 1000) - exact)).toBeLessThanOrEqual(
          Math.abs(exact) * 0.004,
        )
      }),
    )
  })

  test("the rank is that of exact arithmetic: 99.9 % of 1000 numbers are 999", () => {
    expect(percentileOf(99.9, { ones: 999, of: 1000 })).toBeCloseTo(1, 2)
    const tenths = fc.integer({ min: 0, max: 1000 }).map((tenth) => tenth * 100)
    fc.assert(
      fc.property(fc.constantFrom(100, 300, 1000, 3000), tenths, (count, asked) => {
        const rank = rankOf(asked, count)
        expect(percentileOf(asked / 1000, { ones: rank, of: count })).toBeCloseTo(1, 2)
        expect(percentileOf(asked / 1000, { ones: rank - 1, of: count })).toBeCloseTo(1000, -1)
      }),
    )
  })

  test("0 and 100 are the smallest and the largest number, exactly", () => {
    const summary = summaryOf([3.3, -2.7, 1e6])
    expect([summary.percentile(0), summary.percentile(100)]).toEqual([-2.7, 1e6])
  })

  test("of no number at all is none", () => {
    const summary = createSummary()
    expect([
      summary.percentile(50),
      summary.min,
      summary.max,
      summary.mean,
      summary.sum,
      summary.count,
    ]).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN, 0, 0])
  })

  test.each([-1, 100.5, Number.NaN])("%s is refused", (percent) => {
    expect(() => summaryOf([1]).percentile(percent)).toThrow(RangeError)
  })
})

test("count, sum, extremes and mean are those of the numbers, and NaN is none", () => {
  const { count, sum, min, max, mean } = summaryOf([4, Number.NaN, -1, 3])
  expect({ count, sum, min, max, mean }).toEqual({ count: 3, sum: 6, min: -1, max: 4, mean: 2 })
})

test("numbers of any size are counted: those too large or too small lie at an end", () => {
  const summary = summaryOf([Number.POSITIVE_INFINITY, 1e300, -1e300, 5e-324, -0, 1])
  expect([25, 40, 60, 75].map((percent) => summary.percentile(percent))).toEqual([
    0,
    0,
    expect.closeTo(1, 2),
    expect.any(Number),
  ])
  expect(summary.percentile(80)).toBeGreaterThan(1e19)
})

test("two summaries merged are that of all their numbers", () => {
  fc.assert(
    fc.property(fc.array(number), fc.array(number), (some, others) => {
      const merged = summaryOf(some)
      merged.merge(summaryOf(others))
      const all = summaryOf([...some, ...others])
      expect([merged.count, merged.min, merged.max]).toEqual([all.count, all.min, all.max])
      for (const percent of [1, 10, 50, 90, 99])
        expect(merged.percentile(percent)).toBe(all.percentile(percent))
    }),
  )
})
