// Protocol literal → the types of its messages' requests, responses and declared errors.

import type { FieldDefinition, SchemaDefinition } from "../schema/definition.ts"
import type { Infer, InferFields, Scope } from "../schema/infer.ts"
import type { FieldLike, NamesIn, NamespaceOf, Qualify } from "../schema/infer-names.ts"
import type { LogicalTypesOf, LongOf, SchemaOptions } from "../schema/schema.ts"

/** What a protocol looks like when it is written as a TypeScript literal. */
export interface ProtocolDefinition {
  readonly protocol: string
  readonly namespace?: string
  readonly doc?: string
  /** Named types, each defined before it is used. */
  readonly types?: readonly SchemaDefinition[]
  readonly messages: { readonly [name: string]: MessageDefinition }
}

/** A message as a literal. */
export interface MessageDefinition {
  readonly doc?: string
  readonly request: readonly FieldDefinition[]
  readonly response: SchemaDefinition
  /** Beside the string that stands for every undeclared error. */
  readonly errors?: readonly SchemaDefinition[]
  /** No answer is awaited. Needs a response of `"null"` and no errors. */
  readonly "one-way"?: boolean
}

/** The static types of one message: what one side makes (`…Input`) and what the other receives. */
export interface MessageTypes {
  readonly request: unknown
  readonly requestInput: unknown
  readonly response: unknown
  readonly responseInput: unknown
}

/** The static types of one declared error. */
export interface ErrorTypes {
  readonly value: unknown
  readonly input: unknown
}

/** The types of the messages that protocol `P` declares. */
export type InferMessages<P, O extends SchemaOptions> = {
  readonly [M in keyof MessagesOf<P>]: InferMessage<MessagesOf<P>[M], Sides<P, O>, SpaceOf<P>>
}

/** The types of the errors that protocol `P` declares, by the names they were declared with. */
export type InferErrors<P, O extends SchemaOptions> = {
  readonly [E in ErrorsIn<P> as E["name"]]: {
    readonly value: Infer<E, Sides<P, O>["value"], SpaceOf<P>>
    readonly input: Infer<E, Sides<P, O>["input"], SpaceOf<P>>
  }
}

/** What the declarations in protocol `P` refer to: types defined in `types`, or within any message. */
export interface KnownIn<P, O extends SchemaOptions = {}> {
  readonly names: NamesIn<DeclaredTypes<P>[] | SchemasIn<MessagesOf<P>>[], SpaceOf<P>>
  readonly logicalTypes: LogicalTypesOf<O>
}

/** The namespace that holds within protocol `P`. */
// biome-ignore format: a table reads better than a staircase
export type SpaceOf<P> =
    P extends { readonly protocol: infer N extends string; readonly namespace: infer S extends string }
    ? NamespaceOf<Qualify<N, S>>
  : P extends { readonly protocol: infer N extends string } ? NamespaceOf<N>
  : ""

interface InferMessage<M, S extends Record<"value" | "input", Scope>, Space extends string> {
  readonly request: InferFields<FieldsOf<M>, S["value"], Space>
  readonly requestInput: InferFields<FieldsOf<M>, S["input"], Space>
  readonly response: Infer<ResponseOf<M>, S["value"], Space>
  readonly responseInput: Infer<ResponseOf<M>, S["input"], Space>
}

interface Sides<P, O extends SchemaOptions> {
  readonly value: Scope<"value", LongOf<O>, KnownIn<P, O>>
  readonly input: Scope<"input", LongOf<O>, KnownIn<P, O>>
}

type MessagesOf<P> = P extends { readonly messages: infer M } ? M : {}
type FieldsOf<M> = M extends { readonly request: infer R extends readonly FieldLike[] } ? R : readonly []
type ResponseOf<M> = M extends { readonly response: infer R } ? R : never
type DeclaredTypes<P> = P extends { readonly types: readonly (infer T)[] } ? T : never
type DeclaredErrors<M> = M extends { readonly errors: readonly (infer E)[] } ? E : never

type SchemasIn<Messages> = {
  [M in keyof Messages]:
    | FieldsOf<Messages[M]>[number]["type"]
    | ResponseOf<Messages[M]>
    | DeclaredErrors<Messages[M]>
}[keyof Messages]

type ErrorsIn<P> = Extract<
  DeclaredTypes<P> | DeclaredErrors<MessagesOf<P>[keyof MessagesOf<P>]>,
  { readonly type: "error"; readonly name: string }
>
