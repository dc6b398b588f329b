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

// @ts-expect-error A record needs fields.
schema({ type: "record", name: "Empty" })
// @ts-expect-error The options of a schema are known.
expectTypeOf<{ long: "text" }>().toExtend<SchemaOptions>()
