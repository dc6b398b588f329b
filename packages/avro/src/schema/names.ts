// Names and namespaces.
//
//   name      = [A-Za-z_] [A-Za-z0-9_]*
//   namespace = "" | name ("." name)*
//   full name = (namespace ".")? name
//
// https://avro.apache.org/docs/1.12.0/specification/#names

import { type AvroError, describe, quote } from "../errors.ts"
import type { NamedNode, PrimitiveName } from "./node.ts"

export const primitiveNames: ReadonlySet<string> = new Set<PrimitiveName>([
  "null",
  "boolean",
  "int",
  "long",
  "float",
  "double",
  "bytes",
  "string",
])

/** The named types of one schema or protocol, by full name, in the order of their definition. */
export type NamedTypes = Map<string, NamedNode>

/** Whether `text` may name a field, a symbol or, without its namespace, a type. */
export function isName(text: unknown): text is string {
  return typeof text === "string" && /^[A-Za-z_][A-Za-z0-9_]*$/.test(text)
}

/**
 * The full name that a declaration's `name` and `namespace` make. A dotted name is full as it
 * stands; otherwise its own namespace counts, and failing that the one around it. Throws what
 * `invalid` makes of the reason.
 */
export function fullName(
  name: unknown,
  namespace: unknown,
  around: string,
  invalid: (reason: string) => AvroError,
): string {
  if (typeof name !== "string") throw invalid(`"name" must be a string, got ${describe(name)}`)
  if (namespace !== undefined && typeof namespace !== "string") {
    throw invalid(`"namespace" must be a string, got ${describe(namespace)}`)
  }
  const full = qualify(name, namespace ?? around)
  if (!full.split(".").every(isName)) {
    throw invalid(
      `a name starts with a letter or _ and goes on with letters, digits and _, got ${quote(full)}`,
    )
  }
  if (primitiveNames.has(simpleName(full))) {
    throw invalid(`${quote(full)} has the name of a primitive type; choose another`)
  }
  return full
}

/** A reference or an alias in the namespace that holds where it stands. */
export function qualify(name: string, namespace: string): string {
  return name.includes(".") || namespace === "" ? name : `${namespace}.${name}`
}

/** The part of a full name before its last dot, or "". */
export function namespaceOf(full: string): string {
  return full.slice(0, Math.max(0, full.lastIndexOf(".")))
}

/** The part of a full name after its last dot. */
export function simpleName(full: string): string {
  return full.slice(full.lastIndexOf(".") + 1)
}
