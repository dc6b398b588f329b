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
// record that mentions itself, resolves to the same type.

/** The options and names that hold for a whole declaration. */
export interface Scope {
  readonly side: "value" | "input"
  readonly long: number | bigint
  /** Declarations by full name. */
  readonly names: object
}

/** The type of the values that declaration `S`, standing in namespace `Space`, describes. */
// biome-ignore format: a table reads better than a staircase
export type Infer<S, In extends Scope, Space extends string = ""> =
    S extends keyof Primitives<In> ? Primitives<In>[S]
  : S extends string ? string extends S ? unknown : InferNamed<Resolve<S, In, Space>, In>
  : S extends readonly unknown[] ? InferUnion<S, In, Space>
  : LogicalKey<S> extends infer L extends keyof LogicalTypes ? LogicalTypes[L]
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

/** The declarations within `S` that have names, by full name: the `names` of a `Scope`. */
export type NamesIn<S, Space extends string = ""> = {
  [N in Collect<S, Space> as N["fullName"] & string]: N["definition"]
}

/** The full name of declaration `S` in namespace `Space`. */
// biome-ignore format: a table reads better than a staircase
type FullName<S, Space extends string> =
    S extends { readonly name: infer N extends string; readonly namespace: infer P extends string } ? Qualify<N, P>
  : S extends { readonly name: infer N extends string } ? Qualify<N, Space>
  : ""

export type Qualify<N extends string, Space extends string> = N extends `${string}.${string}`
  ? N
  : Space extends ""
    ? N
    : `${Space}.${N}`

export type NamespaceOf<N extends string> = N extends `${infer Head}.${infer Rest}`
  ? Rest extends `${string}.${string}`
    ? `${Head}.${NamespaceOf<Rest>}`
    : Head
  : ""

export interface FieldLike {
  readonly name: string
  readonly type: unknown
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

interface LogicalTypes {
  "bytes:decimal": string
  "fixed:decimal": string
  "bytes:big-decimal": string
  "string:uuid": string
  "fixed:uuid": string
  "int:date": Date
  "long:timestamp-millis": Date
  "long:timestamp-nanos": bigint
  "long:local-timestamp-nanos": bigint
  "fixed:duration": { months: number; days: number; millis: number }
}

type LogicalKey<S> = S extends {
  readonly type: infer T extends string
  readonly logicalType: infer L extends string
}
  ? `${T}:${L}`
  : ""

interface RecordLike<F extends readonly FieldLike[]> {
  readonly type: "record" | "error"
  readonly fields: F
}

interface Defaulted {
  readonly default: unknown
}

type Flatten<T> = { [K in keyof T]: T[K] }

/** A name means the type in its own namespace first, and failing that the one in none. */
// biome-ignore format: a table reads better than a staircase
type Resolve<N extends string, In extends Scope, Space extends string> =
    Qualify<N, Space> extends keyof In["names"] ? Qualify<N, Space>
  : N extends keyof In["names"] ? N
  : never

type InferNamed<Full extends string, In extends Scope> = [Full] extends [never]
  ? AvroTypeError<"Unknown type name">
  : Infer<In["names"][Full & keyof In["names"]], In, NamespaceOf<Full>>

type InferUnion<S extends readonly unknown[], In extends Scope, Space extends string> =
  HasTwice<{ [I in keyof S]: KindOf<S[I], In, Space> }> extends true
    ? { [I in keyof S]: Wrapped<S[I], In, Space> }[number]
    : { [I in keyof S]: Infer<S[I], In, Space> }[number]

type Wrapped<S, In extends Scope, Space extends string> = S extends "null" | { readonly type: "null" }
  ? null
  : { [N in BranchName<S, In, Space>]: Infer<S, In, Space> }

// biome-ignore format: a table reads better than a staircase
type BranchName<S, In extends Scope, Space extends string> =
    S extends keyof Primitives<In> ? S
  : S extends string ? Resolve<S, In, Space>
  : S extends { readonly name: string } ? FullName<S, Space>
  : S extends { readonly type: infer T extends string } ? T
  : never

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

interface LogicalKinds {
  "bytes:decimal": "string"
  "fixed:decimal": "string"
  "bytes:big-decimal": "string"
  "fixed:uuid": "string"
  "int:date": "date"
  "long:timestamp-millis": "date"
  "fixed:duration": "object"
}

// biome-ignore format: a table reads better than a staircase
type KindOf<S, In extends Scope, Space extends string> =
    S extends keyof Primitives<In> ? Kinds[S]
  : S extends string ? KindOf<In["names"][Resolve<S, In, Space> & keyof In["names"]], In, Space>
  : LogicalKey<S> extends infer L extends keyof LogicalKinds ? LogicalKinds[L]
  : S extends { readonly type: infer T extends keyof Kinds } ? Kinds[T]
  : never

type HasTwice<K extends readonly unknown[], Seen = never> = K extends readonly [infer First, ...infer Rest]
  ? First extends Seen
    ? true
    : HasTwice<Rest, Seen | First>
  : false

interface Collected<N, S> {
  readonly fullName: N
  readonly definition: S
}

// biome-ignore format: a table reads better than a staircase
type Collect<S, Space extends string> =
    S extends string ? never
  : S extends readonly (infer B)[] ? Collect<B, Space>
  : S extends RecordLike<infer F>
    ? Collected<FullName<S, Space>, S> | Collect<F[number]["type"], NamespaceOf<FullName<S, Space>>>
  : S extends { readonly type: "enum" | "fixed" } ? Collected<FullName<S, Space>, S>
  : S extends { readonly type: "array"; readonly items: infer I } ? Collect<I, Space>
  : S extends { readonly type: "map"; readonly values: infer V } ? Collect<V, Space>
  : S extends { readonly type: infer T } ? Collect<T, Space>
  : never

/** Shows up where a schema cannot be given a type; its argument says why. */
export interface AvroTypeError<Message extends string> {
  readonly __avroTypeError: Message
}
