// Results that hang off the nodes they were made from: made at the first use, gone with the schema.

import type { SchemaNode } from "./node.ts"

/** A function of one node that does its work once for each. */
export function perNode<T>(make: (node: SchemaNode) => T): (node: SchemaNode) => T {
  const made = new WeakMap<SchemaNode, T>()
  return (node) => {
    let result = made.get(node)
    if (result === undefined) made.set(node, (result = make(node)))
    return result
  }
}

/** A function of a writer's node and a reader's that does its work once for each pair. */
export function perPair<T>(
  make: (writer: SchemaNode, reader: SchemaNode) => T,
): (writer: SchemaNode, reader: SchemaNode) => T {
  const ofReader = perNode((reader) => perNode((writer) => make(writer, reader)))
  return (writer, reader) => ofReader(reader)(writer)
}
