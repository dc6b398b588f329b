// Items of one file and of those it imports → one set of declarations.

import { quote } from "../errors.ts"
import { qualify } from "../schema/names.ts"
import type { Declarations, MessageDeclaration, NamedType, Reference } from "./declarations.ts"
import type { Item, ParsedFile } from "./parse-file.ts"

/**
 * Brings together what was declared. A type may be declared twice if it is the same both times, as files
 * that were written apart do; anything else throws.
 */
export function assemble(file: ParsedFile, items: readonly Item[] = file.items): Declarations {
  const types = new Map<string, NamedType>()
  const messages = new Map<string, MessageDeclaration>()
  for (const item of items) {
    if (item.kind === "type") addType(item.type, types)
    else if (item.kind === "message") addMessage(item.message, messages)
  }
  return { protocol: file.protocol, main: file.main, types, messages }
}

function addType(type: NamedType, types: Map<string, NamedType>): void {
  const known = types.get(type.name)
  if (known === undefined) types.set(type.name, type)
  else if (meaningOf(known) !== meaningOf(type)) {
    throw type.place.error(`${quote(type.name)} is declared a second time, and not the same`)
  }
}

function addMessage(message: MessageDeclaration, messages: Map<string, MessageDeclaration>): void {
  if (messages.has(message.name)) {
    throw message.place.error(`the message ${quote(message.name)} is declared a second time`)
  }
  messages.set(message.name, message)
}

/** Everything but places, in one order. */
const meaningOf = (type: NamedType): string =>
  JSON.stringify(type, (key, value: unknown) => {
    if (key === "place") return undefined
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value
    if (isReference(value)) return qualify(value.name, value.namespace)
    return Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  })

const isReference = (value: object): value is Reference => "kind" in value && value.kind === "reference"
