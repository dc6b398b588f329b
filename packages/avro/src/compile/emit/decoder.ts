// Node → source text of a function that decodes; or two nodes → one that reads a writer's data as a
// reader's values, by the rules of schema resolution. In it:
//
//   r  the reader       b  its bytes       p  where to read next       depth  how deep the value lies
//
// Reading past the end gives `undefined` and is found out once, behind the whole value. What the rules
// refuse is left to the closures, which refuse it with the reason.

import { matchFields, matchingBranch } from "../../resolution/rules.ts"
import {
  branchName,
  type EnumNode,
  emptyItemsIn,
  type FieldNode,
  minBytes,
  type RecordNode,
  type SchemaNode,
  type UnionNode,
} from "../../schema/node.ts"
import { resolverOf } from "../closures/resolver.ts"
import { MAX_PREPARED } from "../max-prepared.ts"
import { readDefault } from "../runtime/by-closure.ts"

import { indent, literal, Source } from "./source.ts"

/**
 * Emits the decoder of a node, `(r) => value`, which leaves to `closure` what it does not take. With a
 * writer's node: of that writer's data.
 */
export function emitDecoder(reader: SchemaNode, writer: SchemaNode = reader): string {
  return new DecoderEmitter(new Source(reader, writer)).emit(writer, reader)
}

/** Every method takes the node as it was written and the node to read it as: often one and the same. */
class DecoderEmitter {
  readonly #source: Source
  /** How many containers the code stands in, within its function; and the most there were. */
  #nesting = 0
  #deepest = 0

  constructor(source: Source) {
    this.#source = source
  }

  emit(written: SchemaNode, node: SchemaNode): string {
    const body = this.#body(() => this.#value(written, node, "v"))
    return this.#source.with(`function decode(r) {
  const b = r.bytes
  const depth = r.depth
  let p = r.position
  let v
${indent(body)}
  if (p > b.length) throw MISFIT
  r.position = p
  return v
}
return function decodeOrLeave(r) {
  const { position, depth } = r
  const emptyItems = r["~emptyItems"]
  try {
    return decode(r)
  } catch {
    r.position = position
    r.depth = depth
    r["~emptyItems"] = emptyItems
    return closure(r)
  }
}`)
  }

  #body(emit: () => string): string {
    const outer = { nesting: this.#nesting, deepest: this.#deepest }
    this.#nesting = this.#deepest = 0
    const code = emit()
    const bound =
      this.#deepest === 0 ? "" : `if (depth + ${this.#deepest} > r.limits.maxDepth) throw MISFIT\n`
    this.#nesting = outer.nesting
    this.#deepest = outer.deepest
    return bound + code
  }

  /** Statements that read a value into `target`. */
  #value(written: SchemaNode, node: SchemaNode, target: string): string {
    if (written !== node) {
      if (written.type === "union") return this.#writersUnion(written, node, target)
      if (node.type === "union") return this.#readersUnion(written, node, target)
      if (!canResolve(written, node)) return "throw MISFIT"
    }
    const { logicalType } = node
    if (logicalType === undefined) return this.#plain(written, node, target)
    const underlying = this.#source.name("u")
    const type = this.#source.constant(`${this.#source.node(node)}.logicalType`)
    return `let ${underlying}
${this.#plain(written, node, underlying)}
${target} = ${type}.toValue(${underlying}, r.limits)`
  }

  /** `written` is of the node's own type, or of one that is promoted to it. */
  #plain(written: SchemaNode, node: SchemaNode, target: string): string {
    switch (node.type) {
      case "null":
        return `${target} = null`
      case "boolean":
        return `if (b[p] > 1) throw MISFIT\n${target} = b[p++] === 1`
      case "int":
        return this.#number("readInt", target)
      case "long":
        if (written.type === "long" && node.bigint) return this.#call("readBigInt", target)
        return (
          this.#number(`read${capitalised(written.type)}`, target) +
          (node.bigint ? `\n${target} = BigInt(${target})` : "")
        )
      case "float":
      case "double":
        return this.#float(written, node.type, target)
      case "string":
        return this.#call("readString", target)
      case "bytes":
        return this.#call("readBytes", target)
      case "fixed":
        return `${target} = readFixed(r, b, p, ${node.size})\np = r.position`
      case "enum":
        return this.#enum(written as EnumNode, node, target)
      case "array":
        return this.#array(written as typeof node, node, target)
      case "map":
        return this.#map((written as typeof node).values, node.values, target)
      case "union":
        return this.#union(node, target)
      case "record":
        return this.#record(written as RecordNode, node, target)
    }
  }

  #call(helper: string, target: string): string {
    return `${target} = ${helper}(r, b, p)\np = r.position`
  }

  /** One byte and two are read in place. */
  #number(helper: string, target: string): string {
    const byte = this.#source.name("x")
    return `let ${byte} = b[p]
if (${byte} < 128) {
  p++
  ${target} = (${byte} >>> 1) ^ -(${byte} & 1)
} else if (b[p + 1] < 128) {
  ${byte} = (${byte} & 127) | (b[p + 1] << 7)
  p += 2
  ${target} = (${byte} >>> 1) ^ -(${byte} & 1)
} else {
  ${target} = ${helper}(r, b, p)
  p = r.position
}`
  }

  #float({ type: written }: SchemaNode, type: "float" | "double", target: string): string {
    if (written === "float") return `${target} = readFloat(b, p)\np += 4`
    if (written === "double") return `${target} = readDouble(b, p)\np += 8`
    const read = this.#number(`read${capitalised(written)}`, target)
    return type === "float" ? `${read}\n${target} = Math.fround(${target})` : read
  }

  #enum({ symbols: written }: EnumNode, node: EnumNode, target: string): string {
    const index = this.#source.name("x")
    const symbols = written.map((symbol) => (node.indices.has(symbol) ? symbol : node.default))
    const literals = symbols.map((symbol) => (symbol === undefined ? "undefined" : literal(symbol)))
    const names = this.#source.constant(`[${literals.join(", ")}]`)
    const check = symbols.includes(undefined) ? `\nif (${target} === undefined) throw MISFIT` : ""
    if (symbols.length > 64) {
      return `const ${index} = readInt(r, b, p)
p = r.position
if (${index} < 0 || ${index} >= ${symbols.length}) throw MISFIT
${target} = ${names}[${index}]${check}`
    }
    return `const ${index} = b[p++]
if ((${index} & 1) === 1 || !(${index} < ${symbols.length * 2})) throw MISFIT
${target} = ${names}[${index} >> 1]${check}`
  }

  #array(written: { items: SchemaNode }, node: SchemaNode & { items: SchemaNode }, target: string): string {
    const least = minBytes(written.items)
    if (least === 0) return this.#closure(written as SchemaNode, node, target)
    if (written.items === node.items && (node.items.type === "double" || node.items.type === "float")) {
      this.#enter()
      this.#leave()
      return `${target} = readFloats(r, b, p, ${least})\np = r.position`
    }
    const array = this.#source.name("a")
    const count = this.#source.name("n")
    const index = this.#source.name("i")
    this.#enter()
    const loop = this.#items(written.items, node.items, array, index, count)
    this.#leave()
    const empty = isLeaf(written.items) ? `${count} === 0` : `${count} === 0 || ${count} > ${MAX_PREPARED}`
    return `let ${count}
${this.#count(count, least)}
const ${array} = ${empty} ? [] : new Array(${count})
let ${index} = 0
while (${count} !== 0) {
${indent(loop)}
${indent(this.#count(count, least))}
}
${target} = ${array}`
  }

  /** Reads the count of a block into `count`. That of the end is the most frequent. */
  #count(count: string, least: number): string {
    return `if (b[p] === 0) {
  p++
  ${count} = 0
} else {
  ${count} = readCount(r, b, p, ${least})
  p = r.position
}`
  }

  #items(written: SchemaNode, items: SchemaNode, array: string, index: string, count: string): string {
    const item = this.#source.name("v")
    const end = this.#source.name("e")
    return `for (const ${end} = ${index} + ${count}; ${index} < ${end}; ${index}++) {
  let ${item}
${indent(this.#value(written, items, item))}
  ${array}[${index}] = ${item}
}`
  }

  #map(written: SchemaNode, values: SchemaNode, target: string): string {
    const keys = this.#source.constant("new Keys()")
    const map = this.#source.name("m")
    const count = this.#source.name("n")
    const key = this.#source.name("k")
    const item = this.#source.name("v")
    this.#enter()
    const code = this.#value(written, values, item)
    this.#leave()
    return `const ${map} = ${keys}.createMap()
let ${count}
${this.#count(count, 1)}
while (${count} !== 0) {
  for (; ${count} > 0; ${count}--) {
    const ${key} = ${keys}.read(r, b, p)
    p = r.position
    let ${item}
${indent(indent(code))}
    if (${key} === "__proto__") setOwn(${map}, ${key}, ${item})
    else ${map}[${key}] = ${item}
  }
${indent(this.#count(count, 1))}
}
${target} = ${map}`
  }

  #union({ branches, wrapped }: UnionNode, target: string): string {
    return this.#branches(
      branches,
      (branch) => this.#value(branch, branch, target) + wrapping(branch, wrapped, target),
    )
  }

  #writersUnion({ branches }: UnionNode, node: SchemaNode, target: string): string {
    return this.#branches(branches, (branch) => this.#value(branch, node, target))
  }

  #readersUnion(written: SchemaNode, node: UnionNode, target: string): string {
    const branch = matchingBranch(written, node)
    if (branch === undefined) return "throw MISFIT"
    return this.#value(written, branch, target) + wrapping(branch, node.wrapped, target)
  }

  #branches(branches: readonly SchemaNode[], emit: (branch: SchemaNode) => string): string {
    const index = this.#source.name("x")
    const read = branches.length > 64 ? "readInt(r, b, p) * 2\np = r.position" : "b[p++]"
    const parts = branches.map((branch, at) => `if (${index} === ${at * 2}) {\n${indent(emit(branch))}\n}`)
    return `const ${index} = ${read}\n${[...parts, "throw MISFIT"].join(" else ")}`
  }

  #record(written: RecordNode, node: RecordNode, target: string): string {
    if (emptyItemsIn(written) > 0) return this.#closure(written, node, target)
    if (this.#source.isInlined(written)) return this.#fields(written, node, target)
    const decode = this.#source.functionFor(written, node, "decode", (name) => {
      const body = this.#body(() => this.#fields(written, node, "v"))
      // Behind the end numbers read as 0: forty records, each with two of the one before, would never be done.
      return `function ${name}(r, b, p, depth) {
  if (p > b.length) throw MISFIT
  let v
${indent(body)}
  r.position = p
  return v
}`
    })
    if (decode === undefined) return this.#closure(written, node, target)
    return `${target} = ${decode}(r, b, p, depth + ${this.#nesting})\np = r.position`
  }

  /** In the writer's order: what the reader lacks is skipped. Then what the reader adds, from its defaults. */
  #fields(written: RecordNode, node: RecordNode, target: string): string {
    const sources = matchFields(written, node)
    const names = new Map(node.fields.map((field) => [field, this.#source.name("v")]))
    this.#enter()
    const reads = written.fields.map((source) => {
      const field = sources.get(source)
      if (field === undefined) return this.#skip(source.type)
      const name = names.get(field) as string
      return `let ${name}\n${this.#value(source.type, field.type, name)}`
    })
    this.#leave()
    const matched = new Set(sources.values())
    const added = node.fields
      .filter((field) => !matched.has(field))
      .map((field) => `const ${names.get(field)} = ${this.#default(node, field)}`)
    const literals = node.fields.map((field) => `${property(field.name)}: ${names.get(field)}`)
    return [...reads, ...added, `${target} = { ${literals.join(", ")} }`].filter(Boolean).join("\n")
  }

  /** The same value each time where nobody can change it, one decoded anew where somebody could. */
  #default(record: RecordNode, field: FieldNode): string {
    if (field.default === undefined) return "undefined"
    const expression = this.#source.field(record, field)
    if (isImmutable(field)) return this.#source.constant(`readDefault(${expression})`)
    return `readDefault(${this.#source.constant(expression)}, r.limits)`
  }

  #skip(node: SchemaNode): string {
    switch (node.type) {
      case "null":
        return ""
      case "boolean":
        return "p += 1"
      case "float":
        return "p += 4"
      case "double":
        return "p += 8"
      case "fixed":
        return `p += ${node.size}`
      case "int":
      case "long":
      case "enum":
        return "p = skipNumber(r, b, p)"
      case "string":
      case "bytes":
        return "p = skipSized(r, b, p)"
      case "union":
        return this.#branches(node.branches, (branch) => this.#skip(branch))
      default:
        return this.#viaClosure(`skipperOf(${this.#source.node(node)})`, "")
    }
  }

  /** Left to the closure: values with parts that take no bytes, which have to be counted. */
  #closure(written: SchemaNode, node: SchemaNode, target: string): string {
    const nodes = `${this.#source.node(written)}, ${this.#source.node(node)}`
    return this.#viaClosure(`resolverOf(${nodes})`, `${target} = `)
  }

  #viaClosure(closure: string, assign: string): string {
    return `${assign}readViaClosure(r, p, depth + ${this.#nesting}, ${this.#source.constant(closure)})\np = r.position`
  }

  #enter(): void {
    this.#deepest = Math.max(this.#deepest, ++this.#nesting)
  }

  #leave(): void {
    this.#nesting--
  }
}

const isLeaf = ({ type }: SchemaNode): boolean =>
  type !== "record" && type !== "array" && type !== "map" && type !== "union"

function isImmutable(field: FieldNode): boolean {
  try {
    const value = readDefault(field)
    return typeof value !== "object" || value === null
  } catch {
    return false // it exceeds the default limits, and perhaps not those of the reader to come
  }
}

function canResolve(written: SchemaNode, node: SchemaNode): boolean {
  try {
    resolverOf(written, node)
    return true
  } catch {
    return false
  }
}

const wrapping = (branch: SchemaNode, wrapped: boolean, target: string): string =>
  wrapped && branch.type !== "null" ? `\n${target} = { ${property(branchName(branch))}: ${target} }` : ""

/** A name as the key of an object literal, where a plain `__proto__` would set the prototype. */
const property = (name: string): string => (name === "__proto__" ? '["__proto__"]' : literal(name))

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
