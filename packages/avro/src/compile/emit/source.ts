// Source text in the making: names, constants and functions of one emitted codec. The text holds nothing
// but names of the runtime and `n`, the schema's nodes in their order: so it may run in another process
// than the one that emitted it, with the same schema parsed there.

import type { FieldNode, RecordNode, SchemaNode } from "../../schema/node.ts"
import { nodesOf } from "../../schema/nodes.ts"

/** What one codec's emission shares. */
export class Source {
  readonly #constants: string[] = []
  readonly #functions: string[] = []
  readonly #functionOf = new Map<SchemaNode, Map<SchemaNode, string>>()
  readonly #inlined: ReadonlySet<SchemaNode>
  readonly #indices: ReadonlyMap<SchemaNode, number>
  #names = 0
  /** How many functions are emitted or being emitted. */
  #begun = 0

  /** `roots` as `run` will be given them. Records of the last are inlined where they may be. */
  constructor(...roots: SchemaNode[]) {
    this.#inlined = inlinedRecords(roots.at(-1) as SchemaNode)
    this.#indices = new Map(nodesOf(...roots).map((node, index) => [node, index]))
  }

  /** The whole text: what it refers to, its functions, and the one that it is about. */
  with(main: string): string {
    return [...this.#constants, ...this.#functions, main].join("\n")
  }

  /** A name that nothing else has. */
  name(prefix: string): string {
    return `${prefix}${this.#names++}`
  }

  /** The name of what an expression gives, which is evaluated once. */
  constant(expression: string): string {
    const name = `c${this.#constants.length}`
    this.#constants.push(`const ${name} = ${expression}`)
    return name
  }

  /** A node of the schema, as an expression. */
  node(node: SchemaNode): string {
    return `n[${this.#indices.get(node)}]`
  }

  /** A field of a record, as an expression. */
  field(record: RecordNode, field: FieldNode): string {
    return `${this.node(record)}.fields[${record.fields.indexOf(field)}]`
  }

  /** Whether a record's code stands where it is used; otherwise it is a function of its own. */
  isInlined(record: RecordNode): boolean {
    return this.#inlined.has(record)
  }

  /**
   * The function of a record, or of a record read as another, emitted at its first use; `undefined` where
   * there are too many, because each of a writer's records may be read as each of a reader's.
   */
  functionFor(
    written: RecordNode,
    read: RecordNode,
    prefix: string,
    emit: (name: string) => string,
  ): string | undefined {
    let ofRead = this.#functionOf.get(read)
    if (ofRead === undefined) this.#functionOf.set(read, (ofRead = new Map()))
    const known = ofRead.get(written)
    if (known !== undefined) return known
    if (this.#begun === MAX_FUNCTIONS) return undefined
    this.#begun++
    const name = this.name(`${prefix}_${read.name.replace(/\W/g, "_")}_`)
    ofRead.set(written, name) // before its body, which may call it
    this.#functions.push(emit(name))
    return name
  }
}

/** Statements one level further in. */
export function indent(code: string): string {
  return code.replace(/^(?=.)/gm, "  ")
}

/** A property access that works for every name. */
export function property(object: string, name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `${object}.${name}` : `${object}[${literal(name)}]`
}

/** A string as source text. */
export function literal(text: string): string {
  return JSON.stringify(text).replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029")
}

const MAX_FUNCTIONS = 2000
const MAX_INLINE_DEPTH = 4

/**
 * The records to emit in place: those used once, not recursive, and not too deep inside each other. So
 * the text grows with the schema and not with the ways through it.
 */
function inlinedRecords(root: SchemaNode): Set<SchemaNode> {
  const uses = new Map<SchemaNode, number>()
  const inlined = new Set<SchemaNode>()
  const visit = (node: SchemaNode, depth: number): void => {
    if (node.type === "array") visit(node.items, depth)
    else if (node.type === "map") visit(node.values, depth)
    else if (node.type === "union") for (const branch of node.branches) visit(branch, depth)
    if (node.type !== "record") return
    const count = (uses.get(node) ?? 0) + 1
    uses.set(node, count)
    if (count > 1) {
      inlined.delete(node)
      return
    }
    const isInlined = depth < MAX_INLINE_DEPTH
    if (isInlined) inlined.add(node)
    for (const { type } of node.fields) visit(type, isInlined ? depth + 1 : 0)
  }
  visit(root, 0)
  return inlined
}
