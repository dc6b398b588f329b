// What a hostile peer, file or schema may make us spend. Lengths and counts are always checked
// against the bytes that remain; these limits cover what costs more than the bytes it takes.

import { AvroError } from "./errors.ts"

/** Bounds on encoding, on decoding and on parsing schemas. Each has a safe default. */
export interface Limits {
  /** How deeply records, arrays and maps may nest, in values and in schemas. Default 256. */
  readonly maxDepth: number
  /**
   * How many items and fields that take no bytes (nulls, empty records) one reader may meet in all:
   * five bytes can announce fifty million of them. Default 100 000.
   */
  readonly maxEmptyItems: number
  /** How many digits a decimal may have, read or written: they take quadratic time. Default 1000. */
  readonly maxDecimalDigits: number
}

const defaultLimits: Limits = { maxDepth: 256, maxEmptyItems: 100_000, maxDecimalDigits: 1000 }

/** Fills in the limits that were not given. Throws a `TypeError` for one that is not a count. */
export function withDefaults(limits: Partial<Limits> | undefined): Limits {
  if (limits === undefined || limits === defaultLimits) return defaultLimits
  const all: Limits = { ...defaultLimits, ...limits }
  for (const [name, value] of Object.entries(all)) {
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new TypeError(`limits.${name} must be an integer of 0 or more, got ${String(value)}`)
    }
  }
  return all
}

/** The error of a limit reached; `name` is the limit to raise. */
export function limitReached(name: keyof Limits, limits: Limits, what: string): AvroError {
  return new AvroError("ERR_AVRO_LIMIT", `${what}; raise limits.${name} (${limits[name]}) to accept it`)
}
