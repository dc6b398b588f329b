// Nodes → TypeScript types: what `schema/infer.ts` computes from a literal, written out.
//
//   record   interface User { … }, and interface UserInput { … } where encoding accepts more
//   enum     type Role = "ADMIN" | "GUEST"
//   fixed    type Hash = Uint8Array
//   union    string | null, or { int: number } | { long: number } where JavaScript cannot tell them apart

import { indent } from "../compile/emit/source.ts"
import {
  branchName,
  type NamedNode,
  type RecordNode,
  type SchemaNode,
  type UnionNode,
} from "../schema/node.ts"
import { nodesOf } from "../schema/nodes.ts"
import { comment, propertyName, quoted, WIDTH } from "./declaration.ts"
import type { Identifiers } from "./identifiers.ts"

/** What decoding returns, or what encoding accepts. */
export type Side = "value" | "input"

/** What named types are called in the module, on each side. */
export type TypeNames = Readonly<Record<Side, ReadonlyMap<SchemaNode, string>>>

/** Names `types`, those in `given` as it says, and their inputs where encoding accepts more. */
export function nameTypes(
  types: readonly NamedNode[],
  identifiers: Identifiers,
  given: ReadonlyMap<SchemaNode, string> = new Map(),
): TypeNames {
  const value = new Map(types.map((type) => [type, given.get(type) ?? identifiers.ofType(type.name)]))
  const input = new Map(
    types.map((type) => {
      const name = value.get(type) as string
      return [type, acceptsMore(type) ? identifiers.claim(`${name}Input`) : name]
    }),
  )
  return { value, input }
}

/** Whether encoding accepts more than decoding returns: a record without some field, a long of either kind. */
export function acceptsMore(root: SchemaNode): boolean {
  return nodesOf(root).some((node) => {
    if (node.type === "record") return node.fields.some((field) => field.default !== undefined)
    return node.type === "long" && node.logicalType === undefined
  })
}

/** The exported types of a named type: of its values, and of its input where that is another. */
export function namedTypes(node: NamedNode, names: TypeNames): string[] {
  const name = names.value.get(node) as string
  const input = names.input.get(node) as string
  const doc = comment((node.definition as Documented).doc)
  if (node.type !== "record") return [doc + alias(name, node, "value", names)]
  const declared = `${doc}export interface ${name} ${fieldTypes(node, "value", names)}`
  if (input === name) return [declared]
  return [
    declared,
    `/** What encodes as ${name}. */\nexport interface ${input} ${fieldTypes(node, "input", names)}`,
  ]
}

/** An exported name for the values of a node. */
export function alias(name: string, node: SchemaNode, side: Side, names: TypeNames): string {
  const types = alternatives(node, side, names)
  const line = `export type ${name} = ${types.join(" | ")}`
  if (line.length <= WIDTH) return line
  return [`export type ${name} =`, ...types.map((type) => `  | ${type}`)].join("\n")
}

/** The type of a node's values. */
export function typeOf(node: SchemaNode, side: Side, names: TypeNames): string {
  return membersOf(node, side, names).join(" | ")
}

/** The fields of a record, or the parameters of a message, as an object type. */
function fieldTypes({ fields, definition }: RecordNode, side: Side, names: TypeNames): string {
  if (fields.length === 0) return "{}"
  const declared = (Array.isArray(definition) ? definition : (definition as Json)["fields"]) as Documented[]
  const lines = fields.map(({ name, type, default: bytes }, index) => {
    const text = typeOf(type, side, names)
    const isOptional = side === "input" && bytes !== undefined
    return comment(declared[index]?.doc) + (isOptional ? `${name}?: ${text} | undefined` : `${name}: ${text}`)
  })
  return `{\n${indent(lines.join("\n"))}\n}`
}

type Json = Readonly<Record<string, unknown>>

interface Documented {
  readonly doc?: unknown
}

/** The members of a node's type as a union: its name alone where it has one. */
function membersOf(node: SchemaNode, side: Side, names: TypeNames): string[] {
  const name = names[side].get(node)
  return name === undefined ? alternatives(node, side, names) : [name]
}

/** The same, without its name. */
function alternatives(node: SchemaNode, side: Side, names: TypeNames): string[] {
  const { logicalType } = node
  if (logicalType !== undefined) return [logicalTypes[logicalType.name] as string]
  switch (node.type) {
    case "null":
    case "boolean":
    case "string":
      return [node.type]
    case "int":
    case "float":
    case "double":
      return ["number"]
    case "long":
      if (side === "input") return ["number", "bigint"]
      return [node.bigint ? "bigint" : "number"]
    case "bytes":
    case "fixed":
      return ["Uint8Array"]
    case "enum":
      return node.symbols.length === 0 ? ["never"] : node.symbols.map(quoted)
    case "array": {
      const members = membersOf(node.items, side, names)
      return [members.length === 1 ? `${members[0]}[]` : `(${members.join(" | ")})[]`]
    }
    case "map":
      return [`{ [key: string]: ${typeOf(node.values, side, names)} }`]
    case "union":
      return unionMembers(node, side, names)
    case "record":
      return [fieldTypes(node, side, names)]
  }
}

/** Null comes last, where readers of TypeScript look for it. */
function unionMembers({ branches, wrapped }: UnionNode, side: Side, names: TypeNames): string[] {
  if (branches.length === 0) return ["never"]
  const others = branches.filter((branch) => branch.type !== "null")
  const members = others.flatMap((branch) => {
    if (!wrapped) return membersOf(branch, side, names)
    return [`{ ${propertyName(branchName(branch))}: ${typeOf(branch, side, names)} }`]
  })
  return others.length < branches.length ? [...members, "null"] : members
}

/** The logical types that change values: the table of `infer.ts`, where the underlying type is known to fit. */
const logicalTypes: Readonly<Record<string, string>> = {
  decimal: "string",
  "big-decimal": "string",
  uuid: "string",
  date: "Date",
  "timestamp-millis": "Date",
  "timestamp-nanos": "bigint",
  "local-timestamp-nanos": "bigint",
  duration: "{ months: number; days: number; millis: number }",
}
