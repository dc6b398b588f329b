// Node → closure that decodes; the mirror image of encoder.ts.
//
// https://avro.apache.org/docs/1.12.0/specification/#data-serialization-and-deserialization

import type { Reader } from "../../binary/reader.ts"
import { AvroError, inside } from "../../errors.ts"
import { perNode } from "../../schema/memo.ts"
import {
  type ArrayNode,
  branchName,
  type EnumNode,
  emptyItemsIn,
  type FixedNode,
  minBytes,
  type PrimitiveNode,
  type RecordNode,
  type SchemaNode,
  type UnionNode,
} from "../../schema/node.ts"
import { createShape } from "./shape.ts"

/** Reads a value, or throws an `AvroError` with the path inside it. */
export type Decoder = (reader: Reader) => unknown

/** The decoder of a node, built at its first use. */
export const decoderOf: (node: SchemaNode) => Decoder = perNode((node) => annotated(node, buildPlain(node)))

/** Turns what `decode` reads into values of the node's logical type, if it has one. */
export function annotated({ logicalType }: SchemaNode, decode: Decoder): Decoder {
  if (logicalType === undefined) return decode
  return (reader) => logicalType.toValue(decode(reader) as never, reader.limits)
}

function buildPlain(node: SchemaNode): Decoder {
  switch (node.type) {
    case "fixed":
      return fixedDecoder(node)
    case "enum":
      return enumDecoder(node)
    case "array":
      return arrayDecoder(lazy(node.items), node)
    case "map":
      return mapDecoder(lazy(node.values))
    case "union":
      return unionDecoder(node)
    case "record":
      return recordDecoder(node)
    default:
      return primitiveDecoder(node)
  }
}

export function primitiveDecoder({ type, bigint }: PrimitiveNode): Decoder {
  return type === "long" && bigint ? (reader) => reader.readBigInt() : primitiveDecoders[type]
}

const primitiveDecoders: Record<PrimitiveNode["type"], Decoder> = {
  null: () => null,
  boolean: (reader) => reader.readBoolean(),
  int: (reader) => reader.readInt(),
  long: (reader) => reader.readLong(),
  float: (reader) => reader.readFloat(),
  double: (reader) => reader.readDouble(),
  bytes: (reader) => reader.readBytes(),
  string: (reader) => reader.readString(),
}

export function fixedDecoder({ size }: FixedNode): Decoder {
  return (reader) => reader.readFixed(size)
}

function enumDecoder({ symbols }: EnumNode): Decoder {
  return (reader) => symbols[readIndex(reader, symbols.length, "symbols")]
}

/** The index of a symbol or a branch, which the reader's peer chose. */
export function readIndex(reader: Reader, count: number, what: string): number {
  const index = reader.readInt()
  if (index < 0 || index >= count) throw new AvroError("ERR_AVRO_DATA", `index ${index} of ${count} ${what}`)
  return index
}

/** `written` is the array as it was written, which says how little an item may take. */
export function arrayDecoder(decodeItem: Decoder, written: ArrayNode): Decoder {
  const least = minBytes(written.items)
  return (reader) => {
    const items: unknown[] = []
    reader.enter()
    for (let count = reader.readBlockCount(least); count !== 0; count = reader.readBlockCount(least)) {
      try {
        for (; count > 0; count--) items.push(decodeItem(reader))
      } catch (error) {
        throw inside(error, items.length)
      }
    }
    reader.leave()
    return items
  }
}

export function mapDecoder(decodeValue: Decoder): Decoder {
  return (reader) => {
    const map: Record<string, unknown> = {}
    reader.enter()
    for (let count = reader.readBlockCount(1); count !== 0; count = reader.readBlockCount(1)) {
      for (; count > 0; count--) {
        const key = reader.readString()
        try {
          setOwn(map, key, decodeValue(reader))
        } catch (error) {
          throw inside(error, key)
        }
      }
    }
    reader.leave()
    return map
  }
}

function unionDecoder({ branches, wrapped }: UnionNode): Decoder {
  const decodeBranch = branches.map((branch) => wrap(branch, wrapped, lazy(branch)))
  return (reader) => {
    const decode = decodeBranch[readIndex(reader, branches.length, "branches")] as Decoder
    return decode(reader)
  }
}

/** Puts values of a branch under its name, where the union asks for it. */
export function wrap(branch: SchemaNode, wrapped: boolean, decode: Decoder): Decoder {
  if (!wrapped || branch.type === "null") return decode
  const name = branchName(branch)
  return (reader) => {
    try {
      return { [name]: decode(reader) }
    } catch (error) {
      throw inside(error, name)
    }
  }
}

function recordDecoder(node: RecordNode): Decoder {
  const parts = node.fields.map(({ name, type }) => ({ name, decode: lazy(type) }))
  const emptyItems = emptyItemsIn(node)
  const Shape = createShape(node.fields.length)
  return (reader) => {
    const record = new Shape()
    let name = ""
    reader.enter()
    if (emptyItems > 0) reader.countEmptyItems(emptyItems)
    try {
      for (const part of parts) {
        name = part.name
        setOwn(record, name, part.decode(reader))
      }
    } catch (error) {
      throw inside(error, name)
    }
    reader.leave()
    return record
  }
}

/** Sets a property whatever its name: plain assignment of `__proto__` would change the prototype. */
export function setOwn(target: Record<string, unknown>, name: string, value: unknown): void {
  if (name === "__proto__") {
    Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true })
  } else target[name] = value
}

/** Resolved at the first call: the schema may be recursive. */
function lazy(node: SchemaNode): Decoder {
  let decoder: Decoder = (reader) => {
    decoder = decoderOf(node)
    return decoder(reader)
  }
  return (reader) => decoder(reader)
}
