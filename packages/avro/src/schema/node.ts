// The parsed schema: a graph with one kind of node for each of Avro's types. Names are resolved, so
// a recursive record points at itself. Everything that walks a schema switches over `type`.

import type { Limits } from "../limits.ts"

export type SchemaNode = PrimitiveNode | RecordNode | EnumNode | ArrayNode | MapNode | UnionNode | FixedNode
export type NamedNode = RecordNode | EnumNode | FixedNode
export type PrimitiveName = "null" | "boolean" | "int" | "long" | "float" | "double" | "bytes" | "string"

interface Annotated {
  /** Set where a valid annotation changes how values look in JavaScript. */
  readonly logicalType?: LogicalType | undefined
}

export interface PrimitiveNode extends Annotated {
  readonly type: PrimitiveName
  /** A long whose values are read as `bigint`. */
  readonly bigint: boolean
}

interface Named {
  /** Full name, with the namespace. */
  readonly name: string
  /** The declaration as JSON. */
  readonly definition: unknown
  /** Full names. */
  readonly aliases: readonly string[]
}

export interface RecordNode extends Named {
  readonly type: "record"
  /** Declared as `"type": "error"`. */
  readonly isError: boolean
  readonly fields: readonly FieldNode[]
  readonly logicalType?: undefined
}

export interface FieldNode {
  readonly name: string
  readonly aliases: readonly string[]
  readonly type: SchemaNode
  readonly order: "ascending" | "descending" | "ignore"
  /** The default in binary encoding: every use of it decodes a value of its own. */
  readonly default: Uint8Array | undefined
}

export interface EnumNode extends Named {
  readonly type: "enum"
  readonly symbols: readonly string[]
  /** The index of each symbol. */
  readonly indices: ReadonlyMap<unknown, number>
  readonly default: string | undefined
  readonly logicalType?: undefined
}

export interface FixedNode extends Named, Annotated {
  readonly type: "fixed"
  readonly size: number
}

export interface ArrayNode {
  readonly type: "array"
  readonly items: SchemaNode
  readonly logicalType?: undefined
}

export interface MapNode {
  readonly type: "map"
  readonly values: SchemaNode
  readonly logicalType?: undefined
}

export interface UnionNode {
  readonly type: "union"
  readonly branches: readonly SchemaNode[]
  /** Values carry their branch's name, because their JavaScript kind does not tell it. */
  readonly wrapped: boolean
  readonly logicalType?: undefined
}

/** What tells values of different types apart in JavaScript. */
export type Kind = "null" | "boolean" | "number" | "string" | "bytes" | "date" | "array" | "object"

const kinds = {
  null: "null",
  boolean: "boolean",
  int: "number",
  long: "number", // a bigint too: whether it is one depends on an option, and the rule on the schema alone
  float: "number",
  double: "number",
  bytes: "bytes",
  fixed: "bytes",
  string: "string",
  enum: "string",
  array: "array",
  map: "object",
  record: "object",
} as const satisfies Record<Exclude<SchemaNode["type"], "union">, Kind>

/** Converts between what is encoded and what JavaScript sees. */
export interface LogicalType {
  readonly name: string
  /** Whether its functions came with the options of a schema, and are not the specification's. */
  readonly isOwn?: true
  /** The JavaScript kind of its values, which tells union branches apart. */
  readonly kind: Kind
  /** Whether the underlying long is a `bigint`. Left out, the schema's option `long` decides. */
  readonly bigint?: boolean
  /** Of a decimal, whose writer and reader have to agree on it. */
  readonly decimal?: { readonly precision: number; readonly scale: number }
  /** Throws `ERR_AVRO_DATA` for an underlying value that stands for nothing. */
  toValue(underlying: never, limits: Limits): unknown
  /** Throws `ERR_AVRO_VALUE` for a value that the type cannot hold. */
  toUnderlying(value: unknown, limits: Limits): unknown
}

/** What an annotation may depend on. */
export interface Annotation {
  readonly type: string
  readonly size?: number
  readonly logicalType?: unknown
  readonly precision?: unknown
  readonly scale?: unknown
}

/** The JavaScript kind of a branch's values. */
export function kindOf(node: Exclude<SchemaNode, UnionNode>): Kind {
  return node.logicalType?.kind ?? kinds[node.type]
}

/** The JavaScript kind of a value; `undefined` for one that no Avro type has. */
export function kindOfValue(value: unknown): Kind | undefined {
  switch (typeof value) {
    case "string":
    case "number":
    case "boolean":
      return typeof value as Kind
    case "bigint":
      return "number"
    case "object":
      if (value === null) return "null"
      if (Array.isArray(value)) return "array"
      if (value instanceof Uint8Array) return "bytes"
      return value instanceof Date ? "date" : "object"
    default:
      return undefined
  }
}

/** What a union calls a branch: the full name of a named type, the type's own name otherwise. */
export function branchName(node: SchemaNode): string {
  return "name" in node ? node.name : node.type
}

/**
 * How many values that take no bytes come with each value of a record, itself included. They cost
 * time all the same, and records of records of nothing multiply without a byte.
 */
export function emptyItemsIn(node: RecordNode): number {
  const empty = node.fields.filter(({ type }) => type.type !== "record" && minBytes(type) === 0)
  return empty.length + (minBytes(node) === 0 ? 1 : 0)
}

const leastBytes = new WeakMap<SchemaNode, number>()

/** The least number of bytes that a value takes: 0 for types whose values may take none. */
export function minBytes(node: SchemaNode): number {
  const known = leastBytes.get(node)
  if (known !== undefined) return known
  leastBytes.set(node, 0) // ends the recursion of a record that contains itself, which no value can
  const least = leastBytesOf(node)
  leastBytes.set(node, least)
  return least
}

function leastBytesOf(node: SchemaNode): number {
  switch (node.type) {
    case "null":
      return 0
    case "float":
      return 4
    case "double":
      return 8
    case "fixed":
      return node.size
    case "record":
      return node.fields.reduce((sum, { type }) => sum + minBytes(type), 0)
    default:
      return 1
  }
}
