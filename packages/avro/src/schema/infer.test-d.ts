import { expectTypeOf } from "expect-type"
import { type InputOf, type SchemaOptions, schema, type ValueOf } from "./schema.ts"

// Primitives and containers.
const names = schema({ type: "array", items: { type: "map", values: "string" } })
expectTypeOf<ValueOf<typeof names>>().toEqualTypeOf<{ [key: string]: string }[]>()

// A union is bare where JavaScript tells its branches apart, and wrapped where it does not.
const bare = schema(["null", "int", "string"])
expectTypeOf<ValueOf<typeof bare>>().toEqualTypeOf<number | string | null>()
const wrapped = schema(["null", "int", { type: "long" }])
expectTypeOf<ValueOf<typeof wrapped>>().toEqualTypeOf<{ int: number } | { long: number } | null>()
const records = schema([
  { type: "record", name: "a.Left", fields: [] },
  { type: "record", name: "Right", namespace: "b", fields: [{ name: "x", type: "int" }] },
])
expectTypeOf<ValueOf<typeof records>>().toEqualTypeOf<{ "a.Left": {} } | { "b.Right": { x: number } }>()

// What JavaScript tells apart is the logical type's value.
const moment = schema(["long", { type: "int", logicalType: "date" }])
expectTypeOf<ValueOf<typeof moment>>().toEqualTypeOf<number | Date>()

// A field with a default may be left out of what is encoded, and is always there in what is decoded.
const User = schema({
  type: "record",
  name: "User",
  fields: [
    { name: "name", type: "string" },
    { name: "email", type: ["null", "string"], default: null },
    { name: "role", type: { type: "enum", name: "Role", symbols: ["ADMIN", "GUEST"] } },
  ],
})
interface UserValue {
  name: string
  email: string | null
  role: "ADMIN" | "GUEST"
}
expectTypeOf<ValueOf<typeof User>>().toEqualTypeOf<UserValue>()
expectTypeOf<InputOf<typeof User>>().toEqualTypeOf<{
  name: string
  email?: string | null | undefined
  role: "ADMIN" | "GUEST"
}>()

// A long is a number, or a bigint where the schema says so; either may be encoded.
const count = schema("long")
expectTypeOf<ValueOf<typeof count>>().toEqualTypeOf<number>()
expectTypeOf<InputOf<typeof count>>().toEqualTypeOf<number | bigint>()
const exact = schema({ type: "array", items: "long" }, { long: "bigint" })
expectTypeOf<ValueOf<typeof exact>>().toEqualTypeOf<bigint[]>()

// A record may mention itself, and a type may be used after it was defined anywhere before.
const Tree = schema({
  type: "record",
  name: "Tree",
  namespace: "woods",
  fields: [
    { name: "kind", type: { type: "enum", name: "Kind", symbols: ["OAK", "FIR"] } },
    { name: "next", type: ["null", "Tree"] },
    { name: "others", type: { type: "array", items: "woods.Kind" } },
  ],
})
type Tree = ValueOf<typeof Tree>
expectTypeOf<NonNullable<NonNullable<Tree["next"]>["next"]>["others"]>().toEqualTypeOf<("OAK" | "FIR")[]>()

// Logical types of the specification.
const Row = schema({
  type: "record",
  name: "Row",
  fields: [
    { name: "price", type: { type: "bytes", logicalType: "decimal", precision: 9, scale: 2 } },
    { name: "id", type: { type: "string", logicalType: "uuid" } },
    { name: "at", type: { type: "long", logicalType: "timestamp-millis" } },
    { name: "exactlyAt", type: { type: "long", logicalType: "timestamp-nanos" } },
    { name: "tick", type: { type: "long", logicalType: "timestamp-micros" } },
    { name: "mark", type: { type: "string", logicalType: "unheard-of" } },
  ],
})
expectTypeOf<ValueOf<typeof Row>>().toEqualTypeOf<{
  price: string
  id: string
  at: Date
  exactlyAt: bigint
  tick: number
  mark: string
}>()

// Namespaces: a name is looked for around it, and then in none; an empty namespace is none.
const Spaces = schema({
  type: "record",
  name: "Outer",
  namespace: "a.b",
  fields: [
    { name: "own", type: { type: "enum", name: "Mode", symbols: ["ON"] } },
    { name: "root", type: { type: "fixed", name: "Root", namespace: "", size: 2 } },
    {
      name: "other",
      type: {
        type: "record",
        name: "c.Other",
        fields: [
          { name: "mode", type: { type: "enum", name: "Mode", symbols: ["OFF"] } },
          { name: "near", type: "Mode" },
          { name: "far", type: "a.b.Mode" },
          { name: "fallback", type: "Root" },
        ],
      },
    },
    { name: "again", type: { type: "map", values: "c.Other" } },
    { name: "back", type: "Mode" },
  ],
})
interface Other {
  mode: "OFF"
  near: "OFF"
  far: "ON"
  fallback: Uint8Array
}
expectTypeOf<ValueOf<typeof Spaces>>().toEqualTypeOf<{
  own: "ON"
  root: Uint8Array
  other: Other
  again: { [key: string]: Other }
  back: "ON"
}>()

// Named branches are wrapped under the full names that references mean.
const referring = schema({
  type: "record",
  name: "x.Holder",
  fields: [
    { name: "first", type: { type: "record", name: "First", fields: [] } },
    { name: "either", type: ["null", "First", { type: "map", values: "int" }] },
    {
      name: "told",
      type: ["null", "First", "string", "bytes", "boolean", { type: "array", items: "First" }],
    },
  ],
})
expectTypeOf<ValueOf<typeof referring>>().toEqualTypeOf<{
  first: {}
  either: null | { "x.First": {} } | { map: { [key: string]: number } }
  told: null | {} | string | Uint8Array | boolean | {}[]
}>()

// Names of complex types may be names of one's own.
const own = schema([
  { type: "enum", name: "record", symbols: ["A"] },
  { type: "array", items: "record" },
])
expectTypeOf<ValueOf<typeof own>>().toEqualTypeOf<"A" | "A"[]>()
const map = schema({
  type: "record",
  name: "R",
  fields: [
    { name: "kind", type: { type: "enum", name: "map", symbols: ["A"] } },
    { name: "both", type: ["map", "string"] },
    { name: "bare", type: ["map", "int"] },
  ],
})
expectTypeOf<ValueOf<typeof map>>().toEqualTypeOf<{
  kind: "A"
  both: { map: "A" } | { string: string }
  bare: "A" | number
}>()

// A default anywhere inside makes its own field optional to encode, and no other.
const Nested = schema({
  type: "array",
  items: {
    type: "record",
    name: "Item",
    fields: [
      { name: "at", type: { type: "int", logicalType: "date" }, default: 0 },
      { name: "next", type: ["null", "Item"], default: null },
      { name: "parts", type: { type: "map", values: "long" } },
    ],
  },
})
expectTypeOf<InputOf<typeof Nested>[number]["parts"]>().toEqualTypeOf<{ [key: string]: number | bigint }>()
expectTypeOf<{ parts: {} }>().toExtend<InputOf<typeof Nested>[number]>()
expectTypeOf<{ at: Date }>().not.toExtend<InputOf<typeof Nested>[number]>()
expectTypeOf<ValueOf<typeof Nested>[number]["at"]>().toEqualTypeOf<Date>()

// Numbers, bytes and dates in a union with their annotations.
const annotated = schema([
  { type: "bytes", logicalType: "decimal", precision: 4, scale: 2 },
  { type: "fixed", name: "F", size: 2 },
  { type: "long", logicalType: "timestamp-nanos" },
])
expectTypeOf<ValueOf<typeof annotated>>().toEqualTypeOf<string | Uint8Array | bigint>()

// @ts-expect-error The options of a schema are known.
expectTypeOf<{ long: "text" }>().toExtend<SchemaOptions>()
