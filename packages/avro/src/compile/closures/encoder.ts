// Node → closure that encodes. One closure a node, composed once per schema; needs no code generation
// from strings, so it runs everywhere.
//
// https://avro.apache.org/docs/1.12.0/specification/#data-serialization-and-deserialization

import type { Writer } from "../../binary/writer.ts"
import { AvroError, describe, inside } from "../../errors.ts"
import { perNode } from "../../schema/memo.ts"
import {
  type ArrayNode,
  branchName,
  type EnumNode,
  type FieldNode,
  type Kind,
  kindOf,
  kindOfValue,
  type MapNode,
  type PrimitiveNode,
  type RecordNode,
  type SchemaNode,
  type UnionNode,
} from "../../schema/node.ts"

/** Writes a value, or throws `ERR_AVRO_VALUE` with the path inside it. */
export type Encoder = (writer: Writer, value: unknown) => void

/** The encoder of a node, built at its first use. */
export const encoderOf: (node: SchemaNode) => Encoder = perNode(build)

function build(node: SchemaNode): Encoder {
  const { logicalType } = node
  const plain = buildPlain(node)
  if (logicalType === undefined) return plain
  return (writer, value) => plain(writer, logicalType.toUnderlying(value, writer.limits))
}

function buildPlain(node: SchemaNode): Encoder {
  switch (node.type) {
    case "fixed":
      return (writer, value) => {
        if (!(value instanceof Uint8Array) || value.length !== node.size) {
          throw unfit(`a Uint8Array of ${node.size} bytes`, value)
        }
        writer.writeFixed(value)
      }
    case "enum":
      return enumEncoder(node)
    case "array":
      return arrayEncoder(node)
    case "map":
      return mapEncoder(node)
    case "union":
      return node.wrapped ? wrappedUnionEncoder(node) : bareUnionEncoder(node)
    case "record":
      return recordEncoder(node)
    default:
      return primitiveEncoders[node.type]
  }
}

const primitiveEncoders: Record<PrimitiveNode["type"], Encoder> = {
  null: (_writer, value) => {
    if (value !== null) throw unfit("null", value)
  },
  boolean: (writer, value) => {
    if (typeof value !== "boolean") throw unfit("a boolean", value)
    writer.writeBoolean(value)
  },
  int: (writer, value) => {
    if (typeof value !== "number") throw unfit("an int", value)
    writer.writeInt(value)
  },
  long: (writer, value) => {
    if (typeof value !== "number" && typeof value !== "bigint") throw unfit("a long", value)
    writer.writeLong(value)
  },
  float: (writer, value) => {
    if (typeof value !== "number") throw unfit("a number", value)
    writer.writeFloat(value)
  },
  double: (writer, value) => {
    if (typeof value !== "number") throw unfit("a number", value)
    writer.writeDouble(value)
  },
  bytes: (writer, value) => {
    if (!(value instanceof Uint8Array)) throw unfit("a Uint8Array", value)
    writer.writeBytes(value)
  },
  string: (writer, value) => {
    if (typeof value !== "string") throw unfit("a string", value)
    writer.writeString(value)
  },
}

function enumEncoder({ symbols, indices }: EnumNode): Encoder {
  return (writer, value) => {
    const index = indices.get(value)
    if (index === undefined) throw unfit(`one of ${list(symbols, ", ")}`, value)
    writer.writeInt(index)
  }
}

function arrayEncoder({ items }: ArrayNode): Encoder {
  const encodeItem = lazy(items)
  return (writer, value) => {
    if (!Array.isArray(value)) throw unfit("an array", value)
    const { length } = value
    let index = 0
    writer.enter()
    if (length > 0) writer.writeLong(length)
    try {
      for (; index < length; index++) encodeItem(writer, value[index])
    } catch (error) {
      throw inside(error, index)
    }
    writer.writeLong(0)
    writer.leave()
  }
}

function mapEncoder({ values }: MapNode): Encoder {
  const encodeValue = lazy(values)
  return (writer, value) => {
    if (!isObject(value)) throw unfit("an object", value)
    const keys = Object.keys(value)
    // A Map, a Date or a promise has no keys either, and would silently become an empty map.
    if (keys.length === 0 && Object.prototype.toString.call(value) !== "[object Object]") {
      throw unfit("a plain object", value)
    }
    let key = ""
    writer.enter()
    if (keys.length > 0) writer.writeLong(keys.length)
    try {
      for (key of keys) {
        writer.writeString(key)
        encodeValue(writer, value[key])
      }
    } catch (error) {
      throw inside(error, key)
    }
    writer.writeLong(0)
    writer.leave()
  }
}

function bareUnionEncoder({ branches }: UnionNode): Encoder {
  const byKind = new Map<Kind | undefined, [index: number, encode: Encoder]>()
  for (const [index, branch] of branches.entries()) {
    if (branch.type !== "union") byKind.set(kindOf(branch), [index, lazy(branch)])
  }
  const expected = branches.map(branchName).join(" or ")
  return (writer, value) => {
    const branch = byKind.get(kindOfValue(value))
    if (branch === undefined) throw unfit(expected, value)
    writer.writeInt(branch[0])
    branch[1](writer, value)
  }
}

function wrappedUnionEncoder({ branches }: UnionNode): Encoder {
  const nullIndex = branches.findIndex(({ type }) => type === "null")
  const byName = new Map<string, [index: number, encode: Encoder]>()
  for (const [index, branch] of branches.entries()) {
    if (index !== nullIndex) byName.set(branchName(branch), [index, lazy(branch)])
  }
  const names = Array.from(byName.keys(), (name) => `{ ${JSON.stringify(name)}: … }`)
  const expected = list(nullIndex < 0 ? names : ["null", ...names], " or ")
  return (writer, value) => {
    if (value === null && nullIndex >= 0) return writer.writeInt(nullIndex)
    if (!isObject(value)) throw unfit(expected, value)
    const [name = "", ...more] = Object.keys(value)
    const branch = more.length > 0 ? undefined : byName.get(name)
    if (branch === undefined) throw unfit(expected, value)
    writer.writeInt(branch[0])
    try {
      branch[1](writer, value[name])
    } catch (error) {
      throw inside(error, name)
    }
  }
}

function recordEncoder({ fields }: RecordNode): Encoder {
  const parts = fields.map((field) => ({ ...field, encode: lazy(field.type), read: readerOf(field) }))
  return (writer, value) => {
    if (!isObject(value)) throw unfit("an object", value)
    let name = ""
    writer.enter()
    try {
      for (const part of parts) {
        name = part.name
        const fieldValue = part.read(value)
        if (fieldValue === undefined && part.default !== undefined) writer.writeFixed(part.default)
        else part.encode(writer, fieldValue)
      }
    } catch (error) {
      throw inside(error, name)
    }
    writer.leave()
  }
}

/** Reads a field. A name that every object inherits, such as `constructor`, has to be the object's own. */
function readerOf({ name }: FieldNode): (value: Record<string, unknown>) => unknown {
  if (!(name in Object.prototype)) return (value) => value[name]
  return (value) => (Object.hasOwn(value, name) ? value[name] : undefined)
}

/** Resolved at the first call: the schema may be recursive. */
function lazy(node: SchemaNode): Encoder {
  let encoder: Encoder = (writer, value) => {
    encoder = encoderOf(node)
    encoder(writer, value)
  }
  return (writer, value) => encoder(writer, value)
}

const list = (names: readonly string[], separator: string): string =>
  names.slice(0, 10).join(separator) + (names.length > 10 ? `${separator}…` : "")

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)

const unfit = (expected: string, got: unknown): AvroError =>
  new AvroError("ERR_AVRO_VALUE", `expected ${expected}, got ${describe(got)}`)
