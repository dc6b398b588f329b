// Names and namespaces, as the type checker computes them: `names.ts` and the references of `parse.ts`,
// a second time.
//
// https://avro.apache.org/docs/1.12.0/specification/#names

/** The declarations within `S` that have names, by full name. Where part of `S` is known only at run time, any. */
export type NamesIn<S, Space extends string = ""> = {
  [N in Collect<S, Space> as N["fullName"] & string]: N["definition"]
}

/** The full name of declaration `S` in namespace `Space`. */
// biome-ignore format: a table reads better than a staircase
export type FullName<S, Space extends string> =
    S extends { readonly name: infer N extends string; readonly namespace: infer P extends string } ? Qualify<N, P>
  : S extends { readonly name: infer N extends string } ? Qualify<N, Space>
  : ""

/** The full name that a name means which stands in namespace `Space`. */
// biome-ignore format: a table reads better than a staircase
export type Qualify<N extends string, Space extends string> =
    Space extends "" ? N
  : N extends `${string}.${string}` ? N
  : `${Space}.${N}`

/** The part of a full name before its last dot. */
export type NamespaceOf<N extends string> = N extends `${infer Head}.${infer Rest}`
  ? Rest extends `${string}.${string}`
    ? `${Head}.${NamespaceOf<Rest>}`
    : Head
  : ""

/** A name means the type in its own namespace first, and failing that the one in none. */
// biome-ignore format: a table reads better than a staircase
export type Resolve<N extends string, Names, Space extends string> =
    Qualify<N, Space> extends keyof Names ? Qualify<N, Space>
  : N extends keyof Names ? N
  : never

/** What tells a record by its shape. */
export interface RecordLike<F extends readonly FieldLike[]> {
  readonly type: "record" | "error"
  readonly fields: F
}

/** A field of a record, or a parameter of a message. */
export interface FieldLike {
  readonly name: string
  readonly type: unknown
}

interface Collected<N, S> {
  readonly fullName: N
  readonly definition: S
}

// biome-ignore format: a table reads better than a staircase
type Collect<S, Space extends string> =
    [string] extends [S] ? Collected<string, unknown>
  : S extends string ? never
  : S extends readonly (infer B)[] ? Collect<B, Space>
  : S extends RecordLike<infer F>
    ? Collected<FullName<S, Space>, S> | Collect<F[number]["type"], NamespaceOf<FullName<S, Space>>>
  : S extends { readonly type: "enum" | "fixed" } ? Collected<FullName<S, Space>, S>
  : S extends { readonly type: "array"; readonly items: infer I } ? Collect<I, Space>
  : S extends { readonly type: "map"; readonly values: infer V } ? Collect<V, Space>
  : S extends { readonly type: infer T } ? Collect<T, Space>
  : never
