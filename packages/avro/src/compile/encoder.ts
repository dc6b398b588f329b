// The encoder of a schema, by whichever back end serves here: emitted code, or the interpreter where code
// generation from strings is forbidden. Both leave to closures what they cannot do, and so give the same bytes
// and the same errors.

import { perNode } from "../schema/memo.ts"
import type { Schema } from "../schema/schema.ts"
import { canGenerate } from "./can-generate.ts"
import { encoderOf as closureOf, type Encoder } from "./closures/encoder.ts"
import { interpretingEncoder } from "./interpret/encoder.ts"
import { runEncoder } from "./run.ts"
import { isWorthEmitting } from "./worth-emitting.ts"

export type { Encoder }

/** The encoder of a schema, made at its first use. */
export function encoderOf(schema: Schema<unknown, unknown>): Encoder {
  return (schema["~codec"].encode ??= make(schema["~node"]))
}

/** Once for each node, which several schemas may share. */
const make = perNode((node): Encoder => {
  const closure = closureOf(node)
  return canGenerate() && isWorthEmitting(node)
    ? runEncoder(node, closure)
    : interpretingEncoder(node, closure)
})
