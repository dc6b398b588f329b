// L: logical types, as everyone's conversions see them.

import { fixed } from "../../../packages/avro/src/testing/declare.ts"
import { compact, text } from "./case.ts"

/** A logical type: the text of what everyone's conversion makes of the bytes. Python has not all. */
export interface LogicalCase {
  readonly name: string
  readonly schema: string
  readonly bytes: string
  readonly ours: string
  readonly java: string
  readonly python?: string
}

function logical(
  name: string,
  schema: object,
  bytes: string,
  [ours, java, python]: readonly [string, string, string?],
): LogicalCase {
  return {
    name,
    schema: text(schema),
    bytes: compact(bytes),
    ours,
    java,
    ...(python === undefined ? {} : { python }),
  }
}

const decimal = (precision: number, scale: number): object => ({
  type: "bytes",
  logicalType: "decimal",
  precision,
  scale,
})

const int = (logicalType: string): object => ({ type: "int", logicalType })
const long = (logicalType: string): object => ({ type: "long", logicalType })
const fixedDecimal = fixed("D", 4, { logicalType: "decimal", precision: 4, scale: 2 })
const same = (value: string): [string, string, string] => [value, value, value]

/** Ours are the base type's where a number says it as well: times, microseconds and local timestamps. */
export const logicalCases: readonly LogicalCase[] = [
  logical("L4 decimal in bytes", decimal(4, 2), "04 fb 2e", same("-12.34")),
  logical("L4 decimal in bytes, of zero", decimal(4, 2), "02 00", same("0.00")),
  logical("L4 decimal in fixed", fixedDecimal, "ff ff fb 2e", same("-12.34")),
  logical("L5 big-decimal", { type: "bytes", logicalType: "big-decimal" }, "08 04 fb 2e 04", [
    "-12.34",
    "-12.34",
  ]),
  logical(
    "L6 uuid in a string",
    { type: "string", logicalType: "uuid" },
    "48 30 30 31 31 32 32 33 33 2d 34 34 35 35 2d 36 36 37 37 2d 38 38 39 39 2d 61 61 62 62 63 63 64 64 65 65 66 66",
    same("00112233-4455-6677-8899-aabbccddeeff"),
  ),
  logical(
    "L6 uuid in a fixed",
    fixed("U", 16, { logicalType: "uuid" }),
    "00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff",
    ["00112233-4455-6677-8899-aabbccddeeff", "00112233-4455-6677-8899-aabbccddeeff"],
  ),
  logical("L7 date", int("date"), "01", ["1969-12-31T00:00:00.000Z", "1969-12-31", "1969-12-31"]),
  logical("L8 time-millis", int("time-millis"), "02", ["1", "00:00:00.001", "00:00:00.001000"]),
  logical("L8 time-micros", long("time-micros"), "02", ["1", "00:00:00.000001", "00:00:00.000001"]),
  logical("L9 timestamp-millis", long("timestamp-millis"), "01", [
    "1969-12-31T23:59:59.999Z",
    "1969-12-31T23:59:59.999Z",
    "1969-12-31 23:59:59.999000+00:00",
  ]),
  logical("L9 timestamp-micros", long("timestamp-micros"), "01", [
    "-1",
    "1969-12-31T23:59:59.999999Z",
    "1969-12-31 23:59:59.999999+00:00",
  ]),
  logical("L9 L12 timestamp-nanos", long("timestamp-nanos"), "ff ff ff ff ff ff ff ff ff 01", [
    "-9223372036854775808",
    "1677-09-21T00:12:43.145224192Z",
  ]),
  logical("L10 local-timestamp-millis", long("local-timestamp-millis"), "01", [
    "-1",
    "1969-12-31T23:59:59.999",
  ]),
  logical("L10 local-timestamp-micros", long("local-timestamp-micros"), "01", [
    "-1",
    "1969-12-31T23:59:59.999999",
  ]),
  logical("L10 local-timestamp-nanos", long("local-timestamp-nanos"), "01", [
    "-1",
    "1969-12-31T23:59:59.999999999",
  ]),
  logical(
    "L11 duration",
    fixed("D", 12, { logicalType: "duration" }),
    "01 00 00 00 02 00 00 00 ff ff ff ff",
    ['{"months":1,"days":2,"millis":4294967295}', "P1M2T1193:02:47.295"],
  ),
  logical("L2 an unknown logical type", int("unknown"), "02", same("1")),
  logical("L3 a decimal of no precision", { type: "bytes", logicalType: "decimal", precision: 0 }, "02 61", [
    "bytes 61",
    "java.nio.HeapByteBuffer[pos=0 lim=1 cap=1]",
    "b'a'",
  ]),
  logical("L3 a date of the wrong base", { type: "string", logicalType: "date" }, "02 61", same("a")),
]
