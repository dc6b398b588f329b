// A protocol: named types and the messages that use them.
//
// https://avro.apache.org/docs/1.12.0/specification/#protocol-declaration

import { md5 } from "@noble/hashes/legacy.js"
import { AvroError } from "../errors.ts"
import { type DeclarationText, declarationText, readDeclaration } from "../schema/declaration-text.ts"
import type { Anything } from "../schema/literal.ts"
import { fullName, namespaceOf } from "../schema/names.ts"
import { completeParse, type ParseContext, parseNode } from "../schema/parse.ts"
import { createContext, type Schema, type SchemaOptions, schemaOf } from "../schema/schema.ts"
import type {
  ErrorTypes,
  InferErrors,
  InferMessages,
  MessageTypes,
  ProtocolDefinition,
} from "./infer-protocol.ts"
import { type Message, parseMessage } from "./message.ts"
import type { ProtocolLiteral } from "./protocol-literal.ts"

/** A parsed protocol. `Messages` and `Errors` carry the static types, by name. */
export interface Protocol<Messages = Record<string, MessageTypes>, Errors = Record<string, ErrorTypes>> {
  /** The full name. */
  readonly name: string
  /** The messages by name. Has no prototype: a name is there only if the protocol declares it. */
  readonly messages: { readonly [M in keyof Messages]: Message<Messages[M] & MessageTypes> }
  /** Every named type, by full name, in the order of definition. */
  readonly types: ReadonlyMap<string, Schema>
  /** The declaration as JSON text: what a handshake sends. */
  readonly text: string
  /** The MD5 of `text`, 16 bytes: what a handshake knows a protocol by. */
  readonly hash: Uint8Array
  /** Carries the static types; never set. */
  readonly "~types"?: { readonly messages: Messages; readonly errors: Errors }
}

/** The protocol that declaration `P` makes. */
export type ProtocolFor<P, O extends SchemaOptions = {}> = Protocol<InferMessages<P, O>, InferErrors<P, O>>

/**
 * Makes a protocol from a literal, with the static types of its messages and errors. The compiler refuses
 * a literal that is wrong at the place of the mistake; what it cannot see is found at run time. Throws
 * `ERR_AVRO_PROTOCOL` or `ERR_AVRO_SCHEMA` for a declaration that breaks a rule of the specification.
 *
 * @see https://avro.apache.org/docs/1.12.0/specification/#protocol-declaration
 */
export function protocol<const P extends ProtocolDefinition | Anything, const O extends SchemaOptions = {}>(
  definition: ProtocolLiteral<P>,
  options?: O,
): ProtocolFor<P, O> {
  const text = textOf(definition)
  return parse(definition, text, { strict: true, ...options }) as unknown as ProtocolFor<P, O>
}

/**
 * Makes a protocol from JSON known only at run time: its text, which is kept as it is because peers know a protocol
 * by the hash of its text, or the value that the text parses to. Throws `ERR_AVRO_PROTOCOL` or `ERR_AVRO_SCHEMA` for
 * text that is not JSON or breaks a rule of the specification.
 *
 * @see https://avro.apache.org/docs/1.12.0/specification/#protocol-declaration
 */
export function parseProtocol(json: unknown, options?: SchemaOptions): Protocol {
  const settings = { strict: false, ...options }
  if (typeof json !== "string") return parse(json, textOf(json), settings)
  let declared: DeclarationText
  try {
    declared = readDeclaration(json)
  } catch (error) {
    throw notJson(error)
  }
  return parse(declared.json, json, settings, declared.longs)
}

/** A value that nests too deep for it, or in a circle, has no text. */
function textOf(json: unknown): string {
  try {
    return declarationText(json)
  } catch (error) {
    throw notJson(error)
  }
}

function parse(
  json: unknown,
  text: string,
  options: SchemaOptions & { strict: boolean },
  longs?: DeclarationText["longs"],
): Protocol {
  if (typeof json !== "object" || json === null || Array.isArray(json))
    throw invalid("a protocol is an object")
  const {
    protocol: declaredName,
    namespace,
    types = [],
    messages: declared = {},
  } = json as Record<string, unknown>
  if (typeof declaredName !== "string") throw invalid('a protocol needs its name under "protocol"')
  if (!Array.isArray(types)) throw invalid('"types" is an array of named types')
  if (typeof declared !== "object" || declared === null || Array.isArray(declared)) {
    throw invalid('"messages" is an object')
  }

  const context = createContext(options, longs)
  const name = fullName(declaredName, namespace, "", invalid)
  const space = namespaceOf(name)
  parseTypes(types, space, context)
  const messages = Object.create(null) as Record<string, Message>
  for (const [message, definition] of Object.entries(declared)) {
    messages[message] = parseMessage(message, definition, space, context)
  }
  completeParse(context)
  const namedTypes = new Map(
    Array.from(context.names.values(), (node) => [node.name, schemaOf(node, node.definition)]),
  )
  const hash = md5(new TextEncoder().encode(text))
  return Object.freeze({ name, messages: Object.freeze(messages), types: namedTypes, text, hash })
}

function parseTypes(types: readonly unknown[], namespace: string, context: ParseContext): void {
  types.forEach((type, index) => {
    const node = parseNode(type, namespace, context, `.types[${index}]`)
    if (!("name" in node))
      throw invalid(`types[${index}] has no name; only records, enums and fixed have one`)
  })
}

const notJson = (cause: unknown): AvroError =>
  new AvroError("ERR_AVRO_PROTOCOL", `Invalid protocol: not JSON: ${(cause as Error).message}`, { cause })

const invalid = (message: string): AvroError =>
  new AvroError("ERR_AVRO_PROTOCOL", `Invalid protocol: ${message}`)
