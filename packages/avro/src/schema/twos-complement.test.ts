import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { bytes, compact, hex } from "../testing/hex.ts"
import { readTwosComplement, toTwosComplement } from "./twos-complement.ts"

const read = (data: Uint8Array): number | bigint | undefined =>
  readTwosComplement(data, 0, data.length, Number.POSITIVE_INFINITY)

test.for([
  { value: 0, data: "00" },
  { value: -1, data: "ff" },
  { value: 127, data: "7f" },
  { value: 128, data: "0080" },
  { value: -128, data: "80" },
  { value: -129, data: "ff7f" },
  { value: 2 ** 31 - 1, data: "7fffffff" },
  { value: 2 ** 31, data: "0080000000" },
  { value: -(2 ** 31), data: "80000000" },
  { value: 2 ** 32, data: "0100000000" },
  { value: 2 ** 47 - 1, data: "7fffffffffff" },
  { value: 2 ** 47, data: "00800000000000" },
  { value: -(2 ** 47) - 1, data: "ff7fffffffffff" },
  { value: Number.MAX_SAFE_INTEGER, data: "1fffffffffffff" },
  { value: Number.MIN_SAFE_INTEGER, data: "e0000000000001" },
  { value: 2n ** 53n, data: "20000000000000" },
  { value: -(2n ** 53n), data: "e0000000000000" },
  { value: 2n ** 55n - 1n, data: "7fffffffffffff" },
  { value: 2n ** 63n - 1n, data: "7fffffffffffffff" },
  { value: 2n ** 63n, data: "008000000000000000" },
  { value: -(2n ** 63n), data: "8000000000000000" },
  { value: -(2n ** 63n) - 1n, data: "ff7fffffffffffffff" },
  { value: 2n ** 64n, data: "010000000000000000" },
  { value: 10n ** 38n, data: "4b3b4ca85a86c47a098a224000000000" },
  { value: -(10n ** 38n), data: "b4c4b357a5793b85f675ddc000000000" },
])("$value is $data", ({ value, data }) => {
  expect(hex(toTwosComplement(value))).toBe(compact(data))
  expect(hex(toTwosComplement(BigInt(value)))).toBe(compact(data))
  expect(read(bytes(data))).toBe(value)
})

describe("any integer", () => {
  const powers = fc.tuple(fc.nat({ max: 200 }), fc.integer({ min: -2, max: 2 }), fc.boolean())
  const edges = powers.map(([exponent, beside, negative]) => {
    const value = 2n ** BigInt(exponent) + BigInt(beside)
    return negative ? -value : value
  })
  const integers = fc.oneof(edges, fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), fc.bigInt())

  test("is as few bytes as hold it, and in more of them its sign comes before", () => {
    fc.assert(
      fc.property(integers, fc.nat({ max: 20 }), (value, padding) => {
        let size = 1
        while (BigInt.asIntN(8 * size, value) !== value) size++
        expect(hex(toTwosComplement(value))).toBe(reference(value, size))
        expect(hex(toTwosComplement(value, size + padding))).toBe(reference(value, size + padding))
      }),
      { numRuns: 2000 },
    )
  })

  test("below 2^53 is the same bytes as a number and as a bigint", () => {
    const small = integers.filter((value) => Number.isSafeInteger(Number(value)))
    fc.assert(
      fc.property(small, fc.nat({ max: 20 }), (value, padding) => {
        const number = Number(value)
        expect(toTwosComplement(number)).toEqual(toTwosComplement(value))
        const size = toTwosComplement(value).length + padding
        expect(toTwosComplement(number, size)).toEqual(toTwosComplement(value, size))
      }),
      { numRuns: 2000 },
    )
  })

  test("is read from among other bytes, as a number where that is exact", () => {
    const around = fc.uint8Array({ maxLength: 9 })
    fc.assert(
      fc.property(integers, fc.nat({ max: 20 }), around, around, (value, padding, before, after) => {
        const size = toTwosComplement(value).length + padding
        const data = Buffer.concat([before, toTwosComplement(value, size), after])
        const expected = Number.isSafeInteger(Number(value)) ? Number(value) : value
        const end = before.length + size
        expect(readTwosComplement(data, before.length, end, Number.POSITIVE_INFINITY)).toBe(expected)
      }),
      { numRuns: 2000 },
    )
  })
})

test("no bytes are 0, whatever comes after them", () => {
  expect(readTwosComplement(bytes("ff"), 0, 0, 1)).toBe(0)
  expect(readTwosComplement(bytes("ff"), 1, 1, 1)).toBe(0)
})

test.for([
  { data: "7f7f", value: 0x7f7f },
  { data: "007f7f", value: 0x7f7f },
  { data: "00 00 ffff", value: 0xffff },
  { data: "ffffff 0101", value: -0xfeff },
  { data: "7f7f7f", value: undefined },
  { data: "00 7f7f7f", value: undefined },
  { data: "ff 01 0101", value: undefined },
])("$data in two bytes and a sign is $value", ({ data, value }) => {
  const all = bytes(data)
  expect(readTwosComplement(all, 0, all.length, 2)).toBe(value)
})

/** Two's complement by the definition of `asUintN`. */
function reference(value: bigint, size: number): string {
  return BigInt.asUintN(8 * size, value)
    .toString(16)
    .padStart(2 * size, "0")
}
