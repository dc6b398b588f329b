// The fields of records and the parameters of messages.
//
//   fields    = type variable ("," variable)* ";"          int @order("ignore") width = 1, height;
//   parameter = type variable
//   variable  = annotation* name ("=" value)?

import { quote } from "../errors.ts"
import { parseAnnotations, propertiesOf, RESERVED, takeAliases, takeOrder } from "./annotations.ts"
import type { Field } from "./declarations.ts"
import { textOfDoc } from "./doc-comment.ts"
import { parseJsonValue } from "./json-value.ts"
import { parseWrittenType, type WrittenType, withNull } from "./parse-type.ts"
import type { Tokens } from "./tokens.ts"

/** Reads the fields of one type, up to their semicolon. */
export function parseFields(tokens: Tokens, namespace: string): Field[] {
  const doc = docBefore(tokens)
  const type = parseWrittenType(tokens, namespace)
  const fields = [parseVariable(tokens, type, doc)]
  while (tokens.accept(",")) fields.push(parseVariable(tokens, type, doc))
  tokens.expect(";", `after the field ${quote(fields.at(-1)?.name ?? "")}`)
  return fields
}

/** Reads one parameter. */
export function parseParameter(tokens: Tokens, namespace: string): Field {
  const doc = docBefore(tokens)
  return parseVariable(tokens, parseWrittenType(tokens, namespace), doc)
}

/** The text of the documentation comment right before the next token. */
export function docBefore(tokens: Tokens): string | undefined {
  const doc = tokens.takeDoc()
  return doc === undefined ? undefined : textOfDoc(doc.text)
}

/** `inherited` documents all fields that have no comment of their own. */
function parseVariable(tokens: Tokens, type: WrittenType, inherited: string | undefined): Field {
  const doc = docBefore(tokens) ?? inherited
  const annotations = parseAnnotations(tokens)
  const { text: name, start } = tokens.take("word", "the name of a field")
  const field = {
    name,
    doc,
    aliases: takeAliases(annotations),
    order: takeOrder(annotations),
    properties: propertiesOf(annotations, RESERVED.field),
    place: tokens.source.at(start),
  }
  if (!tokens.accept("=")) return { ...field, type: withNull(type), default: undefined }
  const place = tokens.source.at(tokens.peek().start)
  const json = parseJsonValue(tokens)
  return { ...field, type: withNull(type, json !== null), default: { json, place } }
}
