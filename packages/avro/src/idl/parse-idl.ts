// IDL text → a declaration in JSON, and from there to a schema or a protocol.

import { AvroError } from "../errors.ts"
import { type Limits, withDefaults } from "../limits.ts"
import { type Protocol, parseProtocol } from "../protocol/protocol.ts"
import { parseSchema, type Schema, type SchemaOptions } from "../schema/schema.ts"
import { assemble } from "./assemble.ts"
import type { Declarations } from "./declarations.ts"
import { parseFile } from "./parse-file.ts"
import { placeIn } from "./place-in.ts"
import { SourceText } from "./source-text.ts"
import { eachToJson, type Placed, toJson } from "./to-json.ts"
import { Tokens } from "./tokens.ts"

/** What an IDL file declares. */
export interface IdlFile {
  /** `"types"`: a schema file that names no type as its schema. */
  readonly kind: "protocol" | "schema" | "types"
  /** As JSON: what `parseProtocol` or `parseSchema` takes, or an array of declarations. */
  readonly declaration: unknown
  /** Documentation comments that belong to nothing, each with its place. */
  readonly warnings: readonly string[]
  /** Where the parts of the declaration are in the text. Internal. */
  readonly "~placed": Placed
  /** Every named type with all that it uses. Internal. */
  readonly "~each": () => readonly Placed[]
}

/** Options of `parseIdl`. */
export interface ParseIdlOptions {
  /** What errors call the text: the name of its file. */
  readonly file?: string
  /** Bounds on the text: `maxDepth`. */
  readonly limits?: Partial<Limits>
}

/**
 * Reads one IDL text. Throws `ERR_AVRO_IDL`, with the line, the column and a caret under the place, for a
 * mistake in it, for a name that means nothing, and for an import: `readIdl` follows those.
 *
 * @see https://avro.apache.org/docs/1.12.0/idl-language/
 */
export function parseIdl(text: string, { file = "", limits }: ParseIdlOptions = {}): IdlFile {
  const bounds = withDefaults(limits)
  const tokens = new Tokens(new SourceText(text, file), bounds)
  const parsed = parseFile(tokens)
  for (const item of parsed.items) {
    if (item.kind === "import") throw item.import.place.error("parseIdl reads no other files; use readIdl")
  }
  return idlFile(assemble(parsed), warningsOf(tokens), bounds)
}

/** The protocol of an IDL file. Throws as `parseProtocol` does, and says where in the text. */
export function protocolOf(file: IdlFile, options?: SchemaOptions): Protocol {
  if (file.kind !== "protocol") throw new TypeError("the IDL file holds a schema; use schemaOf")
  return withPlace(file["~placed"], (json) => parseProtocol(json, options))
}

/**
 * The schema of an IDL file: the type that it says, or else the only one that it declares, or the union of
 * all. Throws as `parseSchema` does, and says where in the text.
 */
export function schemaOf(file: IdlFile, options?: SchemaOptions): Schema {
  if (file.kind === "protocol") throw new TypeError("the IDL file holds a protocol; use protocolOf")
  const { declaration, kind } = file
  const only =
    kind === "types" && (declaration as unknown[]).length === 1 ? (declaration as unknown[])[0] : declaration
  return withPlace({ ...file["~placed"], json: only }, (json) => parseSchema(json, options))
}

/**
 * The schemas of all types that an IDL file declares or imports, in their order, each by itself. Throws as
 * `schemaOf` does, and `ERR_AVRO_LIMIT` for types that use each other so much that these repeat more than 20 000
 * declarations.
 */
export function schemasOf(file: IdlFile, options?: SchemaOptions): Schema[] {
  return file["~each"]().map((placed) => withPlace(placed, (json) => parseSchema(json, options)))
}

/** An IDL file of what it declares, its imports' declarations included. */
export function idlFile(declarations: Declarations, warnings: readonly string[], limits: Limits): IdlFile {
  const { protocol, main } = declarations
  const placed = toJson(declarations, limits)
  const kind = protocol !== undefined ? "protocol" : main !== undefined ? "schema" : "types"
  const each = (): Placed[] => eachToJson(declarations, limits)
  return { kind, declaration: placed.json, warnings, "~placed": placed, "~each": each }
}

/** What a reader of the file should look at. */
export function warningsOf({ unusedDocs, source }: Tokens): string[] {
  return Array.from(
    unusedDocs,
    ({ start }) =>
      `${source.position(start)}: this documentation comment belongs to nothing; /* … */ is a plain one`,
  )
}

/** Puts what a declaration breaks at its place in the text. */
function withPlace<T>(placed: Placed, parse: (json: unknown) => T): T {
  try {
    return parse(placed.json)
  } catch (error) {
    if (!(error instanceof AvroError)) throw error
    const place = placeIn(placed, error.path)
    if (place === undefined) throw error
    const { message, path } = place.error(error.message.replace(/^Invalid \w+(?: at \S+)?: /, ""))
    throw new AvroError(error.code, message, { path, cause: error })
  }
}
