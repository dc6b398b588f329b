// A file with a declaration → a module. What it is, its ending says:
//
//   .avsc  a schema in JSON      .avpr  a protocol in JSON      .avdl  IDL, of either, with what it imports

import { AvroError, quote } from "../errors.ts"
import { fileLoader } from "../idl/file-loader.ts"
import { protocolOf, schemaOf, schemasOf } from "../idl/parse-idl.ts"
import { type ReadIdlOptions, readIdl } from "../idl/read-idl.ts"
import { type Protocol, parseProtocol } from "../protocol/protocol.ts"
import { declarationText, readExactly } from "../schema/declaration-text.ts"
import { parseSchema, type Schema, type SchemaOptions } from "../schema/schema.ts"
import { type GenerateOptions, generateModule } from "./module.ts"

/** Options of `generateFromFile`. */
export interface GenerateFromFileOptions extends GenerateOptions, Pick<ReadIdlOptions, "load" | "folders"> {
  /** What a `long` is read as: see `SchemaOptions`. Default `"number"`. */
  readonly long?: NonNullable<SchemaOptions["long"]>
}

/** A module, before it is written anywhere. */
export interface GeneratedModule {
  readonly text: string
  /** What a reader of the file should look at: its documentation that belongs to nothing. */
  readonly warnings: readonly string[]
}

/**
 * Reads a declaration in an `.avsc`, `.avpr` or `.avdl` file, and writes the text of its module. IDL that names
 * no type as its schema gives a module of all. The same file gives the same text, wherever it is.
 *
 * Rejects with a `TypeError` for a file of another ending, with `ERR_AVRO_SCHEMA`, `ERR_AVRO_PROTOCOL` or
 * `ERR_AVRO_IDL` for a mistake in the file or in what it imports, and with Node's error for a file that cannot
 * be read.
 */
export async function generateFromFile(
  file: string,
  options: GenerateFromFileOptions = {},
): Promise<GeneratedModule> {
  const { of, warnings } = await declarationIn(file, options)
  const source = file.split(/[/\\]/).at(-1) as string
  return { text: generateModule(of, { source, ...options }), warnings }
}

interface Declared {
  readonly of: Schema | Protocol | readonly Schema[]
  readonly warnings: readonly string[]
}

async function declarationIn(
  file: string,
  { load, folders = [], long, limits }: GenerateFromFileOptions,
): Promise<Declared> {
  const options = { ...(long === undefined ? {} : { long }), ...(limits === undefined ? {} : { limits }) }
  const [ending = ""] = /\.\w+$/.exec(file) ?? []
  if (ending === ".avdl") {
    const finding = load === undefined ? { folders } : { load }
    const idl = await readIdl(file, { ...finding, ...(limits === undefined ? {} : { limits }) })
    if (idl.kind === "types" && (idl.declaration as readonly unknown[]).length === 0) {
      throw new AvroError("ERR_AVRO_IDL", `${file}: there is no type to generate a module of`, { path: file })
    }
    const make = { protocol: protocolOf, schema: schemaOf, types: schemasOf }[idl.kind]
    return { of: make(idl, options), warnings: idl.warnings }
  }
  if (ending !== ".avsc" && ending !== ".avpr") {
    throw new TypeError(`a declaration is in a file that ends in .avsc, .avpr or .avdl, got ${quote(file)}`)
  }
  const { text } = await (load ?? fileLoader([]))(file, undefined)
  // In a layout of its own: that of a file is no part of a protocol.
  const json = within(file, ending, () => declarationText(readExactly(text.replace(/^\uFEFF/, ""))))
  const of = within(file, ending, () =>
    ending === ".avsc" ? parseSchema(json, options) : parseProtocol(json, options),
  )
  return { of, warnings: [] }
}

/** Says in which file a mistake is. */
function within<T>(file: string, ending: string, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    const { message } = error as Error
    if (error instanceof AvroError) {
      throw new AvroError(error.code, `${file}: ${message}`, { path: error.path, cause: error })
    }
    const code = ending === ".avsc" ? "ERR_AVRO_SCHEMA" : "ERR_AVRO_PROTOCOL"
    throw new AvroError(code, `${file}: not JSON: ${message}`, { cause: error })
  }
}
