// What `protocol` makes of a literal before it accepts it, in the type checker: `schema/literal.ts` for
// protocols.

import type { AvroTypeError } from "../schema/infer.ts"
import type { CheckedFields, CheckedSchema } from "../schema/literal.ts"
import type { KnownIn, MessageDefinition, ProtocolDefinition, SpaceOf } from "./infer-protocol.ts"

/** Declaration `P` as `protocol` accepts it, for functions that hand a literal on to it. */
// biome-ignore format: a table reads better than a staircase
export type ProtocolLiteral<P> =
    [string] extends [P] ? P // known only at run time; the compiler also infers P from here
  : P extends ProtocolShape ? { [K in keyof P]:
      K extends "types" ? CheckedEach<P[K], KnownIn<P>["names"], SpaceOf<P>>
    : K extends "messages" ? { [M in keyof P[K]]: CheckedMessage<P[K][M], KnownIn<P>["names"], SpaceOf<P>> }
    : P[K] }
  : ProtocolDefinition

// What has to hold before one looks deeper.
interface ProtocolShape extends Omit<ProtocolDefinition, "types" | "messages"> {
  readonly types?: readonly unknown[]
  readonly messages: object
}
interface MessageShape extends Omit<MessageDefinition, "request" | "response" | "errors"> {
  readonly request: readonly unknown[]
  readonly response: unknown
  readonly errors?: readonly unknown[]
}

type CheckedEach<L, Names, Space extends string> = {
  [I in keyof L]: CheckedSchema<L[I], Names, Space>
}

// biome-ignore format: a table reads better than a staircase
type CheckedMessage<M, Names, Space extends string> =
    M extends MessageShape ? { [K in keyof M]:
      K extends "request" ? CheckedFields<M[K], Names, Space>
    : K extends "response" ? M extends OneWay ? NoResponse<M[K]> : CheckedSchema<M[K], Names, Space>
    : K extends "errors" ? M extends OneWay ? NoErrors<M[K]> : CheckedEach<M[K], Names, Space>
    : M[K] }
  : MessageDefinition

interface OneWay {
  readonly "one-way": true
}

type NoResponse<R> = R extends "null" | { readonly type: "null" }
  ? R
  : "null" | AvroTypeError<'A one-way message has the response "null"'>

type NoErrors<E> = E extends readonly [] ? E : AvroTypeError<"A one-way message has no errors">
