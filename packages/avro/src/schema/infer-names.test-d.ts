// Names: references, recursion, namespaces.

import { expectTypeOf } from "expect-type"
import { type InputOf, schema, type ValueOf } from "./schema.ts"

// A record may mention itself through any container, and two may mention one another.
const Person = schema({
  type: "record",
  name: "Person",
  namespace: "example",
  fields: [
    { name: "friends", type: { type: "array", items: "Person" }, default: [] },
    { name: "byName", type: { type: "map", values: "example.Person" } },
    {
      name: "employer",
      type: [
        "null",
        {
          type: "record",
          name: "Company",
          fields: [
            { name: "head", type: "Person" },
            { name: "owner", type: ["Person", "Company"] },
          ],
        },
      ],
    },
  ],
})
interface PersonValue {
  friends: PersonValue[]
  byName: { [key: string]: PersonValue }
  employer: CompanyValue | null
}
interface CompanyValue {
  head: PersonValue
  owner: { "example.Person": PersonValue } | { "example.Company": CompanyValue }
}
expectTypeOf<ValueOf<typeof Person>>().toEqualTypeOf<PersonValue>()
expectTypeOf<NonNullable<InputOf<typeof Person>["friends"]>[number]["friends"]>().toEqualTypeOf<
  InputOf<typeof Person>["friends"]
>()

// A namespace holds for what stands within a named type, however deep, until another takes over.
const Spaces = schema({
  type: "record",
  name: "a.Outer",
  fields: [
    { name: "mode", type: { type: "enum", name: "Mode", symbols: ["A"] } },
    {
      name: "deep",
      type: {
        type: "array",
        items: {
          type: "map",
          values: {
            type: "record",
            name: "Inner",
            namespace: "b.c",
            fields: [
              { name: "outer", type: "a.Mode" },
              { name: "own", type: { type: "enum", name: "Mode", symbols: ["BC"] } },
              { name: "simple", type: "Mode" },
              { name: "full", type: "b.c.Mode" },
            ],
          },
        },
      },
    },
    { name: "after", type: "Mode" },
  ],
})
interface Inner {
  outer: "A"
  own: "BC"
  simple: "BC"
  full: "BC"
}
expectTypeOf<ValueOf<typeof Spaces>>().toEqualTypeOf<{
  mode: "A"
  deep: { [key: string]: Inner }[]
  after: "A"
}>()

// A dotted name is full: the namespace beside it says nothing. An empty one is none.
const dotted = schema([
  { type: "record", name: "x.R", namespace: "ignored", fields: [{ name: "self", type: ["null", "R"] }] },
  { type: "fixed", name: "F", namespace: "", size: 1 },
  { type: "array", items: "x.R" },
])
interface R {
  self: R | null
}
expectTypeOf<ValueOf<typeof dotted>>().toEqualTypeOf<R | Uint8Array | R[]>()

// A type without a namespace is found from within one, unless that has its own.
const fallback = schema([
  { type: "enum", name: "Size", symbols: ["S"] },
  {
    type: "record",
    name: "shop.Item",
    fields: [
      { name: "size", type: "Size" },
      { name: "sizes", type: { type: "array", items: ["null", "Size"] } },
      { name: "wrapped", type: ["string", "Size"] },
    ],
  },
])
expectTypeOf<ValueOf<typeof fallback>>().toEqualTypeOf<
  "S" | { size: "S"; sizes: ("S" | null)[]; wrapped: { string: string } | { Size: "S" } }
>()

// An object may stand around a name, a primitive's or one's own, and says no more than it.
const around = schema({
  type: "record",
  name: "Around",
  fields: [
    { name: "int", type: { type: "int" } },
    { name: "kind", type: { type: { type: "enum", name: "Kind", symbols: ["K"] } } },
    { name: "again", type: { type: "Kind" } },
    { name: "either", type: ["null", { type: "Kind" }, { type: "int" }] },
    { name: "wrapped", type: [{ type: "Kind" }, { type: { type: "string" } }] },
  ],
})
expectTypeOf<ValueOf<typeof around>>().toEqualTypeOf<{
  int: number
  kind: "K"
  again: "K"
  either: "K" | number | null
  wrapped: { Kind: "K" } | { string: string }
}>()

// An error is a record with another word for it.
const Failure = schema({
  type: "error",
  name: "Failure",
  namespace: "example",
  fields: [
    { name: "code", type: "int", default: 0 },
    { name: "cause", type: ["null", "Failure"] },
  ],
})
interface FailureValue {
  code: number
  cause: FailureValue | null
}
expectTypeOf<ValueOf<typeof Failure>>().toEqualTypeOf<FailureValue>()
