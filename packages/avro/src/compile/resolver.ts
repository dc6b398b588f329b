// The decoder of one writer's data for one reader, by whichever back end serves here. See decoder.ts.

import type { SchemaNode } from "../schema/node.ts"
import { canGenerate } from "./can-generate.ts"
import { resolverOf as closureOf } from "./closures/resolver.ts"
import { type Decoder, decoderOf } from "./decoder.ts"
import { emitDecoder } from "./emit/decoder.ts"
import { run, withClosureDecoder } from "./run.ts"
import { isWorthEmitting } from "./worth-emitting.ts"

const resolvers = new WeakMap<SchemaNode, WeakMap<SchemaNode, Decoder>>()

/** The decoder, made at its first use. Throws `ERR_AVRO_RESOLUTION` where there can be none. */
export function resolverOf(writer: SchemaNode, reader: SchemaNode): Decoder {
  if (writer === reader) return decoderOf(reader)
  let ofReader = resolvers.get(reader)
  if (ofReader === undefined) resolvers.set(reader, (ofReader = new WeakMap()))
  const known = ofReader.get(writer)
  if (known !== undefined) return known
  const closure = closureOf(writer, reader)
  const emits = canGenerate() && isWorthEmitting(writer) && isWorthEmitting(reader)
  const resolver = emits ? withClosureDecoder(run(emitDecoder(reader, writer)) as Decoder, closure) : closure
  ofReader.set(writer, resolver)
  return resolver
}
