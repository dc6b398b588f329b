// Protocol → the types of its messages and errors: what `protocol/infer-protocol.ts` computes from a
// literal, written out.

import { indent } from "../compile/emit/source.ts"
import type { Protocol } from "../protocol/protocol.ts"
import type { RecordNode } from "../schema/node.ts"
import { comment, propertyName } from "./declaration.ts"
import { type TypeNames, typeOf } from "./types.ts"

/** What is asked of a protocol's declaration, which was parsed without complaint. */
export interface DeclaredProtocol {
  readonly doc?: unknown
  readonly messages?: { readonly [name: string]: { readonly doc?: unknown } }
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

/**
 * The types of the errors, wherever they are declared, by the names they were declared with: two namespaces may share
 * one.
 */
export function errorTypes({ types }: Protocol, names: TypeNames): string {
  const nodesByName = new Map<string, RecordNode[]>()
  for (const { "~node": node } of types.values()) {
    if (node.type !== "record" || !node.isError) continue
    const { name } = node.definition as { readonly name: string }
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

const block = (members: readonly string[]): string =>
  members.length === 0 ? "{}" : `{\n${indent(members.join("\n"))}\n}`
