// Parsing Canonical Form: one text for all declarations that mean the same to whoever reads the data.
//
//   schema = "primitive" | "full.Name" where that type is written before | [ schema* ]
//          | {"type":"array","items":schema}         | {"type":"map","values":schema}
//          | {"name":…,"type":"enum","symbols":[…]}  | {"name":…,"type":"fixed","size":…}
//          | {"name":…,"type":"record","fields":[{"name":…,"type":schema}*]}
//
// It is written from nodes, where names are full already and attributes that do not count are absent.
//
// https://avro.apache.org/docs/1.12.0/specification/#parsing-canonical-form-for-schemas

import type { NamedNode, SchemaNode } from "./node.ts"
import type { Schema } from "./schema.ts"

/**
 * The Parsing Canonical Form of a schema: JSON text without whitespace, the same in every
 * implementation. It lacks what does not matter for reading: documentation, defaults, aliases, orders,
 * logical types. So it identifies a schema, and does not replace it. An `error` is a `record` in it.
 *
 * @see https://avro.apache.org/docs/1.12.0/specification/#parsing-canonical-form-for-schemas
 */
export function canonicalForm(schema: Schema): string {
  const written = new Set<string>()
  // Not recursive: in a protocol, types chained by their names nest deeper than the stack.
  const rest: Piece[] = [schema["~node"]]
  let text = ""
  for (let piece = rest.pop(); piece !== undefined; piece = rest.pop()) {
    if (typeof piece === "string") text += piece
    else for (const part of piecesOf(piece, written).toReversed()) rest.push(part)
  }
  return text
}

/** Text as it stands, or a node still to be written. */
type Piece = string | SchemaNode

function piecesOf(node: SchemaNode, written: Set<string>): Piece[] {
  switch (node.type) {
    case "array":
      return ['{"type":"array","items":', node.items, "}"]
    case "map":
      return ['{"type":"map","values":', node.values, "}"]
    case "union":
      return ["[", ...node.branches.flatMap((branch, index) => (index === 0 ? [branch] : [",", branch])), "]"]
    case "enum":
    case "fixed":
    case "record":
      if (written.has(node.name)) return [quoted(node.name)]
      written.add(node.name)
      return definition(node)
    default:
      return [quoted(node.type)]
  }
}

function definition(node: NamedNode): Piece[] {
  const head = `{"name":${quoted(node.name)},"type":"${node.type}"`
  if (node.type === "fixed") return [`${head},"size":${node.size}}`]
  if (node.type === "enum") return [`${head},"symbols":[${node.symbols.map(quoted).join(",")}]}`]
  const fields = node.fields.flatMap(({ name, type }, index): Piece[] => [
    `${index === 0 ? "" : ","}{"name":${quoted(name)},"type":`,
    type,
    "}",
  ])
  return [`${head},"fields":[`, ...fields, "]}"]
}

/** Names are letters, digits, dots and underscores: nothing in them needs an escape. */
const quoted = (name: string): string => `"${name}"`
