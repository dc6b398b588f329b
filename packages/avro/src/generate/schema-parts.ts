// Schemas → the parts of their module: the types that they have in common once, and a constant for each.

import { describe } from "../errors.ts"
import { declarationText, readDeclaration } from "../schema/declaration-text.ts"
import type { NamedNode, SchemaNode } from "../schema/node.ts"
import { nodesOf } from "../schema/nodes.ts"
import type { Schema } from "../schema/schema.ts"
import { literal, quotedLines } from "./declaration.ts"
import { Identifiers } from "./identifiers.ts"
import type { Remade } from "./options.ts"
import { type Constant, call, type Parts } from "./parts.ts"
import { acceptsMore, alias, namedTypes, nameTypes, type TypeNames } from "./types.ts"

/**
 * The parts of a module of schemas. `given` is what the only one is to be called. Throws a `TypeError` for
 * schemas that have different types of one name.
 */
export function ofSchemas(all: readonly Remade<Schema>[], given: string | undefined): Parts {
  const identifiers = new Identifiers(given)
  const roots = all.map(({ of }) => of["~node"])
  const { types, names } = sharedTypes(roots, identifiers, given)
  const ofRoots: string[] = []
  const constants = all.map(({ of, options }): Constant => {
    const root = of["~node"]
    const name = names.value.get(root) ?? given ?? identifiers.claim("Value")
    const input = names.input.get(root) ?? (acceptsMore(root) ? identifiers.claim(`${name}Input`) : name)
    if (!("name" in root)) ofRoots.push(alias(name, root, "value", names))
    if (!("name" in root) && input !== name) ofRoots.push(alias(input, root, "input", names))
    return {
      of,
      name,
      type: input === name ? `Schema<${name}>` : `Schema<${name}, ${input}>`,
      doc: "",
      value: `${call("parseSchema", expression(of.definition), options)} as typeof ${name}`,
    }
  })
  return {
    title: titleOf(roots),
    imports: "parseSchema, type Schema",
    types: [...types, ...ofRoots],
    constants,
  }
}

/** A declaration as a literal; as its text where it has a default that no literal of JSON's values has exactly. */
function expression(definition: unknown): string {
  const text = declarationText(definition)
  return readDeclaration(text).longs.size > 0 ? quotedLines(text) : literal(definition)
}

/** The declarations of the named types, each once, and what the nodes of every schema are called. */
function sharedTypes(
  roots: readonly SchemaNode[],
  identifiers: Identifiers,
  given: string | undefined,
): { types: string[]; names: TypeNames } {
  const nodes = nodesOf(...roots).filter((node) => "name" in node)
  const firsts = new Map(nodes.toReversed().map((node) => [node.name, node]))
  const first = (node: NamedNode): NamedNode => firsts.get(node.name) as NamedNode
  const distinct = nodes.filter((node) => first(node) === node)
  const [root] = roots
  const fixed = new Map(given === undefined || root === undefined ? [] : [[root, given]])
  const ofFirsts = nameTypes(distinct, identifiers, fixed)
  const names: TypeNames = {
    value: new Map(nodes.map((node) => [node, ofFirsts.value.get(first(node)) as string])),
    input: new Map(nodes.map((node) => [node, ofFirsts.input.get(first(node)) as string])),
  }
  const declared = new Map(distinct.map((node) => [node.name, namedTypes(node, names)]))
  for (const node of nodes) {
    if (String(declared.get(node.name)) !== String(namedTypes(node, names))) {
      throw new TypeError(`the schemas have different types that are called ${describe(node.name)}`)
    }
  }
  return { types: [...declared.values()].flat(), names }
}

function titleOf(roots: readonly SchemaNode[]): string {
  const titles = roots.map((root) => ("name" in root ? root.name : `of type ${root.type}`))
  if (titles.length !== 1) return `the schemas ${titles.join(", ")}`
  return `${titles[0]?.startsWith("of type") === true ? "a" : "the"} schema ${titles[0]}`
}
