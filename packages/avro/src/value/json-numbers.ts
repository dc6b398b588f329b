// Numbers in JSON text, exact or refused.

import { AvroError, longOutOfRange } from "../errors.ts"
import type { JsonCursor } from "./json-cursor.ts"

const MAX_LONG = 2n ** 63n - 1n
const MIN_LONG = -(2n ** 63n)

/** Reads an int. Throws `ERR_AVRO_DATA` for a fraction or a number of more than 32 bits. */
export function readInt(cursor: JsonCursor): number {
  const text = cursor.readNumber("an int")
  const value = Number(text)
  if (value !== (value | 0)) throw malformed(`an int is an integer of 32 bits, got ${shorten(text)}`)
  return value + 0 // -0 is 0 here
}

/** Reads a long. Throws `ERR_AVRO_DATA` for what is none, and `ERR_AVRO_LONG_RANGE` for one that is no exact number. */
export function readLong(cursor: JsonCursor, asBigInt: boolean): number | bigint {
  const text = cursor.readNumber("a long")
  const value = Number(text)
  if (Number.isSafeInteger(value)) return asBigInt ? BigInt(value) : value + 0
  // Past 2⁵³ digits are exact, but 9.007199254740993e15 may have been rounded already.
  const exact = /^-?\d{16,19}$/.test(text) ? BigInt(text) : undefined
  if (exact === undefined || exact > MAX_LONG || exact < MIN_LONG) {
    throw malformed(`a long is an integer of 64 bits, written with all its digits, got ${shorten(text)}`)
  }
  if (asBigInt) return exact
  throw longOutOfRange(exact)
}

// What Java writes for the numbers that JSON does not have, and what else it reads.
const special = new Map([
  ["NaN", Number.NaN],
  ["Infinity", Infinity],
  ["INF", Infinity],
  ["-Infinity", -Infinity],
  ["-INF", -Infinity],
])

/** Reads a float or a double, rounded by `round`. Throws `ERR_AVRO_DATA` for one too large. */
export function readDouble(cursor: JsonCursor, round: (value: number) => number): number {
  if (cursor.peek() === '"') {
    const name = cursor.readString("a number")
    const value = special.get(name)
    if (value === undefined)
      throw malformed(`expected a number, "NaN", "Infinity" or "-Infinity", got ${shorten(name)}`)
    return value
  }
  const text = cursor.readNumber("a number")
  const value = round(Number(text))
  if (!Number.isFinite(value)) throw malformed(`the number ${shorten(text)} is out of range`)
  return value
}

const shorten = (text: string): string => (text.length > 40 ? `${text.slice(0, 39)}…` : text)

const malformed = (message: string): AvroError => new AvroError("ERR_AVRO_DATA", message)
