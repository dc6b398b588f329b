// Schema literal → TypeScript type, computed by the type checker. The same rules as at run time:
// what `decode` returns (`side: "value"`) and what `encode` accepts (`side: "input"`).
//
//   "string"                            → string
//   ["null", "int"]                     → number | null
//   ["int", "double"]                   → { int: number } | { double: number }
//   { type: "array", items: "long" }    → number[]
//   { type: "record", name, fields }    → { field: … }
//
// Named types are collected first, wherever they are defined, so that a reference by name, and a
// record that mentions itself, resolves to the same type. Whether a literal breaks a rule is asked in
// `literal.ts`, not here. `scripts/type-cost.js` bounds what both cost the type checker.

import type { FieldLike, FullName, NamespaceOf, RecordLike, Resolve } from "./infer-names.ts"

/** What a declaration refers to. What depends on this alone is computed once for both sides. */
interface Known {
  /** Declarations by full name. */
  readonly names: object
  /** The logical types given with the declaration, by name; `false` switches one off. */
  readonly logicalTypes: object
}

/** The options and names that hold for a whole declaration. */
export interface Scope<Side = "value" | "input", Long = unknown, K extends Known = Known> {
  readonly side: Side
  readonly long: Long
  readonly known: K
}

/** The type of the values that declaration `S`, standing in namespace `Space`, describes. */
// biome-ignore format: a table reads better than a staircase
export type Infer<S, In extends Scope, Space extends string = ""> =
    [string] extends [S] ? unknown
  : S extends keyof Primitives<In> ? Primitives<In>[S]
  : S extends string ? InferNamed<Resolve<S, In["known"]["names"], Space>, In>
  : S extends readonly unknown[] ? InferUnion<S, In, Space>
  : LogicalTypeOf<S, In["known"]["logicalTypes"]> extends Typing<infer _Kind, infer V> ? V
  : S extends { readonly type: "array"; readonly items: infer I } ? Infer<I, In, Space>[]
  : S extends { readonly type: "map"; readonly values: infer V } ? { [key: string]: Infer<V, In, Space> }
  : S extends { readonly type: "enum"; readonly symbols: readonly (infer E)[] } ? E
  : S extends { readonly type: "fixed" } ? Uint8Array
  : S extends RecordLike<infer F> ? InferFields<F, In, NamespaceOf<FullName<S, Space>>>
  : S extends { readonly type: infer T } ? Infer<T, In, Space>
  : unknown

/** The type of a record's fields, or of a message's parameters. */
export type InferFields<
  F extends readonly FieldLike[],
  In extends Scope,
  Space extends string,
> = In["side"] extends "value"
  ? { -readonly [P in F[number] as P["name"]]: Infer<P["type"], In, Space> }
  : Flatten<
      {
        -readonly [P in F[number] as P extends Defaulted ? never : P["name"]]: Infer<P["type"], In, Space>
      } & {
        -readonly [P in F[number] as P extends Defaulted ? P["name"] : never]?:
          | Infer<P["type"], In, Space>
          | undefined
      }
    >

/** What a union calls branch `S`; `never` for what cannot be one. */
// biome-ignore format: a table reads better than a staircase
export type BranchName<S, Names, Space extends string> =
    S extends keyof Kinds ? S extends keyof Primitives<Scope> ? S : Resolve<S, Names, Space>
  : S extends string ? Resolve<S, Names, Space>
  : S extends { readonly name: string } ? FullName<S, Space>
  : S extends { readonly type: infer T } ? T extends keyof Kinds ? T : BranchName<T, Names, Space>
  : never

/** Whether a tuple has an element twice. */
export type HasTwice<K extends readonly unknown[], Seen = never> = K extends readonly [
  infer First,
  ...infer Rest,
]
  ? First extends Seen
    ? true
    : HasTwice<Rest, Seen | First>
  : false

/** Shows up where a schema cannot be given a type; its argument says why. */
export interface AvroTypeError<Message extends string> {
  readonly __avroTypeError: Message
}

interface Primitives<In extends Scope> {
  null: null
  boolean: boolean
  int: number
  long: In["side"] extends "input" ? number | bigint : In["long"]
  float: number
  double: number
  bytes: Uint8Array
  string: string
}

/** The kind, as in `node.ts`, and the type of the values of a logical type. */
interface Typing<Kind, Value> {
  readonly kind: Kind
  readonly value: Value
}

/** Those of the specification that change values. The table of `logical-types.ts`, a second time. */
interface LogicalTypes {
  "bytes:decimal": Typing<"string", string>
  "fixed:decimal": Typing<"string", string>
  "bytes:big-decimal": Typing<"string", string>
  "string:uuid": Typing<"string", string>
  "fixed:uuid": Typing<"string", string>
  "int:date": Typing<"date", Date>
  "long:timestamp-millis": Typing<"date", Date>
  "long:timestamp-nanos": Typing<"number", bigint>
  "long:local-timestamp-nanos": Typing<"number", bigint>
  "fixed:duration": Typing<"object", { months: number; days: number; millis: number }>
}

/** The logical type of a declaration: one given with it, or one of the specification. */
// biome-ignore format: a table reads better than a staircase
type LogicalTypeOf<S, Given> =
    S extends { readonly logicalType: infer L extends string; readonly type: infer T extends string }
    ? L extends keyof Given ? GivenTypeOf<Given[L], T>
    : `${T}:${L}` extends infer Key extends keyof LogicalTypes ? LogicalTypes[Key]
    : undefined
  : undefined

// biome-ignore format: a table reads better than a staircase
type GivenTypeOf<G, T extends string> =
    [G] extends [{ readonly type: infer U; readonly kind: infer K; toValue(...args: never): infer V }]
    ? T extends (U extends readonly (infer E)[] ? E : U) ? Typing<K, V> : undefined
  : [G] extends [false] ? undefined
  : Typing<`of ${T}`, unknown> // known only at run time

interface Defaulted {
  readonly default: unknown
}

type Flatten<T> = { [K in keyof T]: T[K] }

type InferNamed<Full extends string, In extends Scope> = [Full] extends [never]
  ? AvroTypeError<"Unknown type name">
  : Infer<In["known"]["names"][Full & keyof In["known"]["names"]], In, NamespaceOf<Full>>

// biome-ignore format: a table reads better than a staircase
type InferUnion<S extends readonly unknown[], In extends Scope, Space extends string> =
    [string] extends [S[number]] ? unknown
  : IsWrapped<S, In["known"], Space> extends true ? { [I in keyof S]: Wrapped<S[I], In, Space> }[number]
  : { [I in keyof S]: Infer<S[I], In, Space> }[number]

type Wrapped<S, In extends Scope, Space extends string> = S extends "null" | { readonly type: "null" }
  ? null
  : { [N in BranchName<S, In["known"]["names"], Space>]: Infer<S, In, Space> }

type IsWrapped<S extends readonly unknown[], K extends Known, Space extends string> = HasTwice<{
  [I in keyof S]: KindOf<S[I], K, Space>
}>

/** What tells values apart in JavaScript: `kindOf` of `node.ts`. */
// biome-ignore format: a table reads better than a staircase
type KindOf<S, K extends Known, Space extends string> =
    S extends keyof Primitives<Scope> ? Kinds[S]
  : S extends string ? KindOfNamed<Resolve<S, K["names"], Space>, K>
  : LogicalTypeOf<S, K["logicalTypes"]> extends Typing<infer Kind, infer _Value> ? Kind
  : S extends { readonly type: infer T } ? T extends keyof Kinds ? Kinds[T] : KindOf<T, K, Space>
  : never

type KindOfNamed<Full extends string, K extends Known> = KindOf<
  K["names"][Full & keyof K["names"]],
  K,
  NamespaceOf<Full>
>

interface Kinds {
  null: "null"
  boolean: "boolean"
  int: "number"
  long: "number"
  float: "number"
  double: "number"
  bytes: "bytes"
  fixed: "bytes"
  string: "string"
  enum: "string"
  array: "array"
  map: "object"
  record: "object"
  error: "object"
}
