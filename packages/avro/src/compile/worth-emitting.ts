// Which schemas are compiled. A peer may send one of any size: emitting and compiling it takes longer
// than the closures ever will, and V8 does not optimise functions of that length anyway.

import type { SchemaNode } from "../schema/node.ts"
import { nodesOf } from "../schema/nodes.ts"

const MAX_NODES = 2000
/** Loops within loops, each indented: text and time to compile it grow with the square of this. */
const MAX_NESTING = 32

/** Whether a schema is small enough. */
export function isWorthEmitting(root: SchemaNode): boolean {
  const nodes = nodesOf(root)
  return nodes.length <= MAX_NODES && nodes.every((node) => nestsUpTo(MAX_NESTING, node))
}

/** Whether arrays and maps lie no deeper than so within one another. Records are counted anew. */
function nestsUpTo(most: number, node: SchemaNode): boolean {
  if (node.type === "union") return node.branches.every((branch) => nestsUpTo(most, branch))
  if (node.type !== "array" && node.type !== "map") return true
  return most > 0 && nestsUpTo(most - 1, node.type === "array" ? node.items : node.values)
}
