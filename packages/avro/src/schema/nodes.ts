// Every node of a schema, in an order that its declaration gives: the same whenever and wherever it is parsed.

import type { SchemaNode } from "./node.ts"

/** The nodes that `roots` reach, each once, parts behind what they are parts of. No recursion: chains may be long. */
export function nodesOf(...roots: SchemaNode[]): SchemaNode[] {
  const nodes = new Set(roots)
  for (const node of nodes) for (const part of partsOf(node)) nodes.add(part) // the loop comes to what it adds
  return [...nodes]
}

/** The nodes that a node refers to. */
function partsOf(node: SchemaNode): readonly SchemaNode[] {
  switch (node.type) {
    case "array":
      return [node.items]
    case "map":
      return [node.values]
    case "union":
      return node.branches
    case "record":
      return node.fields.map(({ type }) => type)
    default:
      return []
  }
}
