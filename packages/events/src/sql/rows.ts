// DuckDB's values → JavaScript's, as values of Avro are read: decimals are text, a BIGINT is a number and exact or
// refused, what is counted in nanoseconds a bigint, other times a Date.

import type { DuckDBType, DuckDBValue } from "@duckdb/node-api"
import { EventsError } from "../errors.ts"
import type { DuckDB } from "./duckdb.ts"

/** How integers of more than 32 bits are read. */
export interface RowOptions {
  /** Default `"number"`, which refuses a value outside ±(2⁵³−1); `recorded_at_nanos` is a bigint in any case. */
  readonly long?: "number" | "bigint"
}

/** The column that no number holds: all of a table are to be read without an option. */
const NANOS = "recorded_at_nanos"
/** That of a second table, with the number that DuckDB's client gives it, or in a subquery DuckDB. */
const FURTHER_NANOS = /^recorded_at_nanos[:_]\d+$/

/** Makes the function that turns a row of DuckDB's values into an object. */
export function rowReader(
  duckdb: DuckDB,
  columns: readonly string[],
  types: readonly DuckDBType[],
  { long = "number" }: RowOptions,
): (row: readonly DuckDBValue[]) => Record<string, unknown> {
  const nanos = new Set<string | undefined>([NANOS, ...columns.filter((name) => FURTHER_NANOS.test(name))])
  const read = (value: DuckDBValue, column?: string): unknown => {
    if (value === null || value === undefined) return null
    if (typeof value === "bigint") return long === "bigint" || nanos.has(column) ? value : exact(value)
    if (typeof value !== "object") return value
    if (value instanceof duckdb.DuckDBTimestampTZValue || value instanceof duckdb.DuckDBTimestampValue) {
      return dateOf(value.micros, 1000n)
    }
    if (value instanceof duckdb.DuckDBTimestampNanosecondsValue) return value.nanos
    if (value instanceof duckdb.DuckDBTimestampMillisecondsValue) return dateOf(value.millis, 1n)
    if (value instanceof duckdb.DuckDBTimestampSecondsValue) return dateOf(value.seconds * 1000n, 1n)
    if (value instanceof duckdb.DuckDBDateValue) return dateOf(BigInt(value.days) * 86_400_000n, 1n)
    if (value instanceof duckdb.DuckDBTimeValue) return Number(value.micros)
    if (value instanceof duckdb.DuckDBIntervalValue) {
      return { months: value.months, days: value.days, millis: Number(value.micros) / 1000 }
    }
    if (value instanceof duckdb.DuckDBBlobValue) return new Uint8Array(value.bytes)
    if (value instanceof duckdb.DuckDBListValue || value instanceof duckdb.DuckDBArrayValue) {
      return value.items.map((item) => read(item))
    }
    if (value instanceof duckdb.DuckDBStructValue) {
      return Object.fromEntries(Object.entries(value.entries).map(([name, part]) => [name, read(part, name)]))
    }
    if (value instanceof duckdb.DuckDBMapValue) {
      return Object.fromEntries(value.entries.map((entry) => [String(entry.key), read(entry.value)]))
    }
    return String(value) // decimals, UUIDs, and types that no event has
  }
  return (row) =>
    Object.fromEntries(
      columns.map((column, index) => {
        try {
          return [column, read(row[index] as DuckDBValue, column)]
        } catch (error) {
          if (!(error instanceof RangeError)) throw error
          const message = `Cannot read column ${column} (${String(types[index])}): ${error.message}`
          throw new EventsError("ERR_EVENTS_SQL", message, { cause: error })
        }
      }),
    )
}

function exact(value: bigint): number {
  const number = Number(value)
  if (Number.isSafeInteger(number)) return number
  throw new RangeError(`${value} is more than a number holds exactly; { long: "bigint" } reads it`)
}

function dateOf(time: bigint, perMilli: bigint): Date {
  const rest = ((time % perMilli) + perMilli) % perMilli
  const date = new Date(Number((time - rest) / perMilli))
  if (!Number.isNaN(date.getTime())) return date
  throw new RangeError("a Date reaches ±100,000,000 days from 1970; cast it to text")
}
