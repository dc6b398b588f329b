// From emitted source text to functions, at run time.

import type { SchemaNode } from "../schema/node.ts"
import { nodesOf } from "../schema/nodes.ts"
import type { Decoder } from "./closures/decoder.ts"
import type { Encoder } from "./closures/encoder.ts"
import { emitDecoder } from "./emit/decoder.ts"
import { emitEncoder } from "./emit/encoder.ts"
import { runtime } from "./runtime/index.ts"

/** An encoder of emitted code, with the closure for what that leaves. */
export function runEncoder(node: SchemaNode, closure: Encoder): Encoder {
  return run(emitEncoder(node), nodesOf(node), closure) as Encoder
}

/** A decoder; with a writer's node, of that writer's data. */
export function runDecoder(closure: Decoder, reader: SchemaNode, writer: SchemaNode = reader): Decoder {
  return run(emitDecoder(reader, writer), nodesOf(reader, writer), closure) as Decoder
}

function run(source: string, nodes: readonly SchemaNode[], closure: unknown): unknown {
  const make = new Function(...Object.keys(runtime), "n", "closure", `"use strict"\n${source}`)
  return make(...Object.values(runtime), nodes, closure)
}
