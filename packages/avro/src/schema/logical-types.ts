// Logical types: what an annotated int, long, bytes, fixed or string is in JavaScript.
//
//   decimal, big-decimal              exact decimal string      uuid       string
//   date, timestamp-millis            Date                      duration   { months, days, millis }
//   timestamp-nanos, local-…-nanos    bigint
//
// A value that these types cannot hold is refused both ways, so that what is decoded can be encoded again:
// a string that is no UUID too. `schema(…, { logicalTypes: { uuid: false } })` reads it as it is.
//
// time-* and the other timestamps stay what they are underneath. An annotation that the
// specification does not know, or that does not fit its type, is ignored: rule of the specification.
//
// https://avro.apache.org/docs/1.12.0/specification/#logical-types

import { AvroError, describe } from "../errors.ts"
import { bigDecimal, decimal } from "./decimal.ts"
import type { Annotation, LogicalType } from "./node.ts"
import { isUuid, uuidFromBytes, uuidToBytes } from "./uuid.ts"

/** The logical type of an annotated declaration; `undefined` where it has none that changes values. */
export function logicalTypeOf(annotation: Annotation): LogicalType | undefined {
  const { type, size, logicalType } = annotation
  if (typeof logicalType !== "string") return undefined
  switch (`${type}:${logicalType}`) {
    case "bytes:decimal":
    case "fixed:decimal":
      return decimal(annotation)
    case "bytes:big-decimal":
      return bigDecimal
    case "string:uuid":
      return uuidText
    case "fixed:uuid":
      return size === 16 ? uuidBytes : undefined
    case "int:date":
      return date
    case "long:timestamp-millis":
      return timestampMillis
    case "long:timestamp-nanos":
      return nanos("timestamp-nanos")
    case "long:local-timestamp-nanos":
      return nanos("local-timestamp-nanos")
    case "fixed:duration":
      return size === 12 ? duration : undefined
    default:
      return undefined
  }
}

const MILLIS_A_DAY = 86_400_000

/** Days since 1970-01-01. A `Date` stands for the day, in UTC, that it lies in. */
const date: LogicalType = {
  name: "date",
  kind: "date",
  toValue: (days: number) => toDate(days * MILLIS_A_DAY, "date"),
  toUnderlying: (value) => Math.floor(millisOf(value) / MILLIS_A_DAY),
}

const timestampMillis: LogicalType = {
  name: "timestamp-millis",
  kind: "date",
  bigint: false,
  toValue: (millis: number) => toDate(millis, "timestamp-millis"),
  toUnderlying: millisOf,
}

function toDate(millis: number, name: string): Date {
  const value = new Date(millis)
  if (Number.isNaN(value.getTime())) {
    throw new AvroError(
      "ERR_AVRO_DATA",
      `a Date reaches ±100,000,000 days from 1970, got ${millis} ms; ${switchOff(name)}`,
    )
  }
  return value
}

function millisOf(value: unknown): number {
  if (!(value instanceof Date)) throw unfit("a Date", value)
  const millis = value.getTime()
  if (Number.isNaN(millis)) throw new AvroError("ERR_AVRO_VALUE", "expected a Date, got an invalid one")
  return millis
}

/** Nanoseconds of any date in our century are past 2⁵³. */
const nanos = (name: string): LogicalType => ({
  name,
  kind: "number",
  bigint: true,
  toValue: (value: bigint) => value,
  toUnderlying: (value) => {
    if (typeof value !== "bigint") throw unfit("a bigint of nanoseconds", value)
    return value
  },
})

const uuidText: LogicalType = {
  name: "uuid",
  kind: "string",
  toValue: (text: string) => {
    if (isUuid(text)) return text
    throw new AvroError("ERR_AVRO_DATA", `expected a UUID, got ${describe(text)}; ${switchOff("uuid")}`)
  },
  toUnderlying: checkUuid,
}

const uuidBytes: LogicalType = {
  name: "uuid",
  kind: "string",
  toValue: uuidFromBytes,
  toUnderlying: (value) => uuidToBytes(checkUuid(value)),
}

function checkUuid(value: unknown): string {
  if (typeof value === "string" && isUuid(value)) return value
  throw unfit("a UUID such as 123e4567-e89b-12d3-a456-426614174000", value)
}

/** Three unsigned little-endian 32-bit integers. */
const duration: LogicalType = {
  name: "duration",
  kind: "object",
  toValue: (bytes: Uint8Array) => ({
    months: readUint32(bytes, 0),
    days: readUint32(bytes, 4),
    millis: readUint32(bytes, 8),
  }),
  toUnderlying: (value) => {
    if (typeof value !== "object" || value === null) throw unfit("{ months, days, millis }", value)
    const amounts = value as { months?: unknown; days?: unknown; millis?: unknown }
    const bytes = new Uint8Array(12)
    writeUint32(bytes, 0, amounts.months, "months")
    writeUint32(bytes, 4, amounts.days, "days")
    writeUint32(bytes, 8, amounts.millis, "millis")
    return bytes
  },
}

const readUint32 = (bytes: Uint8Array, start: number): number =>
  ((bytes[start] as number) |
    ((bytes[start + 1] as number) << 8) |
    ((bytes[start + 2] as number) << 16) |
    ((bytes[start + 3] as number) << 24)) >>>
  0

function writeUint32(bytes: Uint8Array, start: number, value: unknown, unit: string): void {
  if (typeof value !== "number" || value !== value >>> 0) {
    throw unfit(`${unit} as an integer from 0 to 2^32 - 1`, value)
  }
  bytes[start] = value // its lowest eight bits
  bytes[start + 1] = value >>> 8
  bytes[start + 2] = value >>> 16
  bytes[start + 3] = value >>> 24
}

const switchOff = (name: string): string =>
  `schema(…, { logicalTypes: { ${JSON.stringify(name)}: false } }) reads what is underneath`

const unfit = (expected: string, got: unknown): AvroError =>
  new AvroError("ERR_AVRO_VALUE", `expected ${expected}, got ${describe(got)}`)
