// An IDL file → what it declares and what it imports, in their order. Names stay as they are written: what
// they mean is only known when the imports are.
//
//   file     = protocol | ("namespace" name ";")? ("schema" type ";")? (import | named)*
//   protocol = annotation* "protocol" name "{" (import | named | message)* "}"
//   import   = "import" ("idl" | "protocol" | "schema") string ";"
//   message  = annotation* ("void" | type) name "(" parameters? ")" ("oneway" | "throws" name ("," name)*)? ";"
//
// https://avro.apache.org/docs/1.12.0/idl-language/

import { quote } from "../errors.ts"
import { namespaceOf, qualify } from "../schema/names.ts"
import { parseAnnotations, propertiesOf, RESERVED, takeText } from "./annotations.ts"
import type { Field, MessageDeclaration, NamedType, ProtocolHead, Reference, Type } from "./declarations.ts"
import { docBefore, parseParameter } from "./parse-fields.ts"
import { type Preamble, parseNamedType, seesNamedType } from "./parse-named-type.ts"
import { parsePlainType, parseType, withNull } from "./parse-type.ts"
import type { Place } from "./source-text.ts"
import type { Tokens } from "./tokens.ts"

/** What one file says. */
export interface ParsedFile {
  readonly protocol: ProtocolHead | undefined
  readonly main: Type | undefined
  readonly items: readonly Item[]
}

export type Item =
  | { readonly kind: "import"; readonly import: Import }
  | { readonly kind: "type"; readonly type: NamedType }
  | { readonly kind: "message"; readonly message: MessageDeclaration }

/** Another file that is part of this one. */
export interface Import {
  readonly of: ImportKind
  /** As it is written. */
  readonly location: string
  readonly place: Place
}

/** IDL, or JSON of a protocol or a schema. */
export type ImportKind = "idl" | "protocol" | "schema"

/** Reads a whole file. Throws `ERR_AVRO_IDL` at the first mistake. */
export function parseFile(tokens: Tokens): ParsedFile {
  const isSchema = ["namespace", "schema", "import"].some((word) => tokens.sees(word))
  const preamble = isSchema ? undefined : parsePreamble(tokens)
  const file =
    preamble !== undefined && tokens.accept("protocol")
      ? parseProtocolFile(tokens, preamble)
      : parseSchemaFile(tokens, preamble)
  if (tokens.peek().kind !== "end") throw tokens.unexpected("the end of the file")
  return file
}

function parseProtocolFile(tokens: Tokens, { doc, annotations }: Preamble): ParsedFile {
  const { text, start } = tokens.take("word", "the name of the protocol")
  const name = qualify(text, takeText(annotations, "namespace") ?? "")
  const properties = propertiesOf(annotations, RESERVED.protocol)
  const items: Item[] = []
  tokens.expect("{")
  while (!tokens.accept("}")) items.push(parseItem(tokens, namespaceOf(name), true))
  return { protocol: { name, doc, properties, place: tokens.source.at(start) }, main: undefined, items }
}

/** `preamble` is what was read already of the first type, if the file begins with one. */
function parseSchemaFile(tokens: Tokens, preamble: Preamble | undefined): ParsedFile {
  let namespace = ""
  if (tokens.accept("namespace")) {
    namespace = tokens.take("word", "a namespace").text
    tokens.expect(";")
  }
  let main: Type | undefined
  if (tokens.accept("schema")) {
    main = parseType(tokens, namespace)
    tokens.expect(";", "after the schema's type")
  }
  const items: Item[] = []
  if (preamble !== undefined && (tokens.peek().kind !== "end" || preamble.annotations.size > 0)) {
    items.push(parseDeclaration(tokens, namespace, false, preamble))
  }
  while (tokens.peek().kind !== "end") items.push(parseItem(tokens, namespace, false))
  return { protocol: undefined, main, items }
}

function parseItem(tokens: Tokens, namespace: string, inProtocol: boolean): Item {
  if (tokens.sees("import")) return { kind: "import", import: parseImport(tokens) }
  return parseDeclaration(tokens, namespace, inProtocol, parsePreamble(tokens))
}

function parsePreamble(tokens: Tokens): Preamble {
  return { doc: docBefore(tokens), annotations: parseAnnotations(tokens) }
}

function parseDeclaration(tokens: Tokens, namespace: string, inProtocol: boolean, preamble: Preamble): Item {
  if (seesNamedType(tokens)) return { kind: "type", type: parseNamedType(tokens, namespace, preamble) }
  if (tokens.peek().kind === "word" && inProtocol) {
    return { kind: "message", message: parseMessage(tokens, namespace, preamble) }
  }
  throw tokens.unexpected(
    `a record, error, enum, fixed${inProtocol ? ", message, import or }" : " or import"}`,
  )
}

function parseImport(tokens: Tokens): Import {
  tokens.next()
  const kind = (["idl", "protocol", "schema"] as const).find((word) => tokens.accept(word))
  if (kind === undefined) throw tokens.unexpected('"idl", "protocol" or "schema" after "import"')
  const { text: location, start } = tokens.take("string", 'the file to import, in ""')
  tokens.expect(";")
  return { of: kind, location, place: tokens.source.at(start) }
}

function parseMessage(tokens: Tokens, namespace: string, { doc, annotations }: Preamble): MessageDeclaration {
  const properties = propertiesOf(annotations, RESERVED.message)
  const returned = tokens.peek()
  const response = parseResponse(tokens, namespace)
  const { text: name, start } = tokens.take("word", "the name of a message")
  const place = tokens.source.at(start)
  const request = parseParameters(tokens, namespace, name)
  const oneWay = tokens.accept("oneway")
  const errors = !oneWay && tokens.accept("throws") ? parseErrors(tokens, namespace) : []
  tokens.expect(";", `after the message ${quote(name)}`)
  if (oneWay && !(response.kind === "primitive" && response.name === "null")) {
    throw tokens.source.error(returned.start, `the message ${quote(name)} is one-way: it returns void`)
  }
  return { name, doc, properties, request, response, errors, oneWay, place }
}

function parseResponse(tokens: Tokens, namespace: string): Type {
  if (tokens.accept("void")) return { kind: "primitive", name: "null", properties: [] }
  return withNull(parsePlainType(tokens, namespace, new Map()))
}

function parseParameters(tokens: Tokens, namespace: string, message: string): Field[] {
  const parameters: Field[] = []
  tokens.expect("(", `and the parameters of the message ${quote(message)}`)
  if (tokens.accept(")")) return parameters
  do parameters.push(parseParameter(tokens, namespace))
  while (tokens.accept(","))
  tokens.expect(")", 'or "," and another parameter')
  return parameters
}

function parseErrors(tokens: Tokens, namespace: string): Reference[] {
  const errors: Reference[] = []
  do {
    const { text, start } = tokens.take("word", "the name of an error")
    errors.push({ kind: "reference", name: text, namespace, place: tokens.source.at(start) })
  } while (tokens.accept(","))
  return errors
}
