// Declarations of named types.
//
//   record = ("record" | "error") name "{" fields* "}"
//   enum   = "enum" name "{" (symbol ("," symbol)*)? "}" ("=" symbol ";")?
//   fixed  = "fixed" name "(" size ")" ";"

import { quote } from "../errors.ts"
import { namespaceOf, qualify } from "../schema/names.ts"
import {
  type Annotation,
  parseAnnotations,
  propertiesOf,
  RESERVED,
  takeAliases,
  takeText,
} from "./annotations.ts"
import type { EnumType, Field, FixedType, NamedType, RecordType } from "./declarations.ts"
import { parseCount } from "./json-value.ts"
import { parseFields } from "./parse-fields.ts"
import type { Tokens } from "./tokens.ts"

/** What was read before a declaration's keyword. */
export interface Preamble {
  readonly doc: string | undefined
  readonly annotations: Map<string, Annotation>
}

/** Whether a declaration of a named type begins here, behind its annotations. */
export function seesNamedType(tokens: Tokens): boolean {
  if (tokens.sees("fixed")) return true
  // A message may return a type that is called so, and then has parameters.
  return ["record", "error", "enum"].some((word) => tokens.sees(word)) && !tokens.sees("(", 2)
}

/** Reads a named type from its keyword on. */
export function parseNamedType(tokens: Tokens, namespace: string, preamble: Preamble): NamedType {
  const { text: kind } = tokens.next()
  switch (kind) {
    case "enum":
      return parseEnum(tokens, namespace, preamble)
    case "fixed":
      return parseFixed(tokens, namespace, preamble)
    default:
      return parseRecord(kind as "record" | "error", tokens, namespace, preamble)
  }
}

function parseRecord(
  kind: "record" | "error",
  tokens: Tokens,
  namespace: string,
  preamble: Preamble,
): RecordType {
  const head = parseHead(kind, tokens, namespace, preamble)
  const fields: Field[] = []
  tokens.expect("{", `and the fields of ${quote(head.name)}`)
  while (!tokens.accept("}")) {
    if (tokens.peek().kind === "end") throw tokens.unexpected(`"}" or a field of ${quote(head.name)}`)
    for (const field of parseFields(tokens, namespaceOf(head.name))) fields.push(field)
  }
  return { kind, ...head, fields }
}

function parseEnum(tokens: Tokens, namespace: string, preamble: Preamble): EnumType {
  const head = parseHead("enum", tokens, namespace, preamble)
  const symbols: string[] = []
  tokens.expect("{", `and the symbols of ${quote(head.name)}`)
  if (!tokens.accept("}")) {
    do {
      parseAnnotations(tokens) // JSON has no place for them
      symbols.push(tokens.take("word", `a symbol of ${quote(head.name)}`).text)
    } while (tokens.accept(","))
    tokens.expect("}", 'or "," and another symbol')
  }
  if (!tokens.accept("=")) return { kind: "enum", ...head, symbols, default: undefined }
  const { text: fallback } = tokens.take("word", "the default symbol")
  tokens.expect(";", "after the default symbol")
  return { kind: "enum", ...head, symbols, default: fallback }
}

function parseFixed(tokens: Tokens, namespace: string, preamble: Preamble): FixedType {
  const head = parseHead("fixed", tokens, namespace, preamble)
  tokens.expect("(", "and a size in bytes")
  const size = parseCount(tokens, "a size in bytes")
  tokens.expect(")")
  tokens.expect(";")
  return { kind: "fixed", ...head, size }
}

/** The name, and the attributes that stand before the keyword. */
function parseHead(
  kind: NamedType["kind"],
  tokens: Tokens,
  around: string,
  { doc, annotations }: Preamble,
): Pick<NamedType, "name" | "doc" | "aliases" | "properties" | "place"> {
  const { text, start } = tokens.take("word", `the name of the ${kind}`)
  const name = qualify(text, takeText(annotations, "namespace") ?? around)
  return {
    name,
    doc,
    aliases: takeAliases(annotations).map((alias) => qualify(alias, namespaceOf(name))),
    properties: propertiesOf(annotations, kind === "enum" ? RESERVED.enum : RESERVED.type),
    place: tokens.source.at(start),
  }
}
