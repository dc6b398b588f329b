// The decoder of one writer's data for one reader, by whichever back end serves here. See decoder.ts.

import { perPair } from "../schema/memo.ts"
import type { Schema } from "../schema/schema.ts"
import { canGenerate } from "./can-generate.ts"
import { resolverOf as closureOf } from "./closures/resolver.ts"
import { type Decoder, decoderOf } from "./decoder.ts"
import { interpretingDecoder } from "./interpret/decoder.ts"
import { runDecoder } from "./run.ts"
import { isWorthEmitting } from "./worth-emitting.ts"

/** The decoder, made at its first use. Throws `ERR_AVRO_RESOLUTION` where there can be none. */
export function resolverOf(writer: Schema, reader: Schema): Decoder {
  const codec = reader["~codec"]
  if (codec.resolve?.writer !== writer) codec.resolve = { writer, decode: find(writer, reader) }
  return codec.resolve.decode
}

function find(writer: Schema, reader: Schema): Decoder {
  const isSame = writer["~node"] === reader["~node"]
  return isSame ? decoderOf(reader) : make(writer["~node"], reader["~node"])
}

/** Once for each pair of nodes. */
const make = perPair((writer, reader): Decoder => {
  const closure = closureOf(writer, reader)
  const emits = canGenerate() && isWorthEmitting(writer) && isWorthEmitting(reader)
  return emits ? runDecoder(closure, reader, writer) : interpretingDecoder(closure, reader, writer)
})
