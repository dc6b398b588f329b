// What `schema` refuses, and where: every `@ts-expect-error` stands on the line before the mistake, and
// so proves the place as well.

import { expectTypeOf } from "expect-type"
import type { SchemaLiteral } from "./literal.ts"
import { type SchemaFor, schema, type ValueOf } from "./schema.ts"

// A name that nothing defines, at every place a name may stand.
// @ts-expect-error Unknown type name "strin".
schema("strin")
schema({
  type: "array",
  // @ts-expect-error Unknown type name "Usr".
  items: "Usr",
})
schema({
  type: "record",
  name: "shop.Order",
  fields: [
    { name: "user", type: { type: "record", name: "User", fields: [] } },
    { name: "same", type: ["null", "User", "shop.Order"] },
    // @ts-expect-error Unknown type name "Usr".
    { name: "other", type: "Usr" },
    {
      name: "deep",
      type: {
        type: "map",
        values: [
          "null",
          {
            type: "record",
            name: "elsewhere.Line",
            fields: [
              {
                name: "by",
                // @ts-expect-error Unknown type name "User": it is looked for in `elsewhere` and in none.
                type: "User",
              },
              { name: "rightly", type: "shop.User" },
            ],
          },
          // @ts-expect-error Unknown type name "Line": it is `elsewhere`.
          "Line",
        ],
      },
    },
    // @ts-expect-error Unknown type name "Usr", with an object around it.
    { name: "around", type: { type: "Usr" } },
    // @ts-expect-error Names differ by case.
    { name: "cased", type: "String" },
    // @ts-expect-error An empty name is none.
    { name: "empty", type: "" },
  ],
})

// What a declaration cannot do without.
schema({
  type: "record",
  name: "Lacking",
  fields: [
    { name: "before", type: "int" },
    // @ts-expect-error A field needs a type.
    { name: "untyped" },
    // @ts-expect-error A field needs a name.
    { type: "int" },
    // @ts-expect-error A field is an object.
    "int",
    // @ts-expect-error An array needs items: `itms` means nothing to it.
    { name: "array", type: { type: "array", itms: "int" } },
    // @ts-expect-error An array needs items.
    { name: "bare", type: { type: "array" } },
    // @ts-expect-error A map needs values, not items.
    { name: "map", type: { type: "map", items: "int" } },
    // @ts-expect-error A fixed needs a size.
    { name: "fixed", type: { type: "fixed", name: "F" } },
    // @ts-expect-error An enum needs symbols.
    { name: "enum", type: { type: "enum", name: "E" } },
    // @ts-expect-error A record needs fields.
    { name: "record", type: { type: "record", name: "R" } },
    // @ts-expect-error A record needs a name.
    { name: "nameless", type: { type: "record", fields: [] } },
    // @ts-expect-error An object needs a type.
    { name: "nothing", type: { doc: "I know not what." } },
    // @ts-expect-error A type is no number.
    { name: "number", type: 7 },
    // @ts-expect-error A type is not null: it is called "null".
    { name: "null", type: null },
    { name: "after", type: "int" },
  ],
})

// Attributes of the wrong type.
schema({
  type: "record",
  name: "Attributes",
  // @ts-expect-error Documentation is text.
  doc: 7,
  fields: [],
})
schema({
  type: "record",
  name: "Ordered",
  fields: [
    // @ts-expect-error There are three orders.
    { name: "a", type: "int", order: "upwards" },
    // @ts-expect-error Aliases are names.
    { name: "b", type: "int", aliases: [1] },
    // @ts-expect-error A size is a number.
    { name: "c", type: { type: "fixed", name: "F", size: "4" } },
    // @ts-expect-error A logical type is known by its name.
    { name: "d", type: { type: "long", logicalType: 5 } },
    // @ts-expect-error Digits are counted.
    { name: "e", type: { type: "bytes", logicalType: "decimal", precision: "4" } },
  ],
})

// The default of an enum is one of its symbols.
schema({
  type: "enum",
  name: "Suit",
  symbols: ["SPADES", "HEARTS"],
  // @ts-expect-error CLUBS is no symbol of it.
  default: "CLUBS",
})
schema({ type: "enum", name: "Suit", symbols: ["SPADES", "HEARTS"], default: "HEARTS" })

// A union has each type once, and no other union.
schema([
  "null",
  "string",
  // @ts-expect-error A union must not contain "string" twice.
  { type: "string", logicalType: "uuid" },
  "int",
])
schema([
  { type: "array", items: "int" },
  // @ts-expect-error Two arrays are the same type, whatever they hold.
  { type: "array", items: "string" },
  // @ts-expect-error Unknown type name "Usr": in a union that has another mistake too.
  "Usr",
])
schema([
  "null",
  // @ts-expect-error A union must not contain another directly.
  ["int", "string"],
])
schema({
  type: "record",
  name: "n.Twice",
  fields: [
    { name: "distinct", type: ["null", "Twice", { type: "fixed", name: "Other", size: 1 }] },
    // @ts-expect-error The same record by two names.
    { name: "same", type: ["Twice", "n.Twice"] },
  ],
})

// What is right is accepted: attributes of one's own, an annotation nobody knows, names of types' kinds.
schema({
  type: "record",
  name: "Right",
  aliases: ["Wrong"],
  "x-owner": { team: "billing" },
  fields: [
    { name: "kind", type: { type: "enum", name: "map", symbols: ["A"], default: "A" }, secret: true },
    { name: "same", type: "map", order: "ignore", doc: "…", aliases: ["as"], default: "A" },
    { name: "long", type: { type: "long", logicalType: "unheard-of", unit: "m" } },
    { name: "items", type: { type: "array", items: [], "java-class": "List" }, default: [] },
  ],
})
schema(["null", { type: "long", logicalType: "timestamp-millis" }, { type: "int", logicalType: "date" }])

// A function that hands a literal on to `schema` refuses it at the same place.
function list<const S>(item: SchemaLiteral<S>): SchemaFor<S> {
  return schema<S>(item)
}
const strings = list({ type: "array", items: "string" })
expectTypeOf<ValueOf<typeof strings>>().toEqualTypeOf<string[]>()
list({
  type: "array",
  // @ts-expect-error Unknown type name "strin".
  items: "strin",
})
