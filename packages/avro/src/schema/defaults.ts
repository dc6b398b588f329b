// Default values: JSON as the specification's table reads it → binary encoding. A default is kept in
// binary because every value that uses it then gets a copy of its own, by the ordinary decoder.
//
//   bytes, fixed  string, a code point 0–255 for each byte       union   any one of its branches
//   record        object; fields may be left to their defaults   enum    symbol
//   float, double number, or "NaN", "Infinity", "-Infinity"
//
// https://avro.apache.org/docs/1.12.0/specification/#schema-record

import { createWriter, type Writer } from "../binary/writer.ts"
import { describe, invalidSchema } from "../errors.ts"
import { type Limits, limitReached } from "../limits.ts"
import type { ArrayNode, FieldNode, MapNode, RecordNode, SchemaNode } from "./node.ts"

/** Fields whose defaults are still JSON, with where that stands in the declaration. */
export type PendingDefaults = Map<Pending, { readonly json: unknown; readonly at: string }>

type Pending = FieldNode & { default: Uint8Array | undefined }

/** Checks every pending default against its type, if `strict` its logical type too, and sets it. Throws `ERR_AVRO_SCHEMA`. */
export function encodeDefaults(pending: PendingDefaults, limits: Limits, strict: boolean): void {
  const pass: Pass = {
    pending,
    limits,
    strict,
    steps: MAX_STEPS,
    depth: 0,
    entries: new Map(),
    annotated: [],
  }
  for (const field of pending.keys()) encodeDefault(field, pass)
}

// A few nested records whose fields default to one another's defaults multiply without end.
const MAX_STEPS = 1_000_000

interface Pass {
  readonly pending: PendingDefaults
  readonly limits: Limits
  readonly strict: boolean
  /** How many more parts, or bytes of other defaults, all defaults together may take. */
  steps: number
  depth: number
  /** What maps hold: listed once, though each branch of a union may ask. */
  readonly entries: Map<object, [string, unknown][]>
  /** What of the default has a logical type. */
  annotated: Annotated[]
}

interface Annotated {
  readonly node: SchemaNode
  readonly json: unknown
}

/** The default of a field. A record may want it before its turn, for a default of its own. */
function encodeDefault(field: Pending, pass: Pass): Uint8Array | undefined {
  const declared = pass.pending.get(field)
  if (declared === undefined) return field.default
  pass.pending.delete(field) // a default that takes itself to be made finds none
  const writer = createWriter()
  const { annotated: outer } = pass
  pass.annotated = []
  if (
    !writeNotFinite(field.type, declared.json, writer, pass) &&
    !writeDefault(field.type, declared.json, writer, pass)
  ) {
    const reason = pass.steps < 0 ? "is larger than any should be" : `does not fit ${field.type.type}`
    throw invalidSchema(declared.at, `the default ${describe(declared.json)} ${reason}`)
  }
  if (pass.strict) for (const part of pass.annotated) checkReadable(part, declared.at, pass.limits)
  pass.annotated = outer
  field.default = writer.finish()
  return field.default
}

/** What cannot be read should not be written either: a default is written wherever a field is left out. */
function checkReadable({ node, json }: Annotated, at: string, limits: Limits): void {
  const { logicalType } = node
  try {
    logicalType?.toValue(underlyingOf(node, json) as never, limits)
  } catch (error) {
    const reason = `cannot be read as ${logicalType?.name}: ${(error as Error).message}`
    throw invalidSchema(at, `the default ${describe(json)} ${reason}`, error)
  }
}

/** What is decoded of a default that was written. */
function underlyingOf(node: SchemaNode, json: unknown): unknown {
  switch (node.type) {
    case "long":
      return node.bigint ? BigInt(json as number) : Number(json)
    case "float":
      return Math.fround(Number(json))
    case "double":
      return Number(json)
    case "bytes":
    case "fixed":
      return fromCodePoints(json)
    default:
      return json
  }
}

/**
 * NaN and the infinities, which JSON has not, are strings, as Java's IDL writes them. As Java, a field takes them that
 * is a float or a double itself: within a union or an array such a string is nothing but a string.
 */
function writeNotFinite(node: SchemaNode, json: unknown, writer: Writer, pass: Pass): boolean {
  const { type } = node
  const number = notFinite.get(json)
  if (number === undefined || (type !== "float" && type !== "double")) return false
  if (type === "float") writer.writeFloat(number)
  else writer.writeDouble(number)
  pass.annotated.push({ node, json })
  return true
}

const notFinite: ReadonlyMap<unknown, number> = new Map([
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
])

/** Whether `json` is a value of `node`; it is written if so. */
function writeDefault(node: SchemaNode, json: unknown, writer: Writer, pass: Pass): boolean {
  const fits = writeUnderlying(node, json, writer, pass)
  if (fits && node.logicalType !== undefined) pass.annotated.push({ node, json })
  return fits
}

function writeUnderlying(node: SchemaNode, json: unknown, writer: Writer, pass: Pass): boolean {
  pass.steps -= typeof json === "string" ? json.length + 1 : 1
  if (pass.steps < 0) return false
  switch (node.type) {
    case "null":
      return json === null
    case "boolean":
      if (typeof json !== "boolean") return false
      writer.writeBoolean(json)
      return true
    case "int":
    case "long":
    case "float":
    case "double":
      return writeNumber(node.type, json, writer)
    case "string":
      if (!isText(json)) return false
      writer.writeString(json)
      return true
    case "bytes":
    case "fixed": {
      const bytes = fromCodePoints(json)
      if (bytes === undefined || (node.type === "fixed" && bytes.length !== node.size)) return false
      if (node.type === "bytes") writer.writeBytes(bytes)
      else writer.writeFixed(bytes)
      return true
    }
    case "enum": {
      const index = node.indices.get(json)
      if (index !== undefined) writer.writeInt(index)
      return index !== undefined
    }
    case "union":
      return node.branches.some((branch, index) => {
        const { length: start } = writer
        const { length: annotated } = pass.annotated
        writer.writeInt(index)
        if (writeDefault(branch, json, writer, pass)) return true
        writer.truncate(start)
        pass.annotated.length = annotated
        return false
      })
    default: {
      if (++pass.depth > pass.limits.maxDepth) {
        throw limitReached("maxDepth", pass.limits, `Invalid schema: a default nests ${pass.depth} deep`)
      }
      const fits = writeNested(node, json, writer, pass)
      pass.depth--
      return fits
    }
  }
}

function writeNested(
  node: ArrayNode | MapNode | RecordNode,
  json: unknown,
  writer: Writer,
  pass: Pass,
): boolean {
  if (node.type === "array") {
    return (
      Array.isArray(json) && writeBlock(json, writer, (item) => writeDefault(node.items, item, writer, pass))
    )
  }
  if (!isObject(json)) return false
  if (node.type === "map") {
    return writeBlock(entriesOf(json, pass), writer, ([key, value]) => {
      pass.steps -= key.length
      if (pass.steps < 0 || !isText(key)) return false
      writer.writeString(key)
      return writeDefault(node.values, value, writer, pass)
    })
  }
  return node.fields.every((field) => {
    if (Object.hasOwn(json, field.name)) return writeDefault(field.type, json[field.name], writer, pass)
    const bytes = encodeDefault(field, pass)
    pass.steps -= bytes?.length ?? 0
    if (bytes === undefined || pass.steps < 0) return false
    writer.writeFixed(bytes)
    return true
  })
}

function entriesOf(json: object, pass: Pass): [string, unknown][] {
  let entries = pass.entries.get(json)
  if (entries === undefined) pass.entries.set(json, (entries = Object.entries(json)))
  return entries
}

function writeNumber(type: "int" | "long" | "float" | "double", json: unknown, writer: Writer): boolean {
  if (typeof json === "bigint" && type === "long") {
    if (BigInt.asIntN(64, json) !== json) return false
    writer.writeLong(json)
    return true
  }
  const number = typeof json === "bigint" && type !== "int" ? Number(json) : json
  if (typeof number !== "number" || !isOf(type, number)) return false
  if (type === "float") writer.writeFloat(number)
  else if (type === "double") writer.writeDouble(number)
  else writer.writeLong(number)
  return true
}

/** Whether a number is a value of its type: one too large for a float or a double would become infinite. */
function isOf(type: "int" | "long" | "float" | "double", number: number): boolean {
  switch (type) {
    case "int":
      return number === (number | 0)
    case "long":
      return Number.isSafeInteger(number)
    case "float":
      return Number.isFinite(Math.fround(number))
    default:
      return Number.isFinite(number)
  }
}

function writeBlock<T>(items: readonly T[], writer: Writer, writeItem: (item: T) => boolean): boolean {
  if (items.length > 0) writer.writeLong(items.length)
  if (!items.every(writeItem)) return false
  writer.writeLong(0)
  return true
}

function fromCodePoints(json: unknown): Uint8Array | undefined {
  if (typeof json !== "string") return undefined
  const codes = Array.from(json, (character) => character.codePointAt(0) ?? 0)
  return codes.every((code) => code <= 0xff) ? Uint8Array.from(codes) : undefined
}

/** Text that UTF-8 can carry: without half a surrogate pair. */
const isText = (json: unknown): json is string => typeof json === "string" && !/\p{Surrogate}/u.test(json)

const isObject = (json: unknown): json is Record<string, unknown> =>
  typeof json === "object" && json !== null && !Array.isArray(json)
