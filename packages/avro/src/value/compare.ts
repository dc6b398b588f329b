// The order of values, which is the same for what decoding returns and for the bytes: compare-bytes.ts
// is the other half.
//
//   null          all are equal                     array   item by item; then the shorter one first
//   boolean       false, true                       enum    in the order of the symbols
//   numbers       -∞ … -0, 0 … ∞, NaN               union   in the order of the branches, then by value
//   bytes, fixed  byte by byte, unsigned            record  field by field, as their "order" says
//   string        by code point                     map     none
//
// A logical type is compared as what is underneath it: a decimal as bytes, which is not its order as a number.
//
// https://avro.apache.org/docs/1.12.0/specification/#sort-order

import { AvroError, describe, explained, inside } from "../errors.ts"
import { type Limits, limitReached, withDefaults } from "../limits.ts"
import type { ArrayNode, RecordNode, SchemaNode, UnionNode } from "../schema/node.ts"
import { type Schema, titleOf } from "../schema/schema.ts"
import { branchOf } from "./branch.ts"
import { compareNumbers, compareRaw, compareText, noOrder, type Ordering, order, reversed } from "./order.ts"

/** Options of `compare` and `compareBytes`. */
export interface CompareOptions {
  /** How deep a value may nest: one that contains itself reaches any limit. */
  readonly limits?: Partial<Limits>
}

/**
 * Compares two values, as `decode` returns them, in the order that the specification gives values of
 * this schema: `users.sort((a, b) => compare(User, a, b))`. Fields of `"order": "ignore"` do not count,
 * and are not looked at.
 *
 * Throws `ERR_AVRO_NO_ORDER` when it comes to two maps, and `ERR_AVRO_VALUE` for a value that does not
 * fit, both with the path; `ERR_AVRO_LIMIT` for values that nest too deep.
 *
 * @see https://avro.apache.org/docs/1.12.0/specification/#sort-order
 */
export function compare<Value>(
  schema: Schema<Value, unknown>,
  a: NoInfer<Value>,
  b: NoInfer<Value>,
  options: CompareOptions = {},
): Ordering {
  try {
    return compareValues(schema["~node"], a, b, { limits: withDefaults(options.limits), depth: 0 })
  } catch (error) {
    throw explained(error, `Cannot compare ${titleOf(schema)}`)
  }
}

interface Pass {
  readonly limits: Limits
  depth: number
}

function compareValues(node: SchemaNode, a: unknown, b: unknown, pass: Pass): Ordering {
  const { logicalType } = node
  if (logicalType === undefined) return compareUnderlying(node, a, b, pass)
  const { limits } = pass
  return compareUnderlying(
    node,
    logicalType.toUnderlying(a, limits),
    logicalType.toUnderlying(b, limits),
    pass,
  )
}

function compareUnderlying(node: SchemaNode, a: unknown, b: unknown, pass: Pass): Ordering {
  switch (node.type) {
    case "null":
      if (a !== null || b !== null) throw unfit("null", a === null ? b : a)
      return 0
    case "boolean":
      return order(Number(need(isBoolean, a, "a boolean")), Number(need(isBoolean, b, "a boolean")))
    case "int":
      return order(need(isNumber, a, "an int"), need(isNumber, b, "an int"))
    case "double":
      return compareNumbers(need(isNumber, a, "a number"), need(isNumber, b, "a number"))
    case "float":
      return compareNumbers(
        Math.fround(need(isNumber, a, "a number")),
        Math.fround(need(isNumber, b, "a number")),
      )
    case "long":
      return order(need(isInteger, a, "a long"), need(isInteger, b, "a long"))
    case "bytes":
    case "fixed":
      return compareRaw(need(isBytes, a, "a Uint8Array"), need(isBytes, b, "a Uint8Array"))
    case "string":
      return compareText(need(isString, a, "a string"), need(isString, b, "a string"))
    case "enum":
      return order(
        need(isNumber, node.indices.get(a), "a symbol", a),
        need(isNumber, node.indices.get(b), "a symbol", b),
      )
    case "union":
      return compareUnion(node, a, b, pass)
    case "map":
      throw noOrder()
    default:
      return nested(pass, () =>
        node.type === "array" ? compareArrays(node, a, b, pass) : compareRecords(node, a, b, pass),
      )
  }
}

function compareUnion(node: UnionNode, a: unknown, b: unknown, pass: Pass): Ordering {
  const first = branchOf(node, a)
  const second = branchOf(node, b)
  if (first.index !== second.index) return order(first.index, second.index)
  try {
    return compareValues(first.branch, first.value, second.value, pass)
  } catch (error) {
    throw first.key === undefined ? error : inside(error, first.key)
  }
}

function compareArrays({ items }: ArrayNode, a: unknown, b: unknown, pass: Pass): Ordering {
  const [first, second] = [need(isArray, a, "an array"), need(isArray, b, "an array")]
  const length = Math.min(first.length, second.length)
  let index = 0
  try {
    for (; index < length; index++) {
      const ordering = compareValues(items, first[index], second[index], pass)
      if (ordering !== 0) return ordering
    }
  } catch (error) {
    throw inside(error, index)
  }
  return order(first.length, second.length)
}

function compareRecords({ fields }: RecordNode, a: unknown, b: unknown, pass: Pass): Ordering {
  const [first, second] = [need(isObject, a, "an object"), need(isObject, b, "an object")]
  let name = ""
  try {
    for (const field of fields) {
      if (field.order === "ignore") continue
      name = field.name
      const ordering = compareValues(field.type, own(first, name), own(second, name), pass)
      if (ordering !== 0) return field.order === "descending" ? reversed(ordering) : ordering
    }
  } catch (error) {
    throw inside(error, name)
  }
  return 0
}

function nested(pass: Pass, compareParts: () => Ordering): Ordering {
  if (pass.depth >= pass.limits.maxDepth) {
    throw limitReached("maxDepth", pass.limits, `values nest ${pass.depth + 1} deep, or in a circle`)
  }
  pass.depth++
  const ordering = compareParts()
  pass.depth--
  return ordering
}

/** A field, which a record without a property of its own does not have, whatever it inherits. */
const own = (record: Record<string, unknown>, name: string): unknown =>
  Object.hasOwn(record, name) || !(name in Object.prototype) ? record[name] : undefined

function need<T>(is: (value: unknown) => value is T, value: unknown, expected: string, shown = value): T {
  if (!is(value)) throw unfit(expected, shown)
  return value
}

const isBoolean = (value: unknown): value is boolean => typeof value === "boolean"
const isNumber = (value: unknown): value is number => typeof value === "number"
const isInteger = (value: unknown): value is number | bigint =>
  typeof value === "bigint" || Number.isInteger(value)
const isString = (value: unknown): value is string => typeof value === "string"
const isBytes = (value: unknown): value is Uint8Array => value instanceof Uint8Array
const isArray = (value: unknown): value is readonly unknown[] => Array.isArray(value)
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !isBytes(value)

const unfit = (expected: string, got: unknown): AvroError =>
  new AvroError("ERR_AVRO_VALUE", `expected ${expected}, got ${describe(got)}`)
