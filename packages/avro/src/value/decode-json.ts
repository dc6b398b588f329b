// JSON text → value, for text in the specification's JSON encoding. See encode-json.ts, its mirror
// image, for what that is.
//
// https://avro.apache.org/docs/1.12.0/specification/#json-encoding

import { setOwn } from "../compile/closures/decoder.ts"
import { readDefault } from "../compile/runtime/by-closure.ts"
import { AvroError, describe, explained, inside, quote } from "../errors.ts"
import { type Limits, limitReached, withDefaults } from "../limits.ts"
import {
  type ArrayNode,
  branchName,
  type FieldNode,
  type MapNode,
  type RecordNode,
  type SchemaNode,
  type UnionNode,
} from "../schema/node.ts"
import { type Schema, titleOf } from "../schema/schema.ts"
import { branchNamed, takesNull } from "./branch.ts"
import { JsonCursor } from "./json-cursor.ts"
import { readDouble, readInt, readLong } from "./json-numbers.ts"

/** Options of `decodeJson`. */
export interface DecodeJsonOptions {
  /** How deep the text may nest, and how long decimals get. */
  readonly limits?: Partial<Limits>
}

/**
 * Decodes one value from JSON text in the specification's encoding, which names the branches of unions:
 * `{"email":{"string":"ada@example.com"}}`. Text, and not what `JSON.parse` makes of it, because that
 * has rounded its longs already. A field left out takes its default; numbers of a `float` or a `double`
 * may be `"NaN"`, `"Infinity"` (or `"INF"`) and `"-Infinity"` (or `"-INF"`), which Java writes.
 *
 * Throws `ERR_AVRO_DATA`, with the path, for text that is not JSON, a value of another type, a number
 * out of range, a key or a branch that the schema does not have, and a key that comes twice;
 * `ERR_AVRO_LONG_RANGE` for a long that a number cannot hold; `ERR_AVRO_LIMIT`.
 *
 * @see https://avro.apache.org/docs/1.12.0/specification/#json-encoding
 */
export function decodeJson<Value>(
  schema: Schema<Value, unknown>,
  text: string,
  options: DecodeJsonOptions = {},
): Value {
  if (typeof text !== "string") throw malformed(`decodeJson takes JSON text, got ${describe(text)}`)
  const cursor = new JsonCursor(text)
  try {
    const value = readValue(schema["~node"], { cursor, limits: withDefaults(options.limits), depth: 0 })
    cursor.expectEnd()
    return value as Value
  } catch (error) {
    throw explained(error, `Cannot decode ${titleOf(schema)}`)
  }
}

interface Pass {
  readonly cursor: JsonCursor
  readonly limits: Limits
  depth: number
}

function readValue(node: SchemaNode, pass: Pass): unknown {
  const underlying = readUnderlying(node, pass)
  const { logicalType } = node
  return logicalType === undefined ? underlying : logicalType.toValue(underlying as never, pass.limits)
}

function readUnderlying(node: SchemaNode, pass: Pass): unknown {
  const { cursor } = pass
  switch (node.type) {
    case "null":
      cursor.expect("null", "null")
      return null
    case "boolean":
      if (cursor.accept("true")) return true
      cursor.expect("false", "true or false")
      return false
    case "int":
      return readInt(cursor)
    case "long":
      return readLong(cursor, node.bigint)
    case "float":
      return readDouble(cursor, Math.fround)
    case "double":
      return readDouble(cursor, Number)
    case "bytes":
      return toBytes(cursor.readString("a string of bytes"))
    case "string":
      return toText(cursor.readString("a string"))
    case "fixed": {
      const bytes = toBytes(cursor.readString(`a string of ${node.size} bytes`))
      if (bytes.length !== node.size) throw malformed(`expected ${node.size} bytes, got ${bytes.length}`)
      return bytes
    }
    case "enum": {
      const symbol = cursor.readString("a symbol")
      if (!node.indices.has(symbol)) throw malformed(`the enum has no symbol ${quote(symbol)}`)
      return symbol
    }
    case "union":
      return readUnion(node, pass)
    default:
      return readNested(node, pass)
  }
}

function readUnion(node: UnionNode, pass: Pass): unknown {
  const { cursor } = pass
  if (takesNull(node) && cursor.accept("null")) return null
  if (!cursor.accept("{")) throw cursor.unexpected(branchesOf(node))
  const name = cursor.readString("the name of a branch")
  const branch = branchNamed(node, name)
  if (branch === undefined) throw malformed(`expected ${branchesOf(node)}, got {${quote(name)}: …}`)
  cursor.expect(":")
  const value = node.wrapped ? within(name, () => readValue(branch, pass)) : readValue(branch, pass)
  cursor.expect("}", '"}" after the one branch')
  return node.wrapped ? { [name]: value } : value
}

/** What an error message says that a union expects: the first of its branches, as JSON names them. */
function branchesOf({ branches }: UnionNode): string {
  const names = branches.slice(0, 10).map((branch) => {
    const name = branchName(branch)
    return name === "null" ? name : `{${JSON.stringify(name)}: …}`
  })
  return names.join(" or ")
}

function readNested(node: ArrayNode | MapNode | RecordNode, pass: Pass): unknown {
  if (pass.depth >= pass.limits.maxDepth) {
    throw limitReached("maxDepth", pass.limits, `values nest ${pass.depth + 1} deep`)
  }
  pass.depth++
  const value =
    node.type === "array"
      ? readArray(node, pass)
      : node.type === "map"
        ? readMap(node, pass)
        : readRecord(node, pass)
  pass.depth--
  return value
}

function readArray({ items }: ArrayNode, pass: Pass): unknown[] {
  const values: unknown[] = []
  pass.cursor.readArray("an array", () => values.push(within(values.length, () => readValue(items, pass))))
  return values
}

function readMap({ values }: MapNode, pass: Pass): Record<string, unknown> {
  const map: Record<string, unknown> = {}
  pass.cursor.readObject("an object", (key) =>
    setOwn(
      map,
      toText(key),
      within(key, () => readValue(values, pass)),
    ),
  )
  return map
}

function readRecord(node: RecordNode, pass: Pass): Record<string, unknown> {
  const fields = fieldsOf(node)
  const values = new Map<string, unknown>()
  pass.cursor.readObject("an object", (key) => {
    const field = fields.get(key)
    if (field === undefined) throw malformed(`the record ${node.name} has no field ${quote(key)}`)
    values.set(
      key,
      within(key, () => readValue(field.type, pass)),
    )
  })
  const record: Record<string, unknown> = {}
  for (const field of node.fields) {
    const { name } = field
    setOwn(record, name, values.has(name) ? values.get(name) : defaultOf(field, node, pass.limits))
  }
  return record
}

const fieldsByName = new WeakMap<RecordNode, ReadonlyMap<string, FieldNode>>()

function fieldsOf(node: RecordNode): ReadonlyMap<string, FieldNode> {
  let fields = fieldsByName.get(node)
  if (fields === undefined) {
    fieldsByName.set(node, (fields = new Map(node.fields.map((field) => [field.name, field]))))
  }
  return fields
}

function defaultOf(field: FieldNode, node: RecordNode, limits: Limits): unknown {
  if (field.default === undefined)
    throw malformed(`the field ${quote(field.name)} of ${node.name} is missing and has no default`)
  return readDefault(field, limits)
}

/** A character for each byte. */
function toBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code > 0xff) throw malformed(`bytes are characters up to U+00FF, got ${describe(text.slice(index))}`)
    bytes[index] = code
  }
  return bytes
}

/** Text that UTF-8 can carry. */
function toText(text: string): string {
  if (/\p{Surrogate}/u.test(text)) throw malformed("a string must not contain half a surrogate pair")
  return text
}

function within<T>(step: string | number, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw inside(error, step)
  }
}

const malformed = (message: string): AvroError => new AvroError("ERR_AVRO_DATA", message)
