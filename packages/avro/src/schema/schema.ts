// A schema as the rest of the house sees it: opaque, frozen, typed.

import type { Reader } from "../binary/reader.ts"
import type { Writer } from "../binary/writer.ts"
import { AvroError } from "../errors.ts"
import { type Limits, withDefaults } from "../limits.ts"
import { type DeclarationText, readDeclaration } from "./declaration-text.ts"
import type { SchemaDefinition } from "./definition.ts"
import type { Infer, Scope } from "./infer.ts"
import type { NamesIn } from "./infer-names.ts"
import type { Anything, SchemaLiteral } from "./literal.ts"
import { simpleName } from "./names.ts"
import { branchName, type SchemaNode } from "./node.ts"
import { definitionsByName, type LogicalTypesGiven } from "./own-logical-types.ts"
import { completeParse, type ParseContext, parseNode } from "./parse.ts"

/** A parsed schema. `Value` is what decoding returns, `Input` what encoding accepts. */
export interface Schema<Value = unknown, Input = Value> {
  /** The full name of a named type. */
  readonly name: string | undefined
  /**
   * The declaration, as JSON, with every attribute it came with. The default of a long is a bigint where it is past
   * ±(2⁵³−1), which `JSON.stringify` refuses; such a default is found in text, and not within another default.
   */
  readonly definition: unknown
  /** The parsed declaration. Internal: its shape may change in any release. */
  readonly "~node": SchemaNode
  /** What `compile/` made of the declaration, at its first use or ahead of time. Internal. */
  readonly "~codec": Codec
  /** Carries the static types; never set. */
  readonly "~types"?: { readonly value: Value; readonly input: Input }
}

/** How values of one schema become bytes and bytes values. */
interface Codec {
  encode: ((writer: Writer, value: unknown) => void) | undefined
  decode: ((reader: Reader) => unknown) | undefined
  /** For data of the writer's schema that came last. */
  resolve: { readonly writer: Schema; readonly decode: (reader: Reader) => unknown } | undefined
}

/** What decoding with schema `S` returns: `type User = ValueOf<typeof User>`. */
export type ValueOf<S> = S extends { readonly "~types"?: { readonly value: infer V } } ? V : never

/** What encoding with schema `S` accepts: fields with a default may be left out. */
export type InputOf<S> = S extends { readonly "~types"?: { readonly input: infer I } } ? I : never

/** How values look in JavaScript. Given where a schema is made, so that its type follows. */
export interface SchemaOptions {
  /** Read every `long` as a `bigint`. Default `"number"`, which refuses a long outside ±(2⁵³−1). */
  readonly long?: "number" | "bigint"
  /**
   * Logical types by name, which `logicalType` defines: beside those of the specification, or in place of
   * one. `false` switches one off, and its values are what is underneath.
   */
  readonly logicalTypes?: LogicalTypesGiven
  /** Bounds on the declaration itself. */
  readonly limits?: Partial<Limits>
}

/** The schema that declaration `S` makes. */
export type SchemaFor<S, O extends SchemaOptions = {}> = Schema<
  Infer<S, Scope<"value", LongOf<O>, KnownIn<S, O>>>,
  Infer<S, Scope<"input", LongOf<O>, KnownIn<S, O>>>
>

/** What a long is read as: either, where the options are known only at run time. */
export type LongOf<O extends SchemaOptions> = "long" extends keyof O ? LongRead<O["long"]> : number

type LongRead<L> = L extends "bigint" ? bigint : number

interface KnownIn<S, O extends SchemaOptions> {
  readonly names: NamesIn<S>
  readonly logicalTypes: LogicalTypesOf<O>
}

/** The logical types that options `O` give: any, where the options are known only at run time. */
// biome-ignore format: a table reads better than a staircase
export type LogicalTypesOf<O extends SchemaOptions> =
    "logicalTypes" extends keyof O
    ? O extends { readonly logicalTypes: infer L extends object } ? L : LogicalTypesGiven
  : {}

/**
 * Makes a schema from a literal, with the static type of its values. The compiler refuses a literal that
 * is wrong at the place of the mistake; what it cannot see is found at run time.
 *
 * Throws `ERR_AVRO_SCHEMA` for a declaration that breaks a rule of the specification, and for a
 * `decimal`, `uuid` or `duration` that does not fit its bytes: `parseSchema` ignores those, as the
 * specification says, but a static type cannot. So too for a default that its logical type cannot read: a value
 * without that field would be encoded, and not be decoded.
 *
 * @see https://avro.apache.org/docs/1.12.0/specification/#schema-declaration
 */
export function schema<const S extends SchemaDefinition | Anything, const O extends SchemaOptions = {}>(
  definition: SchemaLiteral<S>,
  options?: O,
): SchemaFor<S, O> {
  return parse(definition, { strict: true, ...options }) as SchemaFor<S, O>
}

/**
 * Makes a schema from JSON known only at run time: its text, or the value that the text parses to.
 * Throws `ERR_AVRO_SCHEMA` for text that is not JSON or breaks a rule of the specification.
 *
 * @see https://avro.apache.org/docs/1.12.0/specification/#schema-declaration
 */
export function parseSchema(json: unknown, options?: SchemaOptions): Schema {
  const declared = typeof json === "string" ? parseText(json) : { json }
  return parse(declared.json, { strict: false, ...options }, declared.longs)
}

/** The names and options that hold while one declaration is parsed. */
export function createContext(
  options: SchemaOptions & { strict: boolean },
  longs: DeclarationText["longs"] = new Map(),
): ParseContext {
  const { long, logicalTypes = {}, limits, strict } = options
  return {
    names: new Map(),
    defaults: new Map(),
    longs,
    bigint: long === "bigint",
    logicalTypes: definitionsByName(logicalTypes),
    limits: withDefaults(limits),
    strict,
  }
}

/** Wraps a node as a schema. */
export function schemaOf(node: SchemaNode, definition: unknown): Schema {
  return Object.freeze({
    name: "name" in node ? node.name : undefined,
    definition,
    "~node": node,
    "~codec": { encode: undefined, decode: undefined, resolve: undefined },
  })
}

/** What an error message calls a schema. */
export function titleOf({ "~node": node }: Schema): string {
  return simpleName(branchName(node))
}

function parse(
  json: unknown,
  options: SchemaOptions & { strict: boolean },
  longs?: DeclarationText["longs"],
): Schema {
  const context = createContext(options, longs)
  const node = parseNode(json, "", context)
  completeParse(context)
  return schemaOf(node, json)
}

/** JSON text, or the bare name of a primitive type, which is a schema too. */
function parseText(text: string): { json: unknown; longs?: DeclarationText["longs"] } {
  if (!/^\s*[[{"]/.test(text)) return { json: text }
  try {
    return readDeclaration(text)
  } catch (error) {
    throw new AvroError("ERR_AVRO_SCHEMA", `Invalid schema: not JSON: ${(error as Error).message}`, {
      cause: error,
    })
  }
}
