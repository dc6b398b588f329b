// The decoder of a schema, by whichever back end serves here: emitted code, or closures where code
// generation from strings is forbidden. Both give the same values and the same errors.

import type { SchemaNode } from "../schema/node.ts"
import { canGenerate } from "./can-generate.ts"
import { decoderOf as closureOf, type Decoder } from "./closures/decoder.ts"
import { emitDecoder } from "./emit/decoder.ts"
import { run, withClosureDecoder } from "./run.ts"
import { isWorthEmitting } from "./worth-emitting.ts"

export type { Decoder }

const decoders = new WeakMap<SchemaNode, Decoder>()

/** The decoder of a node, made at its first use. */
export function decoderOf(node: SchemaNode): Decoder {
  const known = decoders.get(node)
  if (known !== undefined) return known
  const closure = closureOf(node)
  const decoder =
    canGenerate() && isWorthEmitting(node)
      ? withClosureDecoder(run(emitDecoder(node)) as Decoder, closure)
      : closure
  decoders.set(node, decoder)
  return decoder
}
