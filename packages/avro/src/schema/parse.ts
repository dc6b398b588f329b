// Schema declarations (JSON) → nodes. One function for each of Avro's complex types, in the order of
// the specification. `at` says where in the declaration we are, for the error message.
//
//   schema = "name" | { "type": …, … } | [ schema* ]
//
// https://avro.apache.org/docs/1.12.0/specification/#schema-declaration

import { describe, invalidSchema, quote } from "../errors.ts"
import { type Limits, limitReached } from "../limits.ts"
import { encodeDefaults, type PendingDefaults } from "./defaults.ts"
import { logicalTypeOf } from "./logical-types.ts"
import { fullName, isName, type NamedTypes, namespaceOf, primitiveNames, qualify } from "./names.ts"
import {
  type Annotation,
  branchName,
  type FieldNode,
  kindOf,
  minBytes,
  type NamedNode,
  type PrimitiveName,
  type RecordNode,
  type SchemaNode,
  type UnionNode,
} from "./node.ts"
import { type LogicalTypeDefinition, ownLogicalType } from "./own-logical-types.ts"

/** What holds for a whole schema or protocol while it is parsed. */
export interface ParseContext {
  readonly names: NamedTypes
  readonly bigint: boolean
  /** Logical types given with the declaration, by name; `false` switches one off. */
  readonly logicalTypes: ReadonlyMap<unknown, LogicalTypeDefinition | false>
  readonly limits: Limits
  /**
   * Refuse an annotation of a known logical type that does not fit, which the specification ignores:
   * the static type of a literal cannot see that a precision is too large. And a default that its logical type
   * refuses, which can be encoded, and then not be decoded.
   */
  readonly strict: boolean
  /** Defaults wait until every name is known: they may be values of types not yet complete. */
  readonly defaults: PendingDefaults
  /** Defaults that JSON rounded, by the fields' declarations, which they are put into where they are longs. */
  readonly longs: ReadonlyMap<object, bigint>
}

/** Parses one declaration and adds the types that it names to `context.names`. */
export function parseNode(
  json: unknown,
  namespace: string,
  context: ParseContext,
  at = "",
  depth = 0,
): SchemaNode {
  if (depth > context.limits.maxDepth) {
    throw limitReached("maxDepth", context.limits, `Invalid schema: declarations nest ${depth} deep`)
  }
  const inner: Inner = (declared, step, space = namespace) =>
    parseNode(declared, space, context, `${at}${step}`, depth + 1)

  if (typeof json === "string") return parseReference(json, namespace, context, at)
  if (Array.isArray(json)) return parseUnion(json, inner, at)
  if (!isObject(json)) throw invalid(at, `expected a type name, an object or an array, got ${typeOf(json)}`)

  const { type } = json
  if (typeof type !== "string") {
    if (type === undefined) throw invalid(at, 'an object needs a "type"')
    return inner(type, ".type")
  }
  if (primitiveNames.has(type)) return parsePrimitive(type as PrimitiveName, json, context, at)
  switch (type) {
    case "record":
    case "error":
      return parseRecord(json, namespace, context, inner, at)
    case "enum":
      return parseEnum(json, namespace, context, at)
    case "array":
      if (json["items"] === undefined) throw invalid(at, 'an array needs "items"')
      return { type, items: inner(json["items"], ".items") }
    case "map":
      if (json["values"] === undefined) throw invalid(at, 'a map needs "values"')
      return { type, values: inner(json["values"], ".values") }
    case "fixed":
      return parseFixed(json, namespace, context, at)
    default:
      return parseReference(type, namespace, context, at)
  }
}

/** Does what has to wait until every declaration is parsed. Call it once, at the end. */
export function completeParse({ names, defaults, limits, strict }: ParseContext): void {
  encodeDefaults(defaults, limits, strict)
  // In order of definition each finds its parts known. Later, a chain of names could exhaust the stack.
  for (const node of names.values()) minBytes(node)
}

type Inner = (json: unknown, step: string, namespace?: string) => SchemaNode
type Json = Record<string, unknown>

function parseReference(name: string, namespace: string, context: ParseContext, at: string): SchemaNode {
  if (primitiveNames.has(name)) return parsePrimitive(name as PrimitiveName, { type: name }, context, at)
  const full = qualify(name, namespace)
  // A simple name means the one in its namespace first, and failing that the one in none.
  const node = context.names.get(full) ?? context.names.get(name)
  if (node === undefined) {
    throw invalid(at, `unknown type ${quote(full)}; a type is defined before it is used, depth first`)
  }
  return node
}

function parsePrimitive(type: PrimitiveName, json: Json, context: ParseContext, at: string): SchemaNode {
  const logicalType = parseLogicalType({ ...json, type }, context, at)
  return { type, bigint: type === "long" && (logicalType?.bigint ?? context.bigint), logicalType }
}

function parseLogicalType(annotation: Annotation, { strict, logicalTypes }: ParseContext, at: string) {
  const given = logicalTypes.get(annotation.logicalType)
  if (given !== undefined) return given === false ? undefined : ownLogicalType(given, annotation)
  const logicalType = logicalTypeOf(annotation)
  if (logicalType !== undefined || !strict) return logicalType
  // The three whose fit depends on more than the type: a literal's static type already counts on it.
  const name = typeof annotation.logicalType === "string" ? annotation.logicalType : ""
  switch (`${annotation.type}:${name}`) {
    case "bytes:decimal":
    case "fixed:decimal":
      throw invalid(
        at,
        "a decimal needs a precision of 1 or more that its bytes can hold, and a scale no larger",
      )
    case "fixed:uuid":
      throw invalid(at, "a uuid takes a fixed of 16 bytes")
    case "fixed:duration":
      throw invalid(at, "a duration takes a fixed of 12 bytes")
    default:
      return undefined
  }
}

function parseRecord(
  json: Json,
  namespace: string,
  context: ParseContext,
  inner: Inner,
  at: string,
): SchemaNode {
  const { fields: declared } = json
  if (!Array.isArray(declared)) throw invalid(at, 'a record needs "fields", an array')
  const fields: FieldNode[] = []
  const named = parseNamed(json, namespace, at)
  const node: RecordNode = { type: "record", ...named, isError: json["type"] === "error", fields }
  define(node, context, at) // before its fields, which may refer to it
  const space = namespaceOf(node.name)
  const fieldNames = new Set<string>()
  declared.forEach((field: unknown, index) => {
    const here = `${at}.fields[${index}]`
    const parsed = parseField(field, (type) => inner(type, `.fields[${index}].type`, space), context, here)
    if (fieldNames.has(parsed.name)) throw invalid(here, `duplicate field ${quote(parsed.name)}`)
    fieldNames.add(parsed.name)
    fields.push(parsed)
  })
  return node
}

/** A field of a record, or a parameter of a message, which is declared alike. */
export function parseField(
  json: unknown,
  parseType: (json: unknown) => SchemaNode,
  context: ParseContext,
  at: string,
): FieldNode {
  if (!isObject(json)) throw invalid(at, `a field is an object, got ${typeOf(json)}`)
  const { name, order = "ascending" } = json
  if (!isName(name)) throw invalid(at, 'a field needs a "name" of letters, digits and _')
  if (json["type"] === undefined) throw invalid(at, `field ${quote(name)} needs a "type"`)
  if (order !== "ascending" && order !== "descending" && order !== "ignore") {
    throw invalid(at, '"order" is "ascending", "descending" or "ignore"')
  }
  const type = parseType(json["type"])
  const aliases = parseAliases(json, at)
  const field: FieldNode & { default: Uint8Array | undefined } = {
    name,
    aliases,
    type,
    order,
    default: undefined,
  }
  if (Object.hasOwn(json, "default")) {
    const long = context.longs.get(json)
    if (long !== undefined && takesLong(type)) Object.assign(json, { default: long })
    context.defaults.set(field, { json: json["default"], at: `${at}.default` })
  }
  return field
}

const takesLong = (node: SchemaNode): boolean =>
  node.type === "long" || (node.type === "union" && node.branches.some(takesLong))

function parseEnum(json: Json, namespace: string, context: ParseContext, at: string): SchemaNode {
  const { symbols, default: fallback } = json
  if (!Array.isArray(symbols) || !symbols.every(isName)) {
    throw invalid(at, 'an enum needs "symbols", an array of names')
  }
  const indices = new Map<unknown, number>()
  for (const [index, symbol] of symbols.entries()) {
    if (indices.has(symbol)) throw invalid(at, `duplicate symbol ${quote(symbol)}`)
    indices.set(symbol, index)
  }
  if (fallback !== undefined && !indices.has(fallback)) {
    throw invalid(at, `the default of an enum is one of its symbols, got ${describe(fallback)}`)
  }
  const named = parseNamed(json, namespace, at)
  return define(
    { type: "enum", ...named, symbols, indices, default: fallback as string | undefined },
    context,
    at,
  )
}

function parseUnion(json: readonly unknown[], inner: Inner, at: string): UnionNode {
  return unionOf(
    json.map((branch, index) => inner(branch, `[${index}]`)),
    at,
  )
}

/** A union of `branches`. Throws for those that no union may have. */
export function unionOf(branches: readonly SchemaNode[], at: string): UnionNode {
  const names = new Set<string>()
  const kinds = new Set<string>()
  for (const [index, branch] of branches.entries()) {
    if (branch.type === "union") throw invalid(`${at}[${index}]`, "a union must not contain another directly")
    const name = branchName(branch)
    if (names.has(name)) throw invalid(`${at}[${index}]`, `a union must not contain ${quote(name)} twice`)
    names.add(name)
    kinds.add(kindOf(branch))
  }
  return { type: "union", branches, wrapped: kinds.size < branches.length }
}

function parseFixed(json: Json, namespace: string, context: ParseContext, at: string): SchemaNode {
  const { size } = json
  if (!Number.isSafeInteger(size) || (size as number) < 0) {
    throw invalid(at, 'a fixed needs a "size", an integer of 0 or more')
  }
  const named = parseNamed(json, namespace, at)
  const logicalType = parseLogicalType({ ...json, type: "fixed" }, context, at)
  return define({ type: "fixed", ...named, size: size as number, logicalType }, context, at)
}

function parseNamed(
  json: Json,
  around: string,
  at: string,
): Pick<NamedNode, "name" | "aliases" | "definition"> {
  const name = fullName(json["name"], json["namespace"], around, (reason) => invalid(at, reason))
  const aliases = parseAliases(json, at).map((alias) => qualify(alias, namespaceOf(name)))
  return { name, aliases, definition: json }
}

function parseAliases(json: Json, at: string): string[] {
  const { aliases = [] } = json
  if (!Array.isArray(aliases) || !aliases.every((alias) => typeof alias === "string")) {
    throw invalid(at, '"aliases" is an array of names')
  }
  return aliases
}

function define<N extends NamedNode>(node: N, { names }: ParseContext, at: string): N {
  if (names.has(node.name)) throw invalid(at, `${quote(node.name)} is defined twice`)
  names.set(node.name, node)
  return node
}

const isObject = (json: unknown): json is Json =>
  typeof json === "object" && json !== null && !Array.isArray(json)

const typeOf = (json: unknown): string =>
  json === null ? "null" : Array.isArray(json) ? "an array" : typeof json

const invalid = invalidSchema
