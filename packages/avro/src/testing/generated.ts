// Declarations to generate modules of, each with something that a generator may get wrong.

import type { SchemaOptions } from "../schema/schema.ts"
import { hostileNames } from "./arbitrary.ts"
import { field, record, symbols } from "./declare.ts"

/** A declaration, and the options to parse it with. */
export interface Case {
  readonly definition: unknown
  readonly options?: SchemaOptions
}

const arrayOf = (items: unknown): object => ({ type: "array", items })
const mapOf = (values: unknown): object => ({ type: "map", values })
const fixed = (name: string, size: number, more: object = {}): object => ({
  type: "fixed",
  name,
  size,
  ...more,
})
const logical = (type: string, logicalType: string, more: object = {}): object => ({
  type,
  logicalType,
  ...more,
})

/** Texts that end the comment or the string that they stand in, where nobody takes care. */
const hostileText = "*/ throw 1 /*\u2028</script><!-- ${process.exit()} ` \\ \u202e"

/** Words that mean something to TypeScript, in one place or another. */
const words =
  "abstract accessor any as assert asserts async await class declare enum from get global infer interface is keyof let module namespace never new of out override readonly require satisfies set static symbol type typeof undefined unique using void yield".split(
    " ",
  )

/** Schemas by what they are to be called. */
export const schemas: Readonly<Record<string, Case>> = {
  Primitive: { definition: "string" },
  Nothing: { definition: "null" },
  Long: { definition: "long" },
  BigLong: { definition: arrayOf(["null", "long"]), options: { long: "bigint" } },
  Containers: { definition: mapOf(["null", "int", arrayOf("boolean")]) },
  Wrapped: { definition: ["null", "float", logical("long", "none"), record("a.b.R"), mapOf("bytes")] },
  Enum: { definition: symbols("a.Enum", ["A", "B"], { default: "A" }) },
  Fixed: { definition: fixed("Fixed", 3) },
  Defaults: {
    definition: record(
      "Defaults",
      field("point", record("Point", field("x", "int"), field("y", "int", { default: 0 }))),
      field("points", arrayOf("Point")),
      field("byName", mapOf("Point"), { default: {} }),
      field("bare", ["null", "Point"], { default: null }),
      field("wrapped", ["null", "Point", mapOf("Point")]),
      field("kind", symbols("Kind", ["A", "B"]), { default: "A" }),
    ),
  },
  Recursive: {
    definition: record(
      "Tree",
      field("value", "double"),
      field("children", arrayOf("Tree"), { default: [] }),
      field("leaf", ["null", record("Leaf", field("tree", ["null", "Tree"]), field("size", "long"))]),
    ),
  },
  Logical: {
    definition: record(
      "Logical",
      field("price", logical("bytes", "decimal", { precision: 9, scale: 2 })),
      field("exact", logical("bytes", "big-decimal")),
      field("id", logical("string", "uuid")),
      field("fixedId", fixed("Id", 16, { logicalType: "uuid" })),
      field("again", "Id"),
      field("day", logical("int", "date")),
      field("at", logical("long", "timestamp-millis")),
      field("nanos", logical("long", "timestamp-nanos")),
      field("local", logical("long", "local-timestamp-nanos")),
      field("micros", logical("long", "timestamp-micros")),
      field("span", fixed("Span", 12, { logicalType: "duration" })),
      field("moment", ["long", logical("int", "date")]),
      field("unknown", logical("string", "unheard-of")),
    ),
  },
  SwitchedOff: {
    definition: record(
      "Off",
      field("id", ["null", logical("string", "uuid")]),
      field("at", [logical("long", "timestamp-millis"), "int"]),
    ),
    options: { long: "bigint", logicalTypes: { "timestamp-millis": false } },
  },
  Namespaces: {
    definition: record(
      "a.User",
      field("role", symbols("Role", ["ADMIN"])),
      field("other", record("b.User", field("role", symbols("Role", ["GUEST"])), field("far", "a.Role"))),
      field("root", fixed("Root", 2, { namespace: "" })),
      field("either", ["null", "User", "b.User", "Root"]),
    ),
  },
  Taken: {
    definition: record(
      "x.Taken",
      field("date", record("Date", field("at", logical("int", "date")))),
      field("bytes", record("Uint8Array", field("raw", "bytes"), field("class", record("class")))),
      field("input", record("TakenInput", field("long", "long"))),
      field("schema", symbols("Schema", ["NONE"])),
      field("array", ["null", record("Array", field("items", arrayOf("long")))]),
    ),
  },
  /** Each word before each other one and at the end of a line, as a record and as the symbols of an enum. */
  Words: {
    definition: record(
      "Words",
      ...words.flatMap((word) => [
        field(`of_${word}`, record(`r.${word}`, field("self", ["null", word], { default: null }))),
        field(`many_${word}`, arrayOf(["null", `r.${word}`])),
        field(word, symbols(`e.${word}`, [word])),
      ]),
    ),
  },
  Hostile: {
    definition: {
      ...record(
        "constructor",
        ...hostileNames.map((name) =>
          field(name, ["null", symbols(`${name}_`, [name, "class"]), mapOf("string")], { doc: hostileText }),
        ),
        field("class", "int", { doc: "@ts-expect-error", default: 1 }),
      ),
      doc: `@ts-ignore\n${hostileText}`,
      // As JSON.parse makes it: a property of its own.
      ...Object.fromEntries([["__proto__", { constructor: ["</script>", hostileText] }]]),
      "a b\n": null,
    },
  },
}

/** Protocols by what they are to be called. */
export const protocols: Readonly<Record<string, Case>> = {
  Empty: { definition: { protocol: "Empty", messages: {} } },
  Bank: {
    definition: {
      protocol: "Bank",
      namespace: "example",
      types: [
        {
          type: "error",
          name: "Refused",
          fields: [field("why", "string"), field("code", "int", { default: 0 })],
        },
        { type: "error", name: "Refused", namespace: "bank", fields: [field("until", "long")] },
        record("Account", field("owner", "string"), field("cents", "long")),
        record("Unused", field("accounts", arrayOf("Account"))),
      ],
      messages: {
        move: {
          request: [field("from", "Account"), field("to", "string"), field("cents", "long", { default: 1 })],
          response: arrayOf("Account"),
          errors: ["Refused", { type: "error", name: "other.Refused", fields: [] }],
        },
        find: { request: [field("name", "string")], response: ["null", "Account"], errors: ["Refused"] },
        notify: { request: [], response: "null", "one-way": true },
        "not an identifier </script>": { doc: hostileText, request: [], response: "string" },
      },
    },
    options: { long: "bigint" },
  },
}

/** A protocol in a layout of its own, which belongs to what peers know it by. */
export const laidOut = `{
  "protocol": "LaidOut", "doc": "</script>",
  "messages": { "echo": { "request": [ { "name": "query", "type": "string" } ], "response": "string" } }
}`
