// The decoder of a schema, by whichever back end serves here: emitted code, or the interpreter where code
// generation from strings is forbidden. Both leave to closures what they cannot do, and so give the same values
// and the same errors.

import { perNode } from "../schema/memo.ts"
import type { Schema } from "../schema/schema.ts"
import { canGenerate } from "./can-generate.ts"
import { decoderOf as closureOf, type Decoder } from "./closures/decoder.ts"
import { interpretingDecoder } from "./interpret/decoder.ts"
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
  return canGenerate() && isWorthEmitting(node)
    ? runDecoder(closure, node)
    : interpretingDecoder(closure, node)
})
