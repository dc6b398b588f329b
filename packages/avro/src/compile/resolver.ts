// The decoder of one writer's data for one reader, by whichever back end serves here. See decoder.ts.

import { perPair } from "../schema/memo.ts"
import type { SchemaNode } from "../schema/node.ts"
import { canGenerate } from "./can-generate.ts"
import { resolverOf as closureOf } from "./closures/resolver.ts"
import { type Decoder, decoderOf } from "./decoder.ts"
import { runDecoder } from "./run.ts"
import { isWorthEmitting } from "./worth-emitting.ts"

/** The decoder, made at its first use. Throws `ERR_AVRO_RESOLUTION` where there can be none. */
export const resolverOf: (writer: SchemaNode, reader: SchemaNode) => Decoder = perPair((writer, reader) => {
  if (writer === reader) return decoderOf(reader)
  const closure = closureOf(writer, reader)
  if (!canGenerate() || !isWorthEmitting(writer) || !isWorthEmitting(reader)) return closure
  return runDecoder(closure, reader, writer)
})
