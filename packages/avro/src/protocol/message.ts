// One message of a protocol: a request, a response, and the errors it may end in.
//
// https://avro.apache.org/docs/1.12.0/specification/#messages

import { AvroError, quote } from "../errors.ts"
import type { FieldNode, SchemaNode } from "../schema/node.ts"
import { type ParseContext, parseField, parseNode, unionOf } from "../schema/parse.ts"
import { type Schema, schemaOf } from "../schema/schema.ts"
import type { MessageTypes } from "./infer-protocol.ts"

/** A named operation of a protocol. */
export interface Message<T extends MessageTypes = MessageTypes> {
  readonly name: string
  /** The parameters, as the fields of a record without a name of its own. */
  readonly request: Schema<T["request"], T["requestInput"]>
  readonly response: Schema<T["response"], T["responseInput"]>
  /** The effective error union: first the string of every undeclared error, then the declared ones. */
  readonly errors: readonly Schema[]
  /** The client awaits no answer. */
  readonly oneWay: boolean
}

/** Parses one message. Throws `ERR_AVRO_PROTOCOL`, or `ERR_AVRO_SCHEMA` for a type within it. */
export function parseMessage(name: string, json: unknown, namespace: string, context: ParseContext): Message {
  const at = `.messages[${quote(name)}]`
  if (name === "") throw invalid(at, "a message needs a name; the empty one is the ping of every protocol")
  if (!isObject(json)) throw invalid(at, "a message is an object")
  const { request, response, errors = [], "one-way": oneWay = false } = json
  if (!Array.isArray(request)) throw invalid(at, 'a message needs a "request", an array of parameters')
  if (response === undefined) throw invalid(at, 'a message needs a "response"')
  if (!Array.isArray(errors)) throw invalid(at, '"errors" is an array of types')
  if (typeof oneWay !== "boolean") throw invalid(at, '"one-way" is true or false')

  const parse = (type: unknown, step: string): SchemaNode =>
    parseNode(type, namespace, context, `${at}${step}`)
  const fields = request.map((parameter: unknown, index) => {
    const here = `${at}.request[${index}]`
    return parseField(parameter, (type) => parse(type, `.request[${index}].type`), context, here)
  })
  const duplicate = duplicateName(fields)
  if (duplicate !== undefined) throw invalid(at, `parameter ${quote(duplicate)} is declared twice`)
  const responseNode = parse(response, ".response")
  const errorNodes = errors.map((error: unknown, index) => parse(error, `.errors[${index}]`))
  unionOf([anyError["~node"], ...errorNodes], `${at}.errors`) // only checks them
  if (oneWay && (responseNode.type !== "null" || errors.length > 0)) {
    throw invalid(at, 'a one-way message has the response "null" and no errors')
  }
  return Object.freeze({
    name,
    request: schemaOf(
      { type: "record", name, definition: request, aliases: [], isError: false, fields },
      request,
    ),
    response: schemaOf(responseNode, response),
    errors: [anyError, ...errorNodes.map((node, index) => schemaOf(node, errors[index]))],
    oneWay,
  })
}

const anyError = schemaOf({ type: "string", bigint: false }, "string")

function duplicateName(fields: readonly FieldNode[]): string | undefined {
  const names = new Set<string>()
  return fields.find(({ name }) => names.size === names.add(name).size)?.name
}

const isObject = (json: unknown): json is Record<string, unknown> =>
  typeof json === "object" && json !== null && !Array.isArray(json)

const invalid = (at: string, message: string): AvroError =>
  new AvroError("ERR_AVRO_PROTOCOL", `Invalid protocol at ${at.slice(1)}: ${message}`, { path: at })
