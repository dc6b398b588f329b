// What emitted decoders leave to closures.

import { createReader, type Reader } from "../../binary/reader.ts"
import type { Limits } from "../../limits.ts"
import type { FieldNode } from "../../schema/node.ts"
import { type Decoder, decoderOf } from "../closures/decoder.ts"

export { resolverOf } from "../closures/resolver.ts"
export { skipperOf } from "../skipper.ts"

/** A value with items that take no bytes, which have to be counted. */
export function readViaClosure(reader: Reader, position: number, depth: number, decode: Decoder): unknown {
  const base = reader.depth
  reader.position = position
  reader.depth = depth
  const value = decode(reader)
  reader.depth = base
  return value
}

/** A field's default: a copy of its own each time. */
export function readDefault({ type, default: bytes }: FieldNode, limits?: Limits): unknown {
  return decoderOf(type)(createReader(bytes as Uint8Array, limits))
}
