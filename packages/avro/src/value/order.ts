// How two things of one kind are ordered, wherever they come from: values or bytes.
//
// https://avro.apache.org/docs/1.12.0/specification/#sort-order

import { AvroError } from "../errors.ts"

/** Less than 0, 0 or more than 0, as `Array.prototype.sort` wants it. */
export type Ordering = -1 | 0 | 1

/** The order of two things that JavaScript orders the same way. */
export function order<T extends number | bigint>(a: T, b: T): Ordering {
  if (a < b) return -1
  return a > b ? 1 : 0
}

/** Numbers in Java's order, which is a total one: -0 comes before 0, and NaN after all others. */
export function compareNumbers(a: number, b: number): Ordering {
  if (a < b) return -1
  if (a > b) return 1
  if (a === b) return a === 0 ? order(Object.is(b, -0) ? 1 : 0, Object.is(a, -0) ? 1 : 0) : 0
  return order(Number.isNaN(a) ? 1 : 0, Number.isNaN(b) ? 1 : 0)
}

/** Bytes as unsigned numbers, one by one; then the shorter first. */
export function compareRaw(a: Uint8Array, b: Uint8Array): Ordering {
  const length = Math.min(a.length, b.length)
  for (let index = 0; index < length; index++) {
    const difference = (a[index] as number) - (b[index] as number)
    if (difference !== 0) return difference < 0 ? -1 : 1
  }
  return order(a.length, b.length)
}

/** Text by code point, the order of its UTF-8. JavaScript's own order puts 😀 before ﬀ: half of it is d83d. */
export function compareText(a: string, b: string): Ordering {
  const length = Math.min(a.length, b.length)
  for (let index = 0; index < length; index++) {
    const first = a.charCodeAt(index)
    const second = b.charCodeAt(index)
    if (first !== second) return order(rankOf(first), rankOf(second))
  }
  return order(a.length, b.length)
}

/** Surrogates stand for the code points past ffff: they go behind all other code units. */
const rankOf = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit)

/** Of a field in descending order. */
export const reversed = (ordering: Ordering): Ordering => (ordering === 0 ? 0 : ordering < 0 ? 1 : -1)

/** The error for two maps, which have no order. */
export const noOrder = (): AvroError =>
  new AvroError("ERR_AVRO_NO_ORDER", 'maps have no order; declare a field around them with "order": "ignore"')
