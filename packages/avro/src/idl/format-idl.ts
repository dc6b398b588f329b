// A schema or a protocol → IDL text, laid out for readers.
//
//   namespace org.example;            @namespace("org.example")
//   schema User;                      protocol Echo {
//   record User { … }                   string echo(string text) throws Lost;
//                                     }

import { indent } from "../compile/emit/source.ts"
import { AvroError, quote } from "../errors.ts"
import { type Limits, withDefaults } from "../limits.ts"
import type { Protocol } from "../protocol/protocol.ts"
import { readExactly } from "../schema/declaration-text.ts"
import { namespaceOf, simpleName } from "../schema/names.ts"
import type { Schema } from "../schema/schema.ts"
import { assemble } from "./assemble.ts"
import {
  type Declarations,
  type Field,
  type MessageDeclaration,
  type NamedType,
  type ProtocolHead,
  resolve,
  type Type,
} from "./declarations.ts"
import { annotation, annotations, docComment, identifier, jsonText } from "./format-parts.ts"
import { formatType, type TypeNames } from "./format-type.ts"
import { protocolFromJson, schemaFromJson } from "./from-json.ts"

/** Options of `formatIdl`. */
export interface FormatIdlOptions {
  /** Bounds on the declaration: `maxDepth`. */
  readonly limits?: Partial<Limits>
}

/**
 * Writes a schema or a protocol as IDL: `parseIdl` makes the same of it. Documentation loses white space at
 * its ends, and has "* /" for what would end its comment; a long's default past ±(2⁵³−1), which `parseIdl` refuses,
 * keeps its digits. Options of the schema, such as `long`, have no
 * place in IDL.
 *
 * Throws `ERR_AVRO_IDL` for what IDL cannot say: an attribute that is not called like an annotation, a type
 * without a namespace where another of its name is nearer; and for a declaration that does not stand by
 * itself.
 *
 * @see https://avro.apache.org/docs/1.12.0/idl-language/
 */
export function formatIdl(of: Schema | Protocol, { limits }: FormatIdlOptions = {}): string {
  const bounds = withDefaults(limits)
  const file =
    "messages" in of
      ? protocolFromJson(readExactly(of.text), of.name, "outer first", bounds)
      : schemaFromJson(of.definition, of.name ?? "", "outer first", bounds)
  const declarations = assemble(file)
  return `${file.protocol === undefined ? schemaFile(declarations) : protocolFile(declarations, file.protocol)}\n`
}

function schemaFile({ main, types }: Declarations): string {
  const [first] = types.keys()
  const namespace =
    main?.kind === "reference" ? namespaceOf(resolve(main, types).name) : namespaceOf(first ?? "")
  const names: TypeNames = { types, namespace }
  return [
    ...(namespace === "" ? [] : [`namespace ${identifier(namespace)};`]),
    ...(main === undefined ? [] : [`schema ${formatType(main, names)};`]),
    ...Array.from(types.values(), (type) => namedType(type, names)),
  ].join("\n\n")
}

function protocolFile({ types, messages }: Declarations, { name, doc, properties }: ProtocolHead): string {
  const names: TypeNames = { types, namespace: namespaceOf(name) }
  const head = [
    docComment(doc),
    names.namespace === "" ? "" : `${annotation("namespace", names.namespace)}\n`,
    annotations(properties, "\n"),
    `protocol ${identifier(simpleName(name))} {\n`,
  ].join("")
  const parts = [
    ...Array.from(types.values(), (type) => namedType(type, names)),
    ...Array.from(messages.values(), (message) => formatMessage(message, names)),
  ]
  return `${head}${indent(parts.join("\n\n"))}${parts.length === 0 ? "" : "\n"}}`
}

function namedType(type: NamedType, { types, namespace: around }: TypeNames): string {
  const namespace = namespaceOf(type.name)
  const aliases = type.aliases.map((alias) => (namespaceOf(alias) === namespace ? simpleName(alias) : alias))
  const head = [
    docComment(type.doc),
    namespace === around ? "" : `${annotation("namespace", namespace)}\n`,
    aliases.length === 0 ? "" : `${annotation("aliases", aliases)}\n`,
    annotations(type.properties, "\n"),
    `${type.kind} ${identifier(simpleName(type.name))}`,
  ].join("")
  if (type.kind === "fixed") return `${head}(${type.size});`
  if (type.kind === "enum") {
    const fallback = type.default === undefined ? "" : ` = ${identifier(type.default)};`
    return `${head} ${symbolList(type.symbols.map(identifier))}${fallback}`
  }
  const fields = type.fields.map((field) => `${formatField(field, { types, namespace }, docComment)};`)
  return fields.length === 0 ? `${head} {}` : `${head} {\n${indent(fields.join("\n"))}\n}`
}

function symbolList(symbols: readonly string[]): string {
  const line = symbols.join(", ")
  if (line === "") return "{}"
  return line.length <= MAX_LINE ? `{ ${line} }` : `{\n${indent(symbols.join(",\n"))}\n}`
}

const MAX_LINE = 80

/** A field or a parameter, without what ends it. */
function formatField(field: Field, names: TypeNames, comment: (doc: string | undefined) => string): string {
  const { name, type, doc, order, aliases, properties } = field
  return [
    comment(doc),
    `${formatType(type, names, field.default)} `,
    order === undefined ? "" : `${annotation("order", order)} `,
    aliases.length === 0 ? "" : `${annotation("aliases", aliases)} `,
    annotations(properties, " "),
    identifier(name),
    field.default === undefined ? "" : ` = ${defaultText(type, field.default.json)}`,
  ].join("")
}

/** In IDL, NaN and the infinities are words: Java refuses the strings that they are in JSON. */
function defaultText(type: Type, json: unknown): string {
  const isFloating = type.kind === "primitive" && (type.name === "float" || type.name === "double")
  if (isFloating && typeof json === "bigint") return jsonText(Number(json))
  return isFloating && typeof json === "string" ? json : jsonText(json)
}

function formatMessage(message: MessageDeclaration, names: TypeNames): string {
  const { name, doc, properties, request, response, errors, oneWay } = message
  const parameters = request.map((parameter) => formatField(parameter, names, docComment))
  const isLong = parameters.some((parameter) => parameter.includes("\n"))
  const list = isLong ? `\n${indent(parameters.join(",\n"))}\n` : parameters.join(", ")
  const thrown = errors.map((error) => errorName(error, name, names)).join(", ")
  const end = oneWay ? " oneway" : thrown === "" ? "" : ` throws ${thrown}`
  return `${docComment(doc)}${annotations(properties, "\n")}${returned(response, names)} ${identifier(name)}(${list})${end};`
}

/** Attributes before the type would be the message's. */
function returned(response: Type, names: TypeNames): string {
  if (response.kind === "primitive" && response.name === "null") return "void"
  return formatType(response, names, undefined, "only parts")
}

function errorName(error: Type, message: string, names: TypeNames): string {
  if (error.kind === "reference") return formatType(error, names)
  throw new AvroError(
    "ERR_AVRO_IDL",
    `the message ${quote(message)} throws what is no named type, for which IDL has no form`,
    { path: names.namespace },
  )
}
