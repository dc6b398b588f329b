// Source text in the making: names, constants and functions of one emitted codec.

import type { RecordNode, SchemaNode } from "../../schema/node.ts"

/** Emitted source, and the values that it refers to as `c0`, `c1`, … */
export interface Emitted {
  readonly source: string
  readonly constants: readonly unknown[]
}

/** What one codec's emission shares. */
export class Source {
  readonly constants: unknown[] = []
  readonly functions: string[] = []
  readonly #functionOf = new Map<SchemaNode, Map<SchemaNode, string>>()
  readonly #inlined: ReadonlySet<SchemaNode>
  #names = 0

  constructor(root: SchemaNode) {
    this.#inlined = inlinedRecords(root)
  }

  /** A name that nothing else has. */
  name(prefix: string): string {
    return `${prefix}${this.#names++}`
  }

  /** The name of a value that source text cannot hold. */
  constant(value: unknown): string {
    return `c${this.constants.push(value) - 1}`
  }

  /** Whether a record's code stands where it is used; otherwise it is a function of its own. */
  isInlined(record: RecordNode): boolean {
    return this.#inlined.has(record)
  }

  /** The function of a record, or of a record read as another, emitted at its first use. */
  functionFor(written: RecordNode, read: RecordNode, prefix: string, emit: (name: string) => string): string {
    let ofRead = this.#functionOf.get(read)
    if (ofRead === undefined) this.#functionOf.set(read, (ofRead = new Map()))
    const known = ofRead.get(written)
    if (known !== undefined) return known
    const name = this.name(`${prefix}_${read.name.replace(/\W/g, "_")}_`)
    ofRead.set(written, name) // before its body, which may call it
    this.functions.push(emit(name))
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
