// Protocol → the parts of its module.

import type { Protocol } from "../protocol/protocol.ts"
import { simpleName } from "../schema/names.ts"
import { comment, literal, quotedLines } from "./declaration.ts"
import { Identifiers } from "./identifiers.ts"
import type { Remade } from "./options.ts"
import { call, type Parts } from "./parts.ts"
import { type DeclaredProtocol, errorTypes, messageTypes } from "./protocol-types.ts"
import { namedTypes, nameTypes } from "./types.ts"

/** The parts of a module of a protocol. `given` is what it is to be called. */
export function ofProtocol({ of, options }: Remade<Protocol>, given: string | undefined): Parts {
  const declared = JSON.parse(of.text) as DeclaredProtocol
  const types = Array.from(of.types.values(), (schema) => schema["~node"]).filter((node) => "name" in node)
  const identifiers = new Identifiers(given)
  const name = given ?? identifiers.claim(simpleName(of.name))
  const messages = identifiers.claim(`${name}Messages`)
  const errors = identifiers.claim(`${name}Errors`)
  const names = nameTypes(types, identifiers)
  // Peers know a protocol by its text: where its layout is not the usual one, it has to be kept.
  const declaration = JSON.stringify(declared) === of.text ? literal(declared) : quotedLines(of.text)
  const constant = {
    of,
    name,
    type: `Protocol<${messages}, ${errors}>`,
    doc: comment(declared.doc),
    value: `${call("parseProtocol", declaration, options)} as unknown as typeof ${name}`,
  }
  return {
    title: `the protocol ${of.name}`,
    imports: "type Protocol, parseProtocol",
    constants: [constant],
    types: [
      ...types.flatMap((type) => namedTypes(type, names)),
      `export type ${messages} = ${messageTypes(of, declared, names)}`,
      `export type ${errors} = ${errorTypes(of, names)}`,
    ],
  }
}
