// The types that fields, items and parameters have.
//
//   type     = annotation* plain
//   plain    = "array" "<" type ">" | "map" "<" type ">" | "union" "{" type ("," type)* "}" | simple "?"?
//   simple   = "int" | "string" | … | "date" | "decimal" "(" precision ("," scale)? ")" | name

import type { PrimitiveName } from "../schema/node.ts"
import { type Annotation, parseAnnotations, propertiesOf, RESERVED } from "./annotations.ts"
import type { Primitive, Properties, Type } from "./declarations.ts"
import { parseCount } from "./json-value.ts"
import type { Tokens } from "./tokens.ts"

/** A type as it was written: with "?", null goes where the default of its field says. */
export interface WrittenType {
  readonly type: Type
  /** Whether it had a "?". */
  readonly isNullable: boolean
}

/** Reads a type, with its annotations. Simple names are of `namespace`. */
export function parseType(tokens: Tokens, namespace: string): Type {
  return withNull(parseWrittenType(tokens, namespace))
}

/** The same, where a default may follow. */
export function parseWrittenType(tokens: Tokens, namespace: string): WrittenType {
  return parsePlainType(tokens, namespace, parseAnnotations(tokens))
}

/** A type in which null comes first, or last where the default is not null. */
export function withNull({ type, isNullable }: WrittenType, defaultIsOther = false): Type {
  if (!isNullable) return type
  return { kind: "union", branches: defaultIsOther ? [type, NULL] : [NULL, type] }
}

/** Reads a type behind its annotations. */
export function parsePlainType(
  tokens: Tokens,
  namespace: string,
  annotations: Map<string, Annotation>,
): WrittenType {
  const properties = propertiesOf(annotations, RESERVED.type)
  if (tokens.sees("array") && tokens.sees("<", 1))
    return once(parseCollection("array", tokens, namespace, properties))
  if (tokens.sees("map") && tokens.sees("<", 1))
    return once(parseCollection("map", tokens, namespace, properties))
  const [first] = annotations.values()
  if (tokens.sees("union") && tokens.sees("{", 1)) {
    if (first !== undefined) throw first.place.error("a union has no attributes: annotate its branches")
    return once(parseUnion(tokens, namespace))
  }
  const token = tokens.take("word", "a type")
  const primitive = token.isQuoted ? undefined : parsePrimitive(token.text, tokens, properties)
  if (primitive === undefined && first !== undefined) {
    throw first.place.error(
      "a type that is referred to by its name cannot be annotated; annotate the field, behind its type",
    )
  }
  const place = tokens.source.at(token.start)
  const type: Type = primitive ?? { kind: "reference", name: token.text, namespace, place }
  return { type, isNullable: tokens.accept("?") }
}

const NULL: Primitive = { kind: "primitive", name: "null", properties: [] }

const once = (type: Type): WrittenType => ({ type, isNullable: false })

function parseCollection(
  kind: "array" | "map",
  tokens: Tokens,
  namespace: string,
  properties: Properties,
): Type {
  tokens.next()
  tokens.expect("<")
  const of = tokens.nested(() => parseType(tokens, namespace))
  tokens.expect(">")
  return { kind, of, properties }
}

function parseUnion(tokens: Tokens, namespace: string): Type {
  const branches: Type[] = []
  tokens.next()
  tokens.expect("{")
  do branches.push(tokens.nested(() => parseType(tokens, namespace)))
  while (tokens.accept(","))
  tokens.expect("}", 'or "," and another branch')
  return { kind: "union", branches }
}

/** The primitive or logical type that a word stands for; decimals say more. */
function parsePrimitive(word: string, tokens: Tokens, properties: Properties): Primitive | undefined {
  if (word === "decimal" && tokens.accept("(")) {
    const { start } = tokens.peek()
    const precision = parseCount(tokens, "the precision of a decimal")
    const scale = tokens.accept(",") ? parseCount(tokens, "the scale of a decimal") : 0
    if (precision < 1 || scale > precision) {
      throw tokens.source.error(start, "a decimal has a precision of 1 or more, and a scale of at most that")
    }
    tokens.expect(")")
    return annotated("bytes", { logicalType: "decimal", precision, scale }, properties)
  }
  const [name, logicalType] = SIMPLE.get(word) ?? []
  if (name === undefined) return undefined
  return annotated(name, logicalType === undefined ? {} : { logicalType }, properties)
}

/** An annotation of the same name has the last word. */
function annotated(name: PrimitiveName, own: object, properties: Properties): Primitive {
  return { kind: "primitive", name, properties: [...new Map([...Object.entries(own), ...properties])] }
}

/** The words for types, and what they stand for. */
export const SIMPLE: ReadonlyMap<string, readonly [PrimitiveName, string?]> = new Map([
  ["null", ["null"]],
  ["boolean", ["boolean"]],
  ["int", ["int"]],
  ["long", ["long"]],
  ["float", ["float"]],
  ["double", ["double"]],
  ["bytes", ["bytes"]],
  ["string", ["string"]],
  ["date", ["int", "date"]],
  ["time_ms", ["int", "time-millis"]],
  ["timestamp_ms", ["long", "timestamp-millis"]],
  ["local_timestamp_ms", ["long", "local-timestamp-millis"]],
  ["uuid", ["string", "uuid"]],
])
