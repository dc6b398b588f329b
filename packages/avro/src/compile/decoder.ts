// The decoder of a schema, by whichever back end serves here: emitted code, or closures where code
// generation from strings is forbidden. Both give the same values and the same errors.

import { perNode } from "../schema/memo.ts"
import type { Schema } from "../schema/schema.ts"
import { canGenerate } from "./can-generate.ts"
import { decoderOf as closureOf, type Decoder } from "./closures/decoder.ts"
import { runDecoder } from "./run.ts"
import { isWorthEmitting } from "./worth-emitting.ts"

export type { Decoder }

/** The decoder of a schema, made at its first use. */
export function decoderOf(schema: Schema): Decoder {
  return (schema["~codec"].decode ??= make(schema["~node"]))
}

/** Once for each node, which several schemas may share. */
const make = perNode((node): Decoder => {
  const closure = closureOf(node)
  if (!canGenerate() || !isWorthEmitting(node)) return closure
  return runDecoder(closure, node)
})
