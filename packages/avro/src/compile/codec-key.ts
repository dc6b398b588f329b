// What code that was emitted ahead of time was emitted for. It runs only where both are the same again:
// the version of the runtime it calls, and the key of the schema.

import { md5 } from "@noble/hashes/legacy.js"
import { bytesToHex } from "@noble/hashes/utils.js"
import type { SchemaNode } from "../schema/node.ts"
import { nodesOf } from "../schema/nodes.ts"
import type { Schema } from "../schema/schema.ts"
import { isWorthEmitting } from "./worth-emitting.ts"

/**
 * Counts up whenever code emitted before would no longer do: where a name of `runtime/`, or what it asks
 * of readers, writers and nodes, is gone or means something else.
 */
export const RUNTIME_VERSION = 1

/** The part of a protocol that has codecs. */
export interface WithMessages {
  readonly name: string
  readonly messages: {
    readonly [name: string]: {
      readonly request: Schema
      readonly response: Schema
      readonly errors: readonly Schema[]
    }
  }
}

/** The schemas that a generated module has codecs for: one alone, or those of a protocol's messages. */
export function schemasWithCodecs(of: Schema | WithMessages): Schema[] {
  return schemasOf(of).filter((schema) => isWorthEmitting(schema["~node"]))
}

function schemasOf(of: Schema | WithMessages): Schema[] {
  if (!("messages" in of)) return [of]
  // The first error is the string that stands for those not declared, which all protocols share.
  return Object.values(of.messages).flatMap(({ request, response, errors }) => [
    request,
    response,
    ...errors.slice(1),
  ])
}

/** The key of a node: nodes of one key have the same code. It takes in all that emission asks of them. */
export function codecKey(root: SchemaNode): string {
  const nodes = nodesOf(root)
  const places = new Map(nodes.map((node, index) => [node, index]))
  const described = nodes.map((node) => describe(node, places))
  return bytesToHex(md5(new TextEncoder().encode(JSON.stringify(described))))
}

function describe(node: SchemaNode, places: ReadonlyMap<SchemaNode, number>): unknown[] {
  switch (node.type) {
    case "array":
      return [node.type, places.get(node.items)]
    case "map":
      return [node.type, places.get(node.values)]
    case "union":
      return [node.type, node.wrapped, node.branches.map((branch) => places.get(branch))]
    case "record":
      return [
        node.type,
        node.name,
        node.fields.map(({ name, type, default: bytes }) => [
          name,
          places.get(type),
          bytes === undefined ? null : bytesToHex(bytes),
        ]),
      ]
    case "enum":
      return [node.type, node.name, node.symbols]
    case "fixed":
      return [node.type, node.name, node.size, ...logicalType(node)]
    default:
      return [node.type, node.bigint, ...logicalType(node)]
  }
}

const logicalType = ({ logicalType: type }: SchemaNode): string[] =>
  type === undefined ? [] : [type.name, type.kind]
