// Node → source text of a function that encodes. In it:
//
//   w  the writer       b  its bytes       p  where to write next       depth  how deep the value lies
//
// Values of fixed size are written without asking for room: after each value of variable size there are
// `SLACK` bytes left, and `#used` counts what was written since, at most. See runtime/encode.ts.

import {
  branchName,
  type EnumNode,
  type FieldNode,
  type Kind,
  kindOf,
  type RecordNode,
  type SchemaNode,
  type UnionNode,
} from "../../schema/node.ts"
import { SLACK } from "../runtime/encode.ts"
import { indent, literal, property, Source } from "./source.ts"

/** Emits the encoder of a node, `(w, v) => void`, which leaves to `closure` what it does not take. */
export function emitEncoder(node: SchemaNode): string {
  const emitter = new EncoderEmitter(new Source(node))
  return emitter.emit(node)
}

class EncoderEmitter {
  readonly #source: Source
  /** How many bytes were written at most since the last promise of `SLACK`. */
  #used = 0
  /** How many containers the code stands in, within its function; and the most there were. */
  #nesting = 0
  #deepest = 0

  constructor(source: Source) {
    this.#source = source
  }

  emit(node: SchemaNode): string {
    const body = this.#body(() => this.#value(node, "v"))
    // Two functions: one that V8 compiles well in spite of its length, and one around it.
    return this.#source.with(`function encode(w, v) {
  const depth = w.depth
  let p = reserve(w, w["~position"])
${indent(body)}
  w["~position"] = p
}
return function encodeOrLeave(w, v) {
  const start = w.length
  try {
    encode(w, v)
  } catch {
    w.truncate(start)
    closure(w, v)
  }
}`)
  }

  /** The body of a function, which begins with the slack, and a bound on depth that the closures take exactly. */
  #body(emit: () => string): string {
    const outer = { used: this.#used, nesting: this.#nesting, deepest: this.#deepest }
    this.#used = this.#nesting = this.#deepest = 0
    const code = emit()
    const bound =
      this.#deepest === 0 ? "" : `if (depth + ${this.#deepest} > w.limits.maxDepth) throw MISFIT\n`
    this.#used = outer.used
    this.#nesting = outer.nesting
    this.#deepest = outer.deepest
    return `${bound}let b = w["~bytes"]\n${code}`
  }

  #value(node: SchemaNode, value: string, isKnownObject = false): string {
    const { logicalType } = node
    if (logicalType === undefined) return this.#plain(node, value, isKnownObject)
    const underlying = this.#source.name("u")
    const type = this.#source.constant(`${this.#source.node(node)}.logicalType`)
    const plain = this.#plain(node, underlying, false)
    return `const ${underlying} = ${type}.toUnderlying(${value}, w.limits)\n${plain}`
  }

  #plain(node: SchemaNode, value: string, isKnownObject: boolean): string {
    switch (node.type) {
      case "null":
        return `if (${value} !== null) throw MISFIT`
      case "boolean":
        return `${this.#room(1)}if (typeof ${value} !== "boolean") throw MISFIT\nb[p++] = ${value} ? 1 : 0`
      case "int":
        return `${this.#room(5)}if (${value} !== (${value} | 0)) throw MISFIT\n${this.#zigZag(value)}`
      case "long":
        return `${this.#room(10)}if (typeof ${value} === "number" && ${value} === (${value} | 0)) {
${indent(this.#zigZag(value))}
} else p = writeLong(b, p, ${value})`
      case "float":
        return `${this.#room(4)}${number(value)}\nw["~view"].setFloat32(p, ${value}, true)\np += 4`
      case "double":
        return `${this.#room(8)}${number(value)}\nw["~view"].setFloat64(p, ${value}, true)\np += 8`
      case "string":
        return `if (typeof ${value} !== "string") throw MISFIT\n${this.#variable(`writeString(w, p, ${value})`)}`
      case "bytes":
        return this.#variable(`writeBytes(w, p, ${value})`)
      case "fixed":
        return this.#variable(`writeFixed(w, p, ${value}, ${node.size})`)
      case "enum":
        return this.#enum(node, value)
      case "array":
        return this.#array(node.items, value)
      case "map":
        return this.#map(node.values, value)
      case "union":
        return node.wrapped ? this.#wrappedUnion(node, value) : this.#bareUnion(node, value)
      case "record":
        return this.#record(node, value, isKnownObject)
    }
  }

  /** Room for `size` bytes more; nothing to emit where they are within the slack. */
  #room(size: number): string {
    if (this.#used + size <= SLACK) {
      this.#used += size
      return ""
    }
    this.#used = size
    return `${RESERVE}\n`
  }

  /** A call that writes, makes its own room and leaves the slack behind it. */
  #variable(call: string): string {
    this.#used = 0
    return `p = ${call}\nb = w["~bytes"]`
  }

  #zigZag(value: string): string {
    const bits = this.#source.name("z")
    return `const ${bits} = (${value} << 1) ^ (${value} >> 31)
if ((${bits} & ~0x7f) === 0) b[p++] = ${bits}
else if ((${bits} & ~0x3fff) === 0) {
  b[p++] = ${bits} | 0x80
  b[p++] = ${bits} >>> 7
} else p = writeVarint(b, p, ${bits})`
  }

  /** The count before the items of an array or a map: mostly a byte. */
  #count(count: string): string {
    return `if (${count} < 64) b[p++] = ${count} * 2
else p = writeVarint(b, p, ${count} * 2)`
  }

  #index(index: number): string {
    if (index < 64) return `b[p++] = ${index * 2}`
    return `p = writeVarint(b, p, ${index * 2})`
  }

  #enum(node: EnumNode, value: string): string {
    const { indices } = node
    const room = this.#room(5)
    if (indices.size <= 12) {
      const cases = Array.from(
        indices,
        ([symbol, index]) => `case ${literal(String(symbol))}: ${this.#index(index)}; break`,
      )
      return `${room}switch (${value}) {\n${indent([...cases, "default: throw MISFIT"].join("\n"))}\n}`
    }
    const index = this.#source.name("i")
    return `${room}const ${index} = ${this.#source.constant(`${this.#source.node(node)}.indices`)}.get(${value})
if (${index} === undefined) throw MISFIT
p = writeVarint(b, p, ${index} * 2)`
  }

  #array(items: SchemaNode, value: string): string {
    const length = this.#source.name("n")
    const head = `${this.#room(5)}if (!Array.isArray(${value})) throw MISFIT
const ${length} = ${value}.length
if (${length} > 0) {
${indent(this.#count(length))}
`
    const before = this.#used
    const loop =
      items.type === "double" || items.type === "float"
        ? this.#variable(`writeFloats(w, p, ${value}, ${items.type === "double" ? 8 : 4})`)
        : this.#loop(items, value, length)
    this.#enter()
    this.#leave()
    this.#used = Math.max(before, this.#used)
    return `${head}${indent(loop)}\n}\n${this.#room(1)}b[p++] = 0`
  }

  #loop(items: SchemaNode, value: string, length: string): string {
    const index = this.#source.name("i")
    const item = this.#source.name("v")
    this.#enter()
    this.#used = 0
    const code = this.#value(items, item)
    this.#leave()
    return `for (let ${index} = 0; ${index} < ${length}; ${index}++) {
  const ${item} = ${value}[${index}]
${indent(`${RESERVE}\n${code}`)}
}`
  }

  #map(values: SchemaNode, value: string): string {
    const count = this.#source.name("n")
    const written = this.#source.name("n")
    const key = this.#source.name("k")
    const item = this.#source.name("v")
    const head = `${this.#room(5)}const ${count} = countEntries(${value})
if (${count} > 0) {
${indent(this.#count(count))}
  let ${written} = 0
  for (const ${key} in ${value}) {
    if (!hasOwn.call(${value}, ${key})) continue
    ${written}++
    const ${item} = ${value}[${key}]
`
    const before = this.#used
    this.#enter()
    const code = `${this.#variable(`writeString(w, p, ${key})`)}\n${this.#value(values, item)}`
    this.#leave()
    this.#used = Math.max(before, this.#used)
    return `${head}${indent(indent(code))}
  }
  if (${written} !== ${count}) throw MISFIT
}
${this.#room(1)}b[p++] = 0`
  }

  #bareUnion({ branches }: UnionNode, value: string): string {
    return this.#branches(branches, (branch, index) => ({
      condition: branch.type === "union" ? "false" : isOfKind(kindOf(branch), value),
      code: `${this.#index(index)}\n${branch.type === "null" ? "" : this.#value(branch, value, true)}`,
    }))
  }

  #wrappedUnion({ branches }: UnionNode, value: string): string {
    const key = this.#source.name("k")
    const code = this.#branches(branches, (branch, index) => {
      if (branch.type === "null") return { condition: `${value} === null`, code: this.#index(index) }
      const inner = this.#source.name("v")
      const name = branchName(branch)
      return {
        condition: `${key} === ${literal(name)}`,
        code: `${this.#index(index)}\nconst ${inner} = ${value}[${literal(name)}]\n${this.#value(branch, inner)}`,
      }
    })
    return `const ${key} = ${value} === null ? null : onlyKey(${value})\n${code}`
  }

  /** One branch of code for each of the union's; what was written is then the most that any may have. */
  #branches(
    branches: readonly SchemaNode[],
    emit: (branch: SchemaNode, index: number) => { condition: string; code: string },
  ): string {
    const room = this.#room(5)
    const before = this.#used
    let most = before
    const parts = branches.map((branch, index) => {
      this.#used = before
      const { condition, code } = emit(branch, index)
      most = Math.max(most, this.#used)
      return `if (${condition}) {\n${indent(code)}\n}`
    })
    this.#used = most
    return `${room}${[...parts, "throw MISFIT"].join(" else ")}`
  }

  #record(node: RecordNode, value: string, isKnownObject: boolean): string {
    if (this.#source.isInlined(node)) return this.#fields(node, value, isKnownObject)
    const encode = this.#source.functionFor(node, node, "encode", (name) => {
      const body = this.#body(() => this.#fields(node, "v", false))
      return `function ${name}(w, v, p, depth) {\n${indent(body)}\n  return p\n}`
    })
    if (encode === undefined) return "throw MISFIT"
    const room = this.#room(SLACK)
    this.#used = SLACK // what it leaves of it is not known
    return `${room}p = ${encode}(w, ${value}, p, depth + ${this.#nesting})\nb = w["~bytes"]`
  }

  #fields(node: RecordNode, value: string, isKnownObject: boolean): string {
    this.#enter()
    const fields = node.fields.map((field) => this.#field(node, field, value))
    this.#leave()
    if (isKnownObject) return fields.join("\n")
    const test = refusesArrays(node)
      ? `typeof ${value} !== "object" || ${value} === null`
      : `!isObject(${value})`
    return [`if (${test}) throw MISFIT`, ...fields].join("\n")
  }

  #field(record: RecordNode, field: FieldNode, value: string): string {
    const name = this.#source.name("v")
    const read =
      field.name in Object.prototype
        ? `ownField(${value}, ${literal(field.name)})`
        : property(value, field.name)
    const head = `const ${name} = ${read}`
    if (field.default === undefined) return `${head}\n${this.#value(field.type, name)}`
    const before = this.#used
    const missing = this.#default(`${this.#source.field(record, field)}.default`, field.default)
    const most = this.#used
    this.#used = before
    const given = this.#value(field.type, name)
    this.#used = Math.max(this.#used, most)
    return `${head}\nif (${name} === undefined) {\n${indent(missing)}\n} else {\n${indent(given)}\n}`
  }

  #default(expression: string, bytes: Uint8Array): string {
    if (bytes.length > 8)
      return this.#variable(`writeFixed(w, p, ${this.#source.constant(expression)}, ${bytes.length})`)
    const room = this.#room(bytes.length)
    return room + Array.from(bytes, (byte) => `b[p++] = ${byte}`).join("\n")
  }

  #enter(): void {
    this.#deepest = Math.max(this.#deepest, ++this.#nesting)
  }

  #leave(): void {
    this.#nesting--
  }
}

const RESERVE = `p = reserve(w, p)\nb = w["~bytes"]`

const number = (value: string): string => `if (typeof ${value} !== "number") throw MISFIT`

/** Whether a value that is no object of fields fails by itself: a field that it has to have is not there. */
function refusesArrays({ fields }: RecordNode): boolean {
  return fields.some(
    ({ name, type, default: bytes }) =>
      bytes === undefined &&
      type.logicalType === undefined &&
      !(name in Array.prototype) &&
      !(name in Uint8Array.prototype),
  )
}

/** The test for a JavaScript kind; the same as the closures' `kindOfValue`. */
function isOfKind(kind: Kind, value: string): string {
  switch (kind) {
    case "null":
      return `${value} === null`
    case "boolean":
    case "string":
      return `typeof ${value} === "${kind}"`
    case "number":
      return `typeof ${value} === "number" || typeof ${value} === "bigint"`
    case "bytes":
      return `${value} instanceof Uint8Array`
    case "date":
      return `${value} instanceof Date`
    case "array":
      return `Array.isArray(${value})`
    case "object":
      return `isObject(${value}) && !(${value} instanceof Date)`
  }
}
