// Node → source text of a function that decodes. In it:
//
//   r  the reader       b  its bytes       p  where to read next       depth  how deep the value lies
//
// Reading past the end gives `undefined` and is found out once, behind the whole value.

import {
  branchName,
  emptyItemsIn,
  minBytes,
  type RecordNode,
  type SchemaNode,
  type UnionNode,
} from "../../schema/node.ts"
import { decoderOf } from "../closures/decoder.ts"
import { type Emitted, indent, literal, Source } from "./source.ts"

/** Emits the decoder of a node: `(r) => value`. */
export function emitDecoder(node: SchemaNode): Emitted {
  return new DecoderEmitter(new Source(node)).emit(node)
}

class DecoderEmitter {
  readonly #source: Source
  /** How many containers the code stands in, within its function; and the most there were. */
  #nesting = 0
  #deepest = 0

  constructor(source: Source) {
    this.#source = source
  }

  emit(node: SchemaNode): Emitted {
    const body = this.#body(() => this.#value(node, "v"))
    const source = `${this.#source.functions.join("\n")}
return function decode(r) {
  const b = r.bytes
  const depth = r.depth
  let p = r.position
  let v
${indent(body)}
  if (p > b.length) throw MISFIT
  r.position = p
  return v
}`
    return { source, constants: this.#source.constants }
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
  #value(node: SchemaNode, target: string): string {
    const { logicalType } = node
    if (logicalType === undefined) return this.#plain(node, target)
    const underlying = this.#source.name("u")
    const type = this.#source.constant(logicalType)
    return `let ${underlying}
${this.#plain(node, underlying)}
${target} = ${type}.toValue(${underlying}, r.limits)`
  }

  #plain(node: SchemaNode, target: string): string {
    switch (node.type) {
      case "null":
        return `${target} = null`
      case "boolean":
        return `if (b[p] > 1) throw MISFIT\n${target} = b[p++] === 1`
      case "int":
        return this.#number("readInt", target)
      case "long":
        return node.bigint ? this.#call("readBigInt", target) : this.#number("readLong", target)
      case "float":
        return `${target} = readFloat(b, p)\np += 4`
      case "double":
        return `${target} = readDouble(b, p)\np += 8`
      case "string":
        return this.#call("readString", target)
      case "bytes":
        return this.#call("readBytes", target)
      case "fixed":
        return `${target} = readFixed(r, b, p, ${node.size})\np = r.position`
      case "enum":
        return this.#enum(node.symbols, target)
      case "array":
        return minBytes(node.items) === 0 ? this.#closure(node, target) : this.#array(node.items, target)
      case "map":
        return this.#map(node.values, target)
      case "union":
        return this.#union(node, target)
      case "record":
        return emptyItemsIn(node) > 0 ? this.#closure(node, target) : this.#record(node, target)
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

  #enum(symbols: readonly string[], target: string): string {
    const index = this.#source.name("x")
    const names = this.#source.constant(symbols)
    if (symbols.length > 64) {
      return `const ${index} = readInt(r, b, p)
p = r.position
if (${index} < 0 || ${index} >= ${symbols.length}) throw MISFIT
${target} = ${names}[${index}]`
    }
    return `const ${index} = b[p++]
if ((${index} & 1) === 1 || !(${index} < ${symbols.length * 2})) throw MISFIT
${target} = ${names}[${index} >> 1]`
  }

  #array(items: SchemaNode, target: string): string {
    const array = this.#source.name("a")
    const count = this.#source.name("n")
    const index = this.#source.name("i")
    this.#enter()
    const loop = this.#items(items, array, index, count)
    this.#leave()
    const read = `readCount(r, b, p, ${minBytes(items)})`
    return `let ${array} = []
let ${index} = 0
let ${count} = ${read}
p = r.position
while (${count} !== 0) {
  if (${index} === 0) ${array} = new Array(${count})
${indent(loop)}
  ${count} = ${read}
  p = r.position
}
${target} = ${array}`
  }

  #items(items: SchemaNode, array: string, index: string, count: string): string {
    if (items.type === "double" || items.type === "float") {
      return `readFloats(r, p, ${array}, ${index}, ${count}, ${items.type === "double" ? 8 : 4})
${index} += ${count}
p = r.position`
    }
    const item = this.#source.name("v")
    const end = this.#source.name("e")
    return `for (const ${end} = ${index} + ${count}; ${index} < ${end}; ${index}++) {
  let ${item}
${indent(this.#value(items, item))}
  ${array}[${index}] = ${item}
}`
  }

  #map(values: SchemaNode, target: string): string {
    const map = this.#source.name("m")
    const count = this.#source.name("n")
    const key = this.#source.name("k")
    const item = this.#source.name("v")
    this.#enter()
    const code = this.#value(values, item)
    this.#leave()
    const read = `readCount(r, b, p, 1)`
    return `const ${map} = {}
let ${count} = ${read}
p = r.position
while (${count} !== 0) {
  for (; ${count} > 0; ${count}--) {
    const ${key} = readKey(r, b, p)
    p = r.position
    let ${item}
${indent(indent(code))}
    if (${key} === "__proto__") setOwn(${map}, ${key}, ${item})
    else ${map}[${key}] = ${item}
  }
  ${count} = ${read}
  p = r.position
}
${target} = ${map}`
  }

  #union({ branches, wrapped }: UnionNode, target: string): string {
    const index = this.#source.name("x")
    const read = branches.length > 64 ? `readInt(r, b, p) * 2\np = r.position` : "b[p++]"
    const parts = branches.map((branch, position) => {
      const wrap =
        wrapped && branch.type !== "null" ? `\n${target} = { ${literal(branchName(branch))}: ${target} }` : ""
      return `if (${index} === ${position * 2}) {\n${indent(this.#value(branch, target) + wrap)}\n}`
    })
    return `const ${index} = ${read}\n${[...parts, "throw MISFIT"].join(" else ")}`
  }

  #record(node: RecordNode, target: string): string {
    if (this.#source.isInlined(node)) return this.#fields(node, target)
    const decode = this.#source.functionFor(node, "decode", (name) => {
      const body = this.#body(() => this.#fields(node, "v"))
      return `function ${name}(r, b, p, depth) {\n  let v\n${indent(body)}\n  r.position = p\n  return v\n}`
    })
    return `${target} = ${decode}(r, b, p, depth + ${this.#nesting})\np = r.position`
  }

  #fields({ fields }: RecordNode, target: string): string {
    this.#enter()
    const names = fields.map(() => this.#source.name("v"))
    const reads = fields.map(
      ({ type }, index) => `let ${names[index]}\n${this.#value(type, names[index] as string)}`,
    )
    this.#leave()
    const literals = fields.map(
      ({ name }, index) => `${name === "__proto__" ? '["__proto__"]' : name}: ${names[index]}`,
    )
    return `${reads.join("\n")}\n${target} = { ${literals.join(", ")} }`
  }

  /** Left to the closure: values with parts that take no bytes, which have to be counted. */
  #closure(node: SchemaNode, target: string): string {
    const decode = this.#source.constant(decoderOf(node))
    return `${target} = readViaClosure(r, p, depth + ${this.#nesting}, ${decode})\np = r.position`
  }

  #enter(): void {
    this.#deepest = Math.max(this.#deepest, ++this.#nesting)
  }

  #leave(): void {
    this.#nesting--
  }
}
