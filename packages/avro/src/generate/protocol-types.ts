// Protocol → the types of its messages and errors: what `protocol/infer-protocol.ts` computes from a
// literal, written out.

import { indent } from "../compile/emit/source.ts"
import type { Protocol } from "../protocol/protocol.ts"
import { namespaceOf, qualify } from "../schema/names.ts"
import type { SchemaNode } from "../schema/node.ts"
import { comment, propertyName } from "./declaration.ts"
import { type TypeNames, typeOf } from "./types.ts"

/** What is asked of a protocol's declaration, which was parsed without complaint. */
export interface DeclaredProtocol {
  readonly doc?: unknown
  readonly types?: readonly unknown[]
  readonly messages?: {
    readonly [name: string]: { readonly doc?: unknown; readonly errors?: readonly unknown[] }
  }
}

/** The types of the messages, by name. */
export function messageTypes(
  { messages }: Protocol,
  { messages: declared = {} }: DeclaredProtocol,
  names: TypeNames,
): string {
  const members = Object.values(messages).map(({ name, request, response }) => {
    const types = [
      `readonly request: ${typeOf(request["~node"], "value", names)}`,
      `readonly requestInput: ${typeOf(request["~node"], "input", names)}`,
      `readonly response: ${typeOf(response["~node"], "value", names)}`,
      `readonly responseInput: ${typeOf(response["~node"], "input", names)}`,
    ]
    return `${comment(declared[name]?.doc)}readonly ${propertyName(name)}: ${block(types)}`
  })
  return block(members)
}

/** The types of the errors, by the names they were declared with: two namespaces may share one. */
export function errorTypes(protocol: Protocol, declared: DeclaredProtocol, names: TypeNames): string {
  const nodesByName = new Map<string, SchemaNode[]>()
  for (const declaration of declarationsIn(declared)) {
    if (!isError(declaration)) continue
    const { name, namespace } = declaration
    const fullName = qualify(name, namespace ?? namespaceOf(protocol.name))
    const node = protocol.types.get(fullName)?.["~node"] as SchemaNode
    nodesByName.set(name, [...(nodesByName.get(name) ?? []), node])
  }
  const members = Array.from(nodesByName, ([name, nodes]) => {
    const [value, input] = (["value", "input"] as const).map((side) =>
      nodes.map((node) => typeOf(node, side, names)).join(" | "),
    )
    return `readonly ${propertyName(name)}: { readonly value: ${value}; readonly input: ${input} }`
  })
  return block(members)
}

/** Types declared by themselves, and within messages where errors are. */
function declarationsIn({ types = [], messages = {} }: DeclaredProtocol): unknown[] {
  return [...types, ...Object.values(messages).flatMap(({ errors = [] }) => errors)]
}

const block = (members: readonly string[]): string =>
  members.length === 0 ? "{}" : `{\n${indent(members.join("\n"))}\n}`

interface DeclaredError {
  readonly name: string
  readonly namespace?: string
}

const isError = (declaration: unknown): declaration is DeclaredError =>
  (declaration as { readonly type?: unknown }).type === "error"
