// The order of encoded values, found without decoding them: both are read side by side up to the first
// difference. See compare.ts for the order itself.
//
// https://avro.apache.org/docs/1.12.0/specification/#sort-order

import { createReader, type Reader } from "../binary/reader.ts"
import { skipperOf } from "../compile/skipper.ts"
import { AvroError, explained, inside } from "../errors.ts"
import {
  branchName,
  emptyItemsIn,
  type FieldNode,
  minBytes,
  type RecordNode,
  type SchemaNode,
  type UnionNode,
} from "../schema/node.ts"
import { type Schema, titleOf } from "../schema/schema.ts"
import type { CompareOptions } from "./compare.ts"
import { compareNumbers, compareRaw, noOrder, type Ordering, order, reversed } from "./order.ts"

/**
 * Compares two values in binary encoding, as `compare` would compare what they decode to, and faster:
 * nothing is built, and what comes after the first difference is not even looked at.
 *
 * Throws `ERR_AVRO_NO_ORDER` when it comes to two maps, with the path; `ERR_AVRO_DATA`,
 * `ERR_AVRO_TRUNCATED` or `ERR_AVRO_LIMIT` where it meets bytes that are not a value of the schema.
 *
 * @see https://avro.apache.org/docs/1.12.0/specification/#sort-order
 */
export function compareBytes(
  schema: Schema,
  a: Uint8Array,
  b: Uint8Array,
  { limits }: CompareOptions = {},
): Ordering {
  try {
    return comparerOf(schema["~node"])(createReader(a, limits), createReader(b, limits))
  } catch (error) {
    throw explained(error, `Cannot compare ${titleOf(schema)}`)
  }
}

/** Compares what two readers stand before. Where that is equal, it leaves both after it. */
type Comparer = (a: Reader, b: Reader) => Ordering

const comparers = new WeakMap<SchemaNode, Comparer>()

function comparerOf(node: SchemaNode): Comparer {
  const known = comparers.get(node)
  if (known !== undefined) return known
  const comparer = build(node)
  comparers.set(node, comparer)
  return comparer
}

function build(node: SchemaNode): Comparer {
  switch (node.type) {
    case "null":
      return () => 0
    case "boolean":
      return (a, b) => order(Number(a.readBoolean()), Number(b.readBoolean()))
    case "int":
      return (a, b) => order(a.readInt(), b.readInt())
    case "long":
      return (a, b) => order(a.readBigInt(), b.readBigInt())
    case "float":
      return (a, b) => compareNumbers(a.readFloat(), b.readFloat())
    case "double":
      return (a, b) => compareNumbers(a.readDouble(), b.readDouble())
    case "bytes":
    case "string": // UTF-8 is in the order of code points
      return (a, b) => compareRaw(take(a, a.readLength(node.type)), take(b, b.readLength(node.type)))
    case "fixed":
      return (a, b) => compareRaw(take(a, node.size), take(b, node.size))
    case "enum": {
      const count = node.symbols.length
      return (a, b) => order(readIndex(a, count, "symbols"), readIndex(b, count, "symbols"))
    }
    case "array":
      return arrayComparer(lazy(node.items), minBytes(node.items))
    case "map":
      return () => {
        throw noOrder()
      }
    case "union":
      return unionComparer(node)
    default:
      return recordComparer(node)
  }
}

function arrayComparer(compareItem: Comparer, least: number): Comparer {
  return (a, b) => {
    a.enter()
    b.enter()
    let [leftOfA, leftOfB] = [0, 0]
    for (let index = 0; ; index++) {
      // The two may be cut into different blocks.
      if (leftOfA === 0) leftOfA = a.readBlockCount(least)
      if (leftOfB === 0) leftOfB = b.readBlockCount(least)
      if (leftOfA === 0 || leftOfB === 0) break
      leftOfA--
      leftOfB--
      try {
        const ordering = compareItem(a, b)
        if (ordering !== 0) return ordering
      } catch (error) {
        throw inside(error, index)
      }
    }
    a.leave()
    b.leave()
    return order(leftOfA, leftOfB)
  }
}

function unionComparer({ branches, wrapped }: UnionNode): Comparer {
  const compareBranch = branches.map(lazy)
  return (a, b) => {
    const index = readIndex(a, branches.length, "branches")
    const ordering = order(index, readIndex(b, branches.length, "branches"))
    if (ordering !== 0) return ordering
    try {
      return (compareBranch[index] as Comparer)(a, b)
    } catch (error) {
      throw wrapped ? inside(error, branchName(branches[index] as SchemaNode)) : error
    }
  }
}

function recordComparer(node: RecordNode): Comparer {
  const parts = node.fields.map((field) => ({ name: field.name, compare: fieldComparer(field) }))
  const emptyItems = emptyItemsIn(node)
  return (a, b) => {
    let name = ""
    a.enter()
    b.enter()
    if (emptyItems > 0) {
      a.countEmptyItems(emptyItems)
      b.countEmptyItems(emptyItems)
    }
    try {
      for (const part of parts) {
        name = part.name
        const ordering = part.compare(a, b)
        if (ordering !== 0) return ordering
      }
    } catch (error) {
      throw inside(error, name)
    }
    a.leave()
    b.leave()
    return 0
  }
}

function fieldComparer({ type, order: declared }: FieldNode): Comparer {
  if (declared === "ignore") {
    const skip = skipperOf(type)
    return (a, b) => {
      skip(a)
      skip(b)
      return 0
    }
  }
  const compare = lazy(type)
  return declared === "ascending" ? compare : (a, b) => reversed(compare(a, b))
}

/** The next bytes, where they are. */
function take(reader: Reader, size: number): Uint8Array {
  const start = reader.position
  reader.skip(size)
  return reader.bytes.subarray(start, start + size)
}

function readIndex(reader: Reader, count: number, what: string): number {
  const index = reader.readInt()
  if (index < 0 || index >= count) throw new AvroError("ERR_AVRO_DATA", `index ${index} of ${count} ${what}`)
  return index
}

/** Resolved at the first call: the schema may be recursive. */
function lazy(node: SchemaNode): Comparer {
  let comparer: Comparer = (a, b) => {
    comparer = comparerOf(node)
    return comparer(a, b)
  }
  return (a, b) => comparer(a, b)
}
