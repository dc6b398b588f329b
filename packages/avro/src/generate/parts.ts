// What a module consists of, and the expressions that make its constants.

import type { Protocol } from "../protocol/protocol.ts"
import type { Schema, SchemaOptions } from "../schema/schema.ts"
import { literal } from "./declaration.ts"

/** What a module consists of. */
export interface Parts {
  /** What a reader is told that it was generated from. */
  readonly title: string
  /** What it imports to make its constants with. */
  readonly imports: string
  /** Declarations of types. */
  readonly types: readonly string[]
  readonly constants: readonly Constant[]
}

/** A schema or a protocol: what it is called, its type and documentation, and the expression that makes it. */
export interface Constant {
  readonly of: Schema | Protocol
  readonly name: string
  readonly type: string
  readonly doc: string
  readonly value: string
}

/** A call of `parseSchema` or `parseProtocol` with a declaration, and with options if there are some. */
export function call(name: string, declaration: string, options: SchemaOptions): string {
  const given = Object.keys(options).length === 0 ? "" : `, ${literal(options)}`
  return `${name}(${declaration}${given})`
}
