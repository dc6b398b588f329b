// Annotations: attributes of what they stand before.
//
//   annotation = "@" name "(" value ")"          @namespace("org.example") @aliases(["Old"]) @java-key("x")

import { quote } from "../errors.ts"
import type { Properties } from "./declarations.ts"
import { parseJsonValue } from "./json-value.ts"
import type { Place } from "./source-text.ts"
import type { Tokens } from "./tokens.ts"

/** One annotation, with the place of its name. */
export interface Annotation {
  readonly name: string
  readonly value: unknown
  readonly place: Place
}

/** Reads all that stand here. One of the same name as an earlier takes its place. */
export function parseAnnotations(tokens: Tokens): Map<string, Annotation> {
  const annotations = new Map<string, Annotation>()
  while (tokens.accept("@")) {
    const { text: name, start } = tokens.take("word", "the name of an annotation")
    tokens.expect("(", "and the value of the annotation")
    const value = parseJsonValue(tokens)
    tokens.expect(")")
    annotations.set(name, { name, value, place: tokens.source.at(start) })
  }
  return annotations
}

/** Takes a string out of the annotations. */
export function takeText(annotations: Map<string, Annotation>, name: string): string | undefined {
  const annotation = annotations.get(name)
  if (annotation === undefined) return undefined
  annotations.delete(name)
  if (typeof annotation.value === "string") return annotation.value
  throw annotation.place.error(`@${name}(…) holds a string`)
}

/** Takes the aliases out of the annotations. */
export function takeAliases(annotations: Map<string, Annotation>): string[] {
  const annotation = annotations.get("aliases")
  if (annotation === undefined) return []
  annotations.delete("aliases")
  const { value, place } = annotation
  if (Array.isArray(value) && value.every((alias) => typeof alias === "string")) return [...new Set(value)]
  throw place.error('@aliases(…) holds an array of strings: @aliases(["OldName"])')
}

/** Takes the order of a field out of the annotations, in whatever case it is written. */
export function takeOrder(annotations: Map<string, Annotation>): string | undefined {
  const place = annotations.get("order")?.place
  const order = takeText(annotations, "order")?.toLowerCase()
  if (place === undefined || order === undefined || order === "ascending") return undefined
  if (order === "descending" || order === "ignore") return order
  throw place.error('@order(…) holds "ascending", "descending" or "ignore"')
}

/** What is left of the annotations. Throws for an attribute that IDL has another way to write. */
export function propertiesOf(
  annotations: Map<string, Annotation>,
  reserved: ReadonlySet<string>,
): Properties {
  return Array.from(annotations.values(), ({ name, value, place }) => {
    if (reserved.has(name))
      throw place.error(`the attribute ${quote(name)} cannot be given as an annotation here`)
    return [name, value] as const
  })
}

const OF_TYPE = [
  "type",
  "name",
  "namespace",
  "aliases",
  "doc",
  "fields",
  "symbols",
  "size",
  "items",
  "values",
]

/** The attributes that the specification gives a meaning: no annotation can be called so. */
export const RESERVED = {
  protocol: new Set(["protocol", "namespace", "doc", "types", "messages", "errors"]),
  message: new Set(["doc", "request", "response", "errors", "one-way"]),
  field: new Set(["name", "type", "doc", "default", "order", "aliases"]),
  type: new Set(OF_TYPE),
  enum: new Set([...OF_TYPE, "default"]),
} as const satisfies Record<string, ReadonlySet<string>>
