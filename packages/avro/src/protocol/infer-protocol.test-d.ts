import { expectTypeOf } from "expect-type"
import type { FieldDefinition } from "../schema/definition.ts"
import type { InputOf, ValueOf } from "../schema/schema.ts"
import type { ProtocolDefinition } from "./infer-protocol.ts"
import { type Protocol, protocol } from "./protocol.ts"

const Shop = protocol({
  protocol: "Shop",
  namespace: "example",
  types: [
    {
      type: "record",
      name: "Item",
      fields: [
        { name: "id", type: "long" },
        { name: "note", type: "string", default: "" },
      ],
    },
    {
      type: "error",
      name: "SoldOut",
      fields: [{ name: "until", type: { type: "long", logicalType: "timestamp-millis" } }],
    },
  ],
  messages: {
    buy: {
      request: [
        { name: "item", type: "Item" },
        { name: "count", type: "int", default: 1 },
      ],
      response: { type: "array", items: "example.Item" },
      errors: ["SoldOut"],
    },
    ping: { request: [], response: "null", "one-way": true },
  },
})

// A message's request is a record of its parameters; those with a default may be left out.
type Buy = typeof Shop.messages.buy
expectTypeOf<ValueOf<Buy["request"]>>().toEqualTypeOf<{ item: { id: number; note: string }; count: number }>()
expectTypeOf<InputOf<Buy["request"]>>().toEqualTypeOf<{
  item: { id: number | bigint; note?: string | undefined }
  count?: number | undefined
}>()
expectTypeOf<ValueOf<Buy["response"]>>().toEqualTypeOf<{ id: number; note: string }[]>()
expectTypeOf<ValueOf<typeof Shop.messages.ping.response>>().toEqualTypeOf<null>()

// Declared errors are known by their names.
type ErrorsOf<P> = P extends Protocol<infer _Messages, infer Errors> ? Errors : never
expectTypeOf<ErrorsOf<typeof Shop>["SoldOut"]["value"]>().toEqualTypeOf<{ until: Date }>()

// Types, errors too, may be defined within a message, and meant by their names elsewhere.
const Inside = protocol(
  {
    protocol: "a.Inside",
    messages: {
      ask: {
        request: [
          { name: "about", type: { type: "record", name: "Topic", fields: [{ name: "id", type: "long" }] } },
        ],
        response: { type: "map", values: "Topic" },
        errors: [{ type: "error", name: "Unknown", fields: [{ name: "topic", type: "Topic" }] }],
      },
      again: { request: [{ name: "about", type: ["null", "a.Topic"] }], response: "int" },
    },
  },
  { long: "bigint" },
)
type Topic = { id: bigint }
expectTypeOf<ValueOf<typeof Inside.messages.ask.response>>().toEqualTypeOf<{ [key: string]: Topic }>()
expectTypeOf<ValueOf<typeof Inside.messages.again.request>>().toEqualTypeOf<{ about: Topic | null }>()
expectTypeOf<ErrorsOf<typeof Inside>["Unknown"]>().toEqualTypeOf<{
  readonly value: { topic: Topic }
  readonly input: { topic: { id: number | bigint } }
}>()
expectTypeOf<keyof typeof Inside.messages>().toEqualTypeOf<"ask" | "again">()

// A protocol known only at run time has messages of any type.
declare const declared: ProtocolDefinition
const some = protocol(declared)
expectTypeOf<ValueOf<NonNullable<(typeof some.messages)[string]>["response"]>>().toEqualTypeOf<unknown>()
declare const field: FieldDefinition
const partly = protocol({ protocol: "P", messages: { m: { request: [field], response: "string" } } })
expectTypeOf<ValueOf<typeof partly.messages.m.response>>().toEqualTypeOf<string>()
