// Types as IDL has them: with "?" where null stands where the default wants it, and with the words for
// logical types.

import { AvroError, quote } from "../errors.ts"
import { namespaceOf, qualify, simpleName } from "../schema/names.ts"
import {
  type Declarations,
  type Field,
  type Primitive,
  type Reference,
  resolve,
  type Type,
} from "./declarations.ts"
import { annotation, annotations, identifier } from "./format-parts.ts"
import { SIMPLE } from "./parse-type.ts"

/** What names mean where a type stands. */
export interface TypeNames {
  readonly types: Declarations["types"]
  readonly namespace: string
}

/**
 * A type. `fallback` is the default of its field. With `"only parts"` it has no annotations of its own:
 * throws where it needs some.
 */
export function formatType(
  type: Type,
  names: TypeNames,
  fallback?: Field["default"],
  attributes: "all" | "only parts" = "all",
): string {
  const text = textOf(type, names, fallback)
  if (attributes === "only parts" && text.startsWith("@")) {
    throw new AvroError(
      "ERR_AVRO_IDL",
      `IDL has no form for a response of ${quote(text)}: give its type a name`,
    )
  }
  return text
}

function textOf(type: Type, names: TypeNames, fallback: Field["default"]): string {
  switch (type.kind) {
    case "primitive":
      return primitive(type)
    case "reference":
      return reference(type, names)
    case "union": {
      const nullable = nullableOf(type.branches, fallback)
      if (nullable !== undefined) return `${formatType(nullable, names)}?`
      return `union { ${type.branches.map((branch) => formatType(branch, names)).join(", ")} }`
    }
    default:
      return `${annotations(type.properties, " ")}${type.kind}<${formatType(type.of, names)}>`
  }
}

function primitive({ name, properties }: Primitive): string {
  const attributes = new Map(properties)
  const logicalType = attributes.get("logicalType")
  const [precision, scale] = [attributes.get("precision"), attributes.get("scale")]
  let word: string = name
  if (name === "bytes" && logicalType === "decimal" && isCount(precision) && isCount(scale)) {
    word = `decimal(${precision}, ${scale})`
    for (const attribute of ["logicalType", "precision", "scale"]) attributes.delete(attribute)
  } else if (logicalType !== undefined) {
    const [found] = [...SIMPLE].find(([, [base, logical]]) => base === name && logical === logicalType) ?? []
    if (found !== undefined) {
      word = found
      attributes.delete("logicalType")
    }
  }
  return `${Array.from(attributes, ([attribute, json]) => `${annotation(attribute, json)} `).join("")}${word}`
}

/** An int to Java too. */
const isCount = (json: unknown): json is number =>
  Number.isInteger(json) && Number(json) >= 0 && Number(json) < 2 ** 31

/** The type that a "?" can stand behind, in a union of it and null. */
function nullableOf(branches: readonly Type[], fallback: Field["default"]): Type | undefined {
  const [first, second] = branches
  if (branches.length !== 2 || first === undefined || second === undefined) return undefined
  const nullIsLast = fallback !== undefined && fallback.json !== null
  const [none, other] = nullIsLast ? [second, first] : [first, second]
  if (none.kind !== "primitive" || none.name !== "null" || none.properties.length > 0) return undefined
  return other.kind === "primitive" || other.kind === "reference" ? other : undefined
}

function reference(type: Reference, { types, namespace }: TypeNames): string {
  const { name } = resolve(type, types)
  if (namespaceOf(name) === namespace) return identifier(simpleName(name))
  if (name.includes(".") || !types.has(qualify(name, namespace))) return identifier(name)
  throw new AvroError(
    "ERR_AVRO_IDL",
    `IDL has no name for ${quote(name)} where ${quote(qualify(name, namespace))} is nearer`,
  )
}
