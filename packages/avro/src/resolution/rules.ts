// Which of a writer's types a reader's type can read. Each rule is a paragraph of the specification.
//
// https://avro.apache.org/docs/1.12.0/specification/#schema-resolution

import { perNode, perPair } from "../schema/memo.ts"
import { simpleName } from "../schema/names.ts"
import {
  branchName,
  type FieldNode,
  type NamedNode,
  type PrimitiveName,
  type RecordNode,
  type SchemaNode,
  type UnionNode,
} from "../schema/node.ts"

/** The writer's primitives that each of the reader's can be promoted from, beside itself. */
const promotions: Partial<Record<SchemaNode["type"], readonly PrimitiveName[]>> = {
  long: ["int"],
  float: ["int", "long"],
  double: ["int", "long", "float"],
  string: ["bytes"],
  bytes: ["string"],
}

/**
 * Why one type cannot be read as the other, whatever is inside them; `undefined` if it can. Neither is
 * a union.
 */
export function mismatch(writer: SchemaNode, reader: SchemaNode): string | undefined {
  if (writer.type !== reader.type) {
    return canPromote(writer, reader) ? undefined : `${writer.type} cannot be read as ${reader.type}`
  }
  if ("name" in writer && !namesMatch(writer, reader as NamedNode)) {
    return "their names differ; add the writer's as an alias"
  }
  if (writer.type === "fixed" && reader.type === "fixed" && writer.size !== reader.size) {
    return `a fixed of ${writer.size} bytes is not one of ${reader.size}`
  }
  const from = writer.logicalType?.decimal
  const to = reader.logicalType?.decimal
  // The same bytes would stand for another number.
  if (from === undefined || to === undefined) return undefined
  if (from.precision === to.precision && from.scale === to.scale) return undefined
  return `a decimal of precision ${from.precision} and scale ${from.scale} is not one of ${to.precision} and ${to.scale}`
}

/** Whether values of primitive type `writer` are read as `reader`, as they are or promoted. */
function canPromote(writer: SchemaNode, reader: SchemaNode): boolean {
  return (promotions[reader.type] as readonly string[] | undefined)?.includes(writer.type) ?? false
}

/** Named types match by unqualified name, or where the reader has the writer's name as an alias. */
function namesMatch(writer: NamedNode, reader: NamedNode): boolean {
  return simpleName(writer.name) === simpleName(reader.name) || reader.aliases.includes(writer.name)
}

/**
 * The reader's field for each of the writer's that it wants: by name, else by the first of its aliases
 * that no other field took before.
 */
export function matchFields(writer: RecordNode, reader: RecordNode): Map<FieldNode, FieldNode> {
  const written = new Map(writer.fields.map((field) => [field.name, field]))
  const matches = new Map<FieldNode, FieldNode>()
  const rest: FieldNode[] = []
  for (const field of reader.fields) {
    const source = written.get(field.name)
    if (source === undefined) rest.push(field)
    else matches.set(source, field)
  }
  for (const field of rest) {
    const aliased = field.aliases.map((alias) => written.get(alias))
    const source = aliased.find((candidate) => candidate !== undefined && !matches.has(candidate))
    if (source !== undefined) matches.set(source, field)
  }
  return matches
}

/**
 * The branch of a reader's union that reads a writer's type: the first that matches. One of the same
 * name goes before one that would promote, so that a union reads back what the same union wrote.
 */
export function matchingBranch(writer: SchemaNode, reader: UnionNode): SchemaNode | undefined {
  const namesake = branchesByName(reader).get(branchName(writer))
  if (namesake !== undefined && typesMatch(writer, namesake)) return namesake
  return reader.branches.find((branch) => typesMatch(writer, branch))
}

/** Looked up, because each branch of a large union may meet each of another. */
const branchesByName = perNode((union): ReadonlyMap<string, SchemaNode> => {
  const { branches } = union as UnionNode
  return new Map(branches.map((branch) => [branchName(branch), branch]))
})

/**
 * Whether two types match: by type, by name, by the types inside an array or a map, or by promotion.
 * What is inside a record is not looked at.
 */
function typesMatch(writer: SchemaNode, reader: SchemaNode): boolean {
  return hasParts(writer) || hasParts(reader) ? partsMatch(writer, reader) : findMatch(writer, reader)
}

const hasParts = ({ type }: SchemaNode): boolean => type === "array" || type === "map" || type === "union"

/** Remembered: through arrays of unions of arrays there are more ways to a pair of types than there are pairs. */
const partsMatch = perPair(findMatch)

function findMatch(writer: SchemaNode, reader: SchemaNode): boolean {
  if (reader.type === "union") return reader.branches.some((branch) => typesMatch(writer, branch))
  if (writer.type === "union") return writer.branches.some((branch) => typesMatch(branch, reader))
  if (writer.type === "array" && reader.type === "array") return typesMatch(writer.items, reader.items)
  if (writer.type === "map" && reader.type === "map") return typesMatch(writer.values, reader.values)
  if (writer.type !== reader.type) return canPromote(writer, reader)
  if ("name" in writer && "name" in reader && !namesMatch(writer, reader)) return false
  return writer.type !== "fixed" || reader.type !== "fixed" || writer.size === reader.size
}
