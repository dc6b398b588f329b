// The decoder of a schema, by whichever back end serves here: emitted code, or closures where code
// generation from strings is forbidden. Both give the same values and the same errors.

import { perNode } from "../schema/memo.ts"
import type { SchemaNode } from "../schema/node.ts"
import { canGenerate } from "./can-generate.ts"
import { decoderOf as closureOf, type Decoder } from "./closures/decoder.ts"
import { runDecoder } from "./run.ts"
import { isWorthEmitting } from "./worth-emitting.ts"

export type { Decoder }

/** The decoder of a node, made at its first use. */
export const decoderOf: (node: SchemaNode) => Decoder = perNode((node) => {
  const closure = closureOf(node)
  if (!canGenerate() || !isWorthEmitting(node)) return closure
  return runDecoder(closure, node)
})
