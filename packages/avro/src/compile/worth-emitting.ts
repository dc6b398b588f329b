// Which schemas are compiled. A peer may send one of any size: emitting and compiling it takes longer
// than the closures ever will, and V8 does not optimise functions of that length anyway.

import type { SchemaNode } from "../schema/node.ts"
import { nodesOf } from "../schema/nodes.ts"

const MAX_NODES = 2000

/** Whether a schema is small enough. */
export function isWorthEmitting(root: SchemaNode): boolean {
  return nodesOf(root).length <= MAX_NODES
}
