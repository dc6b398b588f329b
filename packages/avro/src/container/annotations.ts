// What two schemas of one canonical form call their values: logical type, precision and scale, which that form
// leaves out. They are read from the declarations: a node has no timestamp-micros, whose values stay what they are.

import { describe } from "../errors.ts"
import type { SchemaNode } from "../schema/node.ts"
import type { Schema } from "../schema/schema.ts"

/** A place at which the same bytes stand for two things. */
export interface AnnotationConflict {
  /** Where in the values: `.orders[*].price`, and `.tags.*` for the values of a map. */
  readonly path: string
  /** What they are to the one schema, and to the other. */
  readonly annotations: readonly [string, string]
}

/** The first place at which two schemas of one canonical form are annotated differently; `undefined` for none. */
export function annotationConflict(one: Schema, other: Schema): AnnotationConflict | undefined {
  const seen = new Set<SchemaNode>()
  // A queue and not recursion: types chained by their names nest deeper than the stack.
  const pairs: Pair[] = [{ path: "", one: rootOf(one), other: rootOf(other) }]
  for (const pair of pairs) {
    if (seen.has(pair.one.node)) continue
    seen.add(pair.one.node)
    const annotations = [annotationOf(pair.one), annotationOf(pair.other)] as const
    if (annotations[0] !== annotations[1]) return { path: pair.path, annotations }
    const others = partsOf(pair.other)
    for (const [index, { step, ...part }] of partsOf(pair.one).entries()) {
      pairs.push({ path: `${pair.path}${step}`, one: part, other: others[index] as Part })
    }
  }
  return undefined
}

interface Pair {
  readonly path: string
  readonly one: Declared
  readonly other: Declared
}

/** A type, and the JSON that declares it or refers to it. */
interface Declared {
  readonly node: SchemaNode
  readonly json: unknown
}

interface Part extends Declared {
  readonly step: string
}

const rootOf = ({ "~node": node, definition }: Schema): Declared => ({ node, json: definition })

/** What the values of a type are called, for a message. */
function annotationOf(declared: Declared): string {
  const { logicalType, precision, scale = 0 } = declarationOf(declared) as Json
  if (typeof logicalType !== "string") return "no logical type"
  if (precision === undefined) return logicalType
  return `${logicalType} of precision ${describe(precision)} and scale ${describe(scale)}`
}

/** The types within a type, in the order of their declaration. */
function partsOf(declared: Declared): readonly Part[] {
  const { node } = declared
  const json = declarationOf(declared) as Json
  switch (node.type) {
    case "array":
      return [{ step: "[*]", node: node.items, json: json["items"] }]
    case "map":
      return [{ step: ".*", node: node.values, json: json["values"] }]
    case "union":
      return node.branches.map((branch, index) => ({ step: "", node: branch, json: json[index] }))
    case "record": {
      // The request of a message is declared by its fields alone.
      const fields = (Array.isArray(json) ? json : json["fields"]) as readonly Json[]
      return node.fields.map(({ name, type }, index) => ({
        step: `.${name}`,
        node: type,
        json: fields[index]?.["type"],
      }))
    }
    default:
      return []
  }
}

type Json = Readonly<Record<string | number, unknown>>

/** Where the attributes are: a named type has them where it is defined, and an object may hold nothing but a type. */
function declarationOf({ node, json }: Declared): unknown {
  if ("name" in node) return node.definition
  let declaration = json
  while (isWrapper(declaration)) declaration = declaration.type
  return declaration
}

const isWrapper = (json: unknown): json is { readonly type: object } =>
  typeof json === "object" && json !== null && "type" in json && typeof json.type === "object"
