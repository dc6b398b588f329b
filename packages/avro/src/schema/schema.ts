// A schema as the rest of the house sees it: opaque, frozen, typed.

import { AvroError } from "../errors.ts"
import { type Limits, withDefaults } from "../limits.ts"
import type { SchemaDefinition } from "./definition.ts"
import type { Infer, NamesIn } from "./infer.ts"
import { simpleName } from "./names.ts"
import { branchName, type SchemaNode } from "./node.ts"
import { completeParse, type ParseContext, parseNode } from "./parse.ts"

/** A parsed schema. `Value` is what decoding returns, `Input` what encoding accepts. */
export interface Schema<Value = unknown, Input = Value> {
  /** The full name of a named type. */
  readonly name: string | undefined
  /** The declaration, as JSON, with every attribute it came with. */
  readonly definition: unknown
  /** The parsed declaration. Internal: its shape may change in any release. */
  readonly "~node": SchemaNode
  /** Carries the static types; never set. */
  readonly "~types"?: { readonly value: Value; readonly input: Input }
}

/** What decoding with schema `S` returns: `type User = ValueOf<typeof User>`. */
export type ValueOf<S> = S extends { readonly "~types"?: { readonly value: infer V } } ? V : never

/** What encoding with schema `S` accepts: fields with a default may be left out. */
export type InputOf<S> = S extends { readonly "~types"?: { readonly input: infer I } } ? I : never

/** How values look in JavaScript. Given where a schema is made, so that its type follows. */
export interface SchemaOptions {
  /** Read every `long` as a `bigint`. Default `"number"`, which refuses a long outside ±(2⁵³−1). */
  readonly long?: "number" | "bigint"
  /** Bounds on the declaration itself. */
  readonly limits?: Partial<Limits>
}

/** The schema that declaration `S` makes. */
export type SchemaFor<S, O extends SchemaOptions = {}> = Schema<
  Infer<S, { side: "value"; long: LongOf<O>; names: NamesIn<S> }>,
  Infer<S, { side: "input"; long: LongOf<O>; names: NamesIn<S> }>
>

export type LongOf<O extends SchemaOptions> = O extends { readonly long: "bigint" } ? bigint : number

/**
 * Makes a schema from a literal, with the static type of its values.
 *
 * Throws `ERR_AVRO_SCHEMA` for a declaration that breaks a rule of the specification, and for a
 * `decimal`, `uuid` or `duration` that does not fit its bytes: `parseSchema` ignores those, as the
 * specification says, but a static type cannot.
 */
export function schema<const S extends SchemaDefinition, const O extends SchemaOptions = {}>(
  definition: S,
  options?: O,
): SchemaFor<S, O> {
  return parse(definition, { strict: true, ...options }) as SchemaFor<S, O>
}

/**
 * Makes a schema from JSON known only at run time: its text, or the value that the text parses to.
 * Throws `ERR_AVRO_SCHEMA` for text that is not JSON or breaks a rule of the specification.
 */
export function parseSchema(json: unknown, options?: SchemaOptions): Schema {
  return parse(typeof json === "string" ? parseText(json) : json, { strict: false, ...options })
}

/** The names and options that hold while one declaration is parsed. */
export function createContext(options: SchemaOptions & { strict: boolean }): ParseContext {
  const { long, limits, strict } = options
  return {
    names: new Map(),
    defaults: new Map(),
    bigint: long === "bigint",
    limits: withDefaults(limits),
    strict,
  }
}

/** Wraps a node as a schema. */
export function schemaOf(node: SchemaNode, definition: unknown): Schema {
  return Object.freeze({ name: "name" in node ? node.name : undefined, definition, "~node": node })
}

/** What an error message calls a schema. */
export function titleOf({ "~node": node }: Schema): string {
  return simpleName(branchName(node))
}

function parse(json: unknown, options: SchemaOptions & { strict: boolean }): Schema {
  const context = createContext(options)
  const node = parseNode(json, "", context)
  completeParse(context)
  return schemaOf(node, json)
}

/** JSON text, or the bare name of a primitive type, which is a schema too. */
function parseText(text: string): unknown {
  if (!/^\s*[[{"]/.test(text)) return text
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new AvroError("ERR_AVRO_SCHEMA", `Invalid schema: not JSON: ${(error as Error).message}`, {
      cause: error,
    })
  }
}
