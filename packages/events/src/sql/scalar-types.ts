// Avro's types of single values → DuckDB's: the table in types.ts has them all.

import type { Schema, SchemaOptions } from "@avrolet/avro"
import type { DuckDBType, DuckDBValue } from "@duckdb/node-api"
import type { DuckDB } from "./duckdb.ts"

type Node = Schema["~node"]

/** How a column's values are stored. */
export interface StoredType {
  readonly type: DuckDBType
  /** From a value as `DECODED` has it, which is not null. */
  readonly convert: (value: unknown) => DuckDBValue
}

/** How values are to be decoded to be stored: longs of any size, and times as the numbers they are. */
export const DECODED = {
  long: "bigint",
  logicalTypes: {
    date: false,
    "timestamp-millis": false,
    "timestamp-nanos": false,
    "local-timestamp-nanos": false,
  },
} as const satisfies SchemaOptions

export type ScalarNode = Exclude<Node, { type: "array" | "map" | "record" | "union" | "enum" }>

const MAX_DIGITS = 38

/** How values of a type are stored. A node says what is decoded; its declaration, which logical type it has. */
export function scalarType(duckdb: DuckDB, node: ScalarNode, declaration: unknown): StoredType {
  return logicalType(duckdb, node, declaration) ?? plainType(duckdb, node.type)
}

export const asItIs = (value: unknown): DuckDBValue => value as DuckDBValue

function logicalType(duckdb: DuckDB, node: ScalarNode, declaration: unknown): StoredType | undefined {
  const { logicalType: known } = node
  if (known?.decimal !== undefined) return decimalType(duckdb, known.decimal)
  if (known !== undefined) return knownType(duckdb, known.name)
  const { logicalType: name } = declaration as { logicalType?: unknown }
  return typeof name === "string" ? timeType(duckdb, `${node.type}:${name}`) : undefined
}

function decimalType(duckdb: DuckDB, { precision, scale }: { precision: number; scale: number }): StoredType {
  const { DECIMAL, DuckDBDecimalValue } = duckdb
  if (precision > MAX_DIGITS) return plainType(duckdb, "string")
  return {
    type: DECIMAL(precision, scale),
    convert: (text) => new DuckDBDecimalValue(BigInt((text as string).replace(".", "")), precision, scale),
  }
}

function knownType(duckdb: DuckDB, name: string): StoredType {
  const { UUID, INTERVAL, uuidValueFromString, DuckDBIntervalValue } = duckdb
  if (name === "uuid") return { type: UUID, convert: (text) => uuidValueFromString(text as string) }
  if (name !== "duration") return plainType(duckdb, "string")
  return {
    type: INTERVAL,
    convert: (value) => {
      const { months, days, millis } = value as { months: number; days: number; millis: number }
      return new DuckDBIntervalValue(months, days, BigInt(millis) * 1000n)
    },
  }
}

function timeType(duckdb: DuckDB, annotated: string): StoredType | undefined {
  const { DATE, TIME, TIMESTAMP, TIMESTAMPTZ, TIMESTAMP_NS } = duckdb
  const { DuckDBDateValue, DuckDBTimeValue, DuckDBTimestampValue, DuckDBTimestampTZValue } = duckdb
  const { DuckDBTimestampNanosecondsValue } = duckdb
  const nanos = {
    type: TIMESTAMP_NS,
    convert: (n: unknown) => new DuckDBTimestampNanosecondsValue(n as bigint),
  }
  const types: Readonly<Record<string, StoredType>> = {
    "int:date": { type: DATE, convert: (days) => new DuckDBDateValue(days as number) },
    "int:time-millis": { type: TIME, convert: (n) => new DuckDBTimeValue(BigInt(n as number) * 1000n) },
    "long:time-micros": { type: TIME, convert: (n) => new DuckDBTimeValue(n as bigint) },
    "long:timestamp-millis": {
      type: TIMESTAMPTZ,
      convert: (n) => new DuckDBTimestampTZValue((n as bigint) * 1000n),
    },
    "long:timestamp-micros": { type: TIMESTAMPTZ, convert: (n) => new DuckDBTimestampTZValue(n as bigint) },
    "long:timestamp-nanos": nanos,
    "long:local-timestamp-millis": {
      type: TIMESTAMP,
      convert: (n) => new DuckDBTimestampValue((n as bigint) * 1000n),
    },
    "long:local-timestamp-micros": {
      type: TIMESTAMP,
      convert: (n) => new DuckDBTimestampValue(n as bigint),
    },
    "long:local-timestamp-nanos": nanos,
  }
  return types[annotated]
}

function plainType(duckdb: DuckDB, type: ScalarNode["type"]): StoredType {
  const { BOOLEAN, INTEGER, BIGINT, FLOAT, DOUBLE, VARCHAR, BLOB, DuckDBBlobValue } = duckdb
  if (type === "bytes" || type === "fixed") {
    return { type: BLOB, convert: (bytes) => new DuckDBBlobValue(bytes as Uint8Array) }
  }
  const types = {
    null: VARCHAR,
    boolean: BOOLEAN,
    int: INTEGER,
    long: BIGINT,
    float: FLOAT,
    double: DOUBLE,
    string: VARCHAR,
  }
  return { type: types[type], convert: asItIs }
}
