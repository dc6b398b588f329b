// Protocol literal → the types of its messages' requests, responses and declared errors.

import type { FieldDefinition, SchemaDefinition } from "../schema/definition.ts"
import type { FieldLike, Infer, InferFields, NamesIn, NamespaceOf, Qualify, Scope } from "../schema/infer.ts"
import type { LongOf, SchemaOptions } from "../schema/schema.ts"

/** What a protocol looks like when it is written as a TypeScript literal. */
export interface ProtocolDefinition {
  readonly protocol: string
  readonly namespace?: string
  readonly doc?: string
  /** Named types, each defined before it is used. */
  readonly types?: readonly SchemaDefinition[]
  readonly messages: { readonly [name: string]: MessageDefinition }
}

interface MessageDefinition {
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
export type InferMessages<P extends ProtocolDefinition, O extends SchemaOptions> = {
  readonly [M in keyof P["messages"]]: InferMessage<P["messages"][M], Sides<P, O>, SpaceOf<P>>
}

/** The types of the errors that protocol `P` declares, by the names they were declared with. */
export type InferErrors<P extends ProtocolDefinition, O extends SchemaOptions> = {
  readonly [E in ErrorsIn<P> as E["name"]]: {
    readonly value: Infer<E, Sides<P, O>["value"], SpaceOf<P>>
    readonly input: Infer<E, Sides<P, O>["input"], SpaceOf<P>>
  }
}

interface InferMessage<
  M extends MessageDefinition,
  S extends Record<"value" | "input", Scope>,
  Space extends string,
> {
  readonly request: InferFields<FieldsOf<M>, S["value"], Space>
  readonly requestInput: InferFields<FieldsOf<M>, S["input"], Space>
  readonly response: Infer<M["response"], S["value"], Space>
  readonly responseInput: Infer<M["response"], S["input"], Space>
}

type FieldsOf<M> = M extends { readonly request: infer R extends readonly FieldLike[] } ? R : never

interface Sides<P extends ProtocolDefinition, O extends SchemaOptions> {
  readonly value: { side: "value"; long: LongOf<O>; names: NamesInProtocol<P> }
  readonly input: { side: "input"; long: LongOf<O>; names: NamesInProtocol<P> }
}

/** Types may be defined in `types`, and within any message. */
type NamesInProtocol<P extends ProtocolDefinition> = NamesIn<
  P["types"] extends readonly unknown[] ? [...P["types"], ...SchemasIn<P>[]] : SchemasIn<P>[],
  SpaceOf<P>
>

type SchemasIn<P extends ProtocolDefinition> =
  | P["messages"][keyof P["messages"]]["request"][number]["type"]
  | P["messages"][keyof P["messages"]]["response"]
  | DeclaredErrors<P>

type DeclaredErrors<P extends ProtocolDefinition> = P["messages"][keyof P["messages"]] extends infer M
  ? M extends { readonly errors: readonly (infer E)[] }
    ? E
    : never
  : never

type ErrorsIn<P extends ProtocolDefinition> = Extract<
  (P["types"] extends readonly (infer T)[] ? T : never) | DeclaredErrors<P>,
  { readonly type: "error"; readonly name: string }
>

type SpaceOf<P> = P extends {
  readonly protocol: infer N extends string
  readonly namespace: infer S extends string
}
  ? NamespaceOf<Qualify<N, S>>
  : P extends { readonly protocol: infer N extends string }
    ? NamespaceOf<N>
    : ""
