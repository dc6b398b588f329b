// What `encode` accepts beside what `decode` returns: defaults at every depth, and longs.

import { expectTypeOf } from "expect-type"
import type { SchemaDefinition } from "./definition.ts"
import { type InputOf, type Schema, type SchemaOptions, schema, type ValueOf } from "./schema.ts"

// A field with a default may be left out wherever its record stands: in an array, a map, a union bare or
// wrapped, a record, itself.
const Deep = schema({
  type: "record",
  name: "Deep",
  fields: [
    {
      name: "point",
      type: {
        type: "record",
        name: "Point",
        fields: [
          { name: "x", type: "int" },
          { name: "y", type: "int", default: 0 },
        ],
      },
    },
    { name: "array", type: { type: "array", items: "Point" } },
    { name: "map", type: { type: "map", values: { type: "array", items: "Point" } } },
    { name: "bare", type: ["null", "Point"], default: null },
    { name: "wrapped", type: ["null", "Point", { type: "map", values: "Point" }] },
    { name: "self", type: ["null", "Deep"], default: null },
  ],
})
type Point = { x: number; y: number }
type PointInput = { x: number; y?: number | undefined }
interface DeepValue {
  point: Point
  array: Point[]
  map: { [key: string]: Point[] }
  bare: Point | null
  wrapped: null | { Point: Point } | { map: { [key: string]: Point } }
  self: DeepValue | null
}
interface DeepInput {
  point: PointInput
  array: PointInput[]
  map: { [key: string]: PointInput[] }
  bare?: PointInput | null | undefined
  wrapped: null | { Point: PointInput } | { map: { [key: string]: PointInput } }
  self?: DeepInput | null | undefined
}
expectTypeOf<ValueOf<typeof Deep>>().toEqualTypeOf<DeepValue>()
expectTypeOf<InputOf<typeof Deep>>().toEqualTypeOf<DeepInput>()
// What was decoded can be encoded again.
expectTypeOf<ValueOf<typeof Deep>>().toExtend<InputOf<typeof Deep>>()

// Every field may have a default, and then nothing need be given; a record may have no field at all.
const Optional = schema({
  type: "record",
  name: "Optional",
  fields: [
    { name: "a", type: "int", default: 1 },
    { name: "b", type: "string", default: "" },
  ],
})
expectTypeOf<InputOf<typeof Optional>>().toEqualTypeOf<{ a?: number | undefined; b?: string | undefined }>()
expectTypeOf<InputOf<typeof Optional>>().toExtend<object>()
expectTypeOf<{}>().toExtend<InputOf<typeof Optional>>()
const nothing = schema({ type: "record", name: "Nothing", fields: [] })
expectTypeOf(nothing).toEqualTypeOf<Schema<{}, {}>>()

// A long is a bigint at every depth where the schema says so, but never in a Date. Either is encoded.
const exact = schema(
  {
    type: "record",
    name: "Exact",
    fields: [
      { name: "plain", type: "long" },
      { name: "annotated", type: { type: "long", logicalType: "timestamp-micros" } },
      { name: "date", type: { type: "long", logicalType: "timestamp-millis" } },
      { name: "bare", type: ["null", "long", "string"] },
      { name: "wrapped", type: ["int", "long"] },
      { name: "map", type: { type: "map", values: ["null", { type: "long" }] } },
    ],
  },
  { long: "bigint" },
)
expectTypeOf<ValueOf<typeof exact>>().toEqualTypeOf<{
  plain: bigint
  annotated: bigint
  date: Date
  bare: bigint | string | null
  wrapped: { int: number } | { long: bigint }
  map: { [key: string]: bigint | null }
}>()
expectTypeOf<InputOf<typeof exact>>().toEqualTypeOf<{
  plain: number | bigint
  annotated: number | bigint
  date: Date
  bare: number | bigint | string | null
  wrapped: { int: number } | { long: number | bigint }
  map: { [key: string]: number | bigint | null }
}>()
expectTypeOf(schema("long", { long: "number" })).toEqualTypeOf<Schema<number, number | bigint>>()

// Options known only at run time leave both open.
declare const options: SchemaOptions
expectTypeOf(schema("long", options)).toEqualTypeOf<Schema<number | bigint, number | bigint>>()

// So does a declaration, or a part of one.
declare const declared: SchemaDefinition
expectTypeOf(schema(declared)).toEqualTypeOf<Schema<unknown, unknown>>()
const partly = schema({
  type: "record",
  name: "Partly",
  fields: [
    { name: "known", type: { type: "array", items: "int" } },
    { name: "unknown", type: declared },
    { name: "either", type: ["null", declared] },
    { name: "named", type: "DefinedThere" },
  ],
})
expectTypeOf<ValueOf<typeof partly>>().toEqualTypeOf<{
  known: number[]
  unknown: unknown
  either: unknown
  named: unknown
}>()
