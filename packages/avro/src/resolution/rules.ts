// Which of a writer's types a reader's type can read. Each rule is a paragraph of the specification.
//
// https://avro.apache.org/docs/1.12.0/specification/#schema-resolution

import { simpleName } from "../schema/names.ts"
import type { FieldNode, NamedNode, PrimitiveName, RecordNode, SchemaNode } from "../schema/node.ts"

/** The writer's primitives that each of the reader's can be promoted from, beside itself. */
const promotions: Partial<Record<SchemaNode["type"], readonly PrimitiveName[]>> = {
  long: ["int"],
  float: ["int", "long"],
  double: ["int", "long", "float"],
  string: ["bytes"],
  bytes: ["string"],
}

/** Whether values of primitive type `writer` are read as `reader`, as they are or promoted. */
export function canPromote(writer: SchemaNode, reader: SchemaNode): boolean {
  return (promotions[reader.type] as readonly string[] | undefined)?.includes(writer.type) ?? false
}

/** Named types match by unqualified name, or where the reader has the writer's name as an alias. */
export function namesMatch(writer: NamedNode, reader: NamedNode): boolean {
  return simpleName(writer.name) === simpleName(reader.name) || reader.aliases.includes(writer.name)
}

/** The writer's field that a reader's field takes its value from: by name, else by one of its aliases. */
export function writersField(field: FieldNode, writer: RecordNode): FieldNode | undefined {
  return (
    writer.fields.find(({ name }) => name === field.name) ??
    writer.fields.find(({ name }) => field.aliases.includes(name))
  )
}

/**
 * Whether two types match, as a reader's union asks of its branches in turn: by type, by name, by the
 * types inside an array or a map, or by promotion. What is inside a record is not looked at.
 */
export function typesMatch(writer: SchemaNode, reader: SchemaNode): boolean {
  if (reader.type === "union") return reader.branches.some((branch) => typesMatch(writer, branch))
  if (writer.type === "union") return writer.branches.some((branch) => typesMatch(branch, reader))
  if (writer.type === "array" && reader.type === "array") return typesMatch(writer.items, reader.items)
  if (writer.type === "map" && reader.type === "map") return typesMatch(writer.values, reader.values)
  if (writer.type !== reader.type) return canPromote(writer, reader)
  if ("name" in writer && "name" in reader && !namesMatch(writer, reader)) return false
  return writer.type !== "fixed" || reader.type !== "fixed" || writer.size === reader.size
}
