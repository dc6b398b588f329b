// How deep the least value of each type nests, which tells how recursion ends.

import type { SchemaNode } from "../schema/node.ts"
import { nodesOf } from "../schema/nodes.ts"

/**
 * The height of every node that can be reached from `root`: how many records, one within the other, a
 * value has at the least. `Infinity` for a type that has no values.
 */
export function heightsIn(root: SchemaNode): ReadonlyMap<SchemaNode, number> {
  // Parts are found after what they are parts of, so backwards most heights are known at once.
  const order = nodesOf(root).toReversed()
  const heights = new Map<SchemaNode, number>()
  for (let changed = true; changed; ) {
    changed = false
    for (const node of order) {
      const height = heightOf(node, (part) => heights.get(part) ?? Infinity)
      if (height === (heights.get(node) ?? Infinity)) continue
      heights.set(node, height)
      changed = true
    }
  }
  return heights
}

function heightOf(node: SchemaNode, heightOfPart: (part: SchemaNode) => number): number {
  switch (node.type) {
    case "union":
      return node.branches.reduce((least, branch) => Math.min(least, heightOfPart(branch)), Infinity)
    case "record":
      return 1 + node.fields.reduce((most, { type }) => Math.max(most, heightOfPart(type)), 0)
    case "enum":
      return node.symbols.length === 0 ? Infinity : 0
    default: // an array or a map may be empty
      return 0
  }
}
