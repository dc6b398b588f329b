// Which schemas are compiled. A peer may send one of any size: emitting and compiling it takes longer
// than the closures ever will, and V8 does not optimise functions of that length anyway.

import type { SchemaNode } from "../schema/node.ts"

const MAX_NODES = 2000

/** Whether a schema is small enough. */
export function isWorthEmitting(root: SchemaNode): boolean {
  const seen = new Set<SchemaNode>()
  const left = [root]
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    if (seen.has(node)) continue
    seen.add(node)
    if (seen.size > MAX_NODES) return false
    if (node.type === "array") left.push(node.items)
    else if (node.type === "map") left.push(node.values)
    else if (node.type === "union") left.push(...node.branches)
    else if (node.type === "record") for (const { type } of node.fields) left.push(type)
  }
  return true
}
