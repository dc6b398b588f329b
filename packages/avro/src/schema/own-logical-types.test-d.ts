// The types of values whose logical types are given with the schema.

import { expectTypeOf } from "expect-type"
import { protocol } from "../protocol/protocol.ts"
import { logicalType } from "./own-logical-types.ts"
import { type InputOf, type SchemaOptions, schema, type ValueOf } from "./schema.ts"

interface Instant {
  readonly millis: number
}

// What the conversions are given follows from `type` and `long`; what they return is the type of the values.
const instant = logicalType({
  type: "long",
  kind: "object",
  toValue: (millis, declaration): Instant => {
    expectTypeOf(millis).toEqualTypeOf<number>()
    expectTypeOf(declaration.logicalType).toEqualTypeOf<string>()
    expectTypeOf(declaration["unit"]).toEqualTypeOf<unknown>()
    return { millis }
  },
  toUnderlying: ({ millis }) => millis,
})
const exact = logicalType({
  type: "long",
  long: "bigint",
  kind: "number",
  toValue: (value) => {
    expectTypeOf(value).toEqualTypeOf<bigint>()
    return -value
  },
  toUnderlying: (value) => -value,
})
const reversed = logicalType({
  type: ["bytes", "fixed"],
  kind: "bytes",
  toValue: (bytes): Uint8Array => {
    expectTypeOf(bytes).toEqualTypeOf<Uint8Array>()
    return bytes.toReversed()
  },
  toUnderlying: (bytes) => bytes.toReversed(),
})
const tags = logicalType({
  type: "string",
  kind: "array",
  toValue: (text) => text.split(" "),
  toUnderlying: (words) => words.join(" "),
})

// They are added by name, stand in for one of the specification, or switch it off.
const Event = schema(
  {
    type: "record",
    name: "Event",
    fields: [
      { name: "at", type: { type: "long", logicalType: "timestamp-millis" } },
      { name: "added", type: { type: "map", values: { type: "long", logicalType: "exact" } }, default: {} },
      { name: "off", type: { type: "int", logicalType: "date" } },
      { name: "bytes", type: { type: "bytes", logicalType: "reversed" } },
      { name: "fixed", type: { type: "fixed", name: "F", size: 2, logicalType: "reversed" } },
      { name: "tags", type: ["null", { type: "string", logicalType: "tags" }] },
      { name: "untouched", type: { type: "string", logicalType: "uuid" } },
      { name: "elsewhere", type: { type: "int", logicalType: "timestamp-millis" } },
      { name: "unknown", type: { type: "int", logicalType: "constructor" } },
      { name: "plain", type: "long" },
    ],
  },
  { logicalTypes: { "timestamp-millis": instant, exact, date: false, reversed, tags } },
)
interface EventValue {
  at: Instant
  added: { [key: string]: bigint }
  off: number
  bytes: Uint8Array
  fixed: Uint8Array
  tags: string[] | null
  untouched: string
  elsewhere: number
  unknown: number
  plain: number
}
expectTypeOf<ValueOf<typeof Event>>().toEqualTypeOf<EventValue>()
expectTypeOf<InputOf<typeof Event>["at"]>().toEqualTypeOf<Instant>()
expectTypeOf<InputOf<typeof Event>["added"]>().toEqualTypeOf<{ [key: string]: bigint } | undefined>()

// One that replaces a name replaces it on every type: what it does not annotate is what is underneath.
const money = logicalType({
  type: "bytes",
  kind: "number",
  toValue: (bytes) => bytes.length,
  toUnderlying: (size) => new Uint8Array(size),
})
const prices = schema(
  [
    { type: "bytes", logicalType: "decimal", precision: 4 },
    { type: "fixed", name: "F", size: 2, logicalType: "decimal", precision: 4 },
  ],
  { logicalTypes: { decimal: money } },
)
expectTypeOf<ValueOf<typeof prices>>().toEqualTypeOf<number | Uint8Array>()

// Whether a union is bare follows from the kinds: switching one off, or giving another, may wrap it.
const dated = ["int", { type: "long", logicalType: "timestamp-millis" }] as const
const bare = schema(dated)
expectTypeOf<ValueOf<typeof bare>>().toEqualTypeOf<number | Date>()
const off = schema(dated, { logicalTypes: { "timestamp-millis": false } })
expectTypeOf<ValueOf<typeof off>>().toEqualTypeOf<{ int: number } | { long: number }>()
const other = schema([...dated, { type: "map", values: "int" }], {
  logicalTypes: { "timestamp-millis": instant },
})
expectTypeOf<ValueOf<typeof other>>().toEqualTypeOf<
  { int: number } | { long: Instant } | { map: { [key: string]: number } }
>()

// `long: "bigint"` means the longs that no logical type speaks for.
const both = schema(
  {
    type: "record",
    name: "Both",
    fields: [
      { name: "plain", type: "long" },
      { name: "instant", type: { type: "long", logicalType: "instant" } },
      { name: "off", type: { type: "long", logicalType: "timestamp-millis" } },
    ],
  },
  { long: "bigint", logicalTypes: { instant, "timestamp-millis": false } },
)
expectTypeOf<ValueOf<typeof both>>().toEqualTypeOf<{ plain: bigint; instant: Instant; off: bigint }>()

// They reach the messages and the errors of a protocol.
const Clock = protocol(
  {
    protocol: "Clock",
    types: [
      {
        type: "error",
        name: "Late",
        fields: [{ name: "by", type: { type: "long", logicalType: "exact" } }],
      },
    ],
    messages: {
      now: {
        request: [{ name: "last", type: { type: "long", logicalType: "timestamp-millis" } }],
        response: { type: "long", logicalType: "timestamp-millis" },
        errors: ["Late"],
      },
    },
  },
  { logicalTypes: { "timestamp-millis": instant, exact } },
)
expectTypeOf<ValueOf<typeof Clock.messages.now.response>>().toEqualTypeOf<Instant>()
expectTypeOf<InputOf<typeof Clock.messages.now.request>>().toEqualTypeOf<{ last: Instant }>()
type ClockErrors = typeof Clock extends { readonly "~types"?: { readonly errors: infer E } } ? E : never
expectTypeOf<ClockErrors>().toEqualTypeOf<{
  readonly Late: { readonly value: { by: bigint }; readonly input: { by: bigint } }
}>()

// Options known only at run time may hold any: what they might change is unknown, and no more.
declare const options: SchemaOptions
const open = schema(
  {
    type: "record",
    name: "Open",
    fields: [
      { name: "plain", type: "string" },
      { name: "annotated", type: { type: "int", logicalType: "date" } },
      { name: "either", type: ["null", { type: "int", logicalType: "date" }] },
    ],
  },
  options,
)
expectTypeOf<ValueOf<typeof open>>().toEqualTypeOf<{ plain: string; annotated: unknown; either: unknown }>()

logicalType({
  type: "long",
  kind: "date",
  // @ts-expect-error Values of the kind "date" are Dates.
  toValue: (millis): Instant => ({ millis }),
  toUnderlying: () => 0,
})
logicalType({
  type: "string",
  kind: "string",
  toValue: (text) => text,
  // @ts-expect-error A string is written as text.
  toUnderlying: (text) => text.length,
})
// @ts-expect-error Nothing but null is of the kind "null".
logicalType({ type: "string", kind: "null", toValue: () => null, toUnderlying: () => "" })
// @ts-expect-error A record cannot be annotated.
logicalType({ type: "record", kind: "object", toValue: (value) => value, toUnderlying: (value) => value })
// @ts-expect-error There is no switching on what nobody defined.
schema("int", { logicalTypes: { money: true } })
