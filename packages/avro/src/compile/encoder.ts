// The encoder of a schema, by whichever back end serves here: emitted code, or closures where code
// generation from strings is forbidden. Both give the same bytes and the same errors.

import type { SchemaNode } from "../schema/node.ts"
import { canGenerate } from "./can-generate.ts"
import { encoderOf as closureOf, type Encoder } from "./closures/encoder.ts"
import { emitEncoder } from "./emit/encoder.ts"
import { run, withClosure } from "./run.ts"
import { isWorthEmitting } from "./worth-emitting.ts"

export type { Encoder }

const encoders = new WeakMap<SchemaNode, Encoder>()

/** The encoder of a node, made at its first use. */
export function encoderOf(node: SchemaNode): Encoder {
  const known = encoders.get(node)
  if (known !== undefined) return known
  const closure = closureOf(node)
  const encoder =
    canGenerate() && isWorthEmitting(node) ? withClosure(run(emitEncoder(node)) as Encoder, closure) : closure
  encoders.set(node, encoder)
  return encoder
}
