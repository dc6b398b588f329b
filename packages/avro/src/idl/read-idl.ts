// IDL files with what they import.
//
//   import idl "common.avdl";   import protocol "bank.avpr";   import schema "user.avsc";

import { AvroError } from "../errors.ts"
import { type Limits, withDefaults } from "../limits.ts"
import { assemble } from "./assemble.ts"
import { fileLoader, type LoadedFile, type LoadFile } from "./file-loader.ts"
import { protocolFromJson, schemaFromJson } from "./from-json.ts"
import { type Import, type ImportKind, type Item, type ParsedFile, parseFile } from "./parse-file.ts"
import { type IdlFile, idlFile, warningsOf } from "./parse-idl.ts"
import { SourceText } from "./source-text.ts"
import { Tokens } from "./tokens.ts"

/** Options of `readIdl`. */
export interface ReadIdlOptions {
  /**
   * Finds files. Default: on the disk, beside the file that imports them, wherever that leads: for files
   * that others wrote, give one that keeps to its folder.
   */
  readonly load?: LoadFile
  /** Folders to look in for what is not beside its importer, as Java looks along its class path. */
  readonly folders?: readonly string[]
  /** Bounds on each text: `maxDepth`. */
  readonly limits?: Partial<Limits>
}

/**
 * Reads an IDL file, and what it imports: each file once, so that files may import each other. Rejects with
 * `ERR_AVRO_IDL` for a mistake in any of them, and for an import that there is not, at its place; and with Node's error
 * for a first file that cannot be read.
 *
 * @see https://avro.apache.org/docs/1.12.0/idl-language/
 */
export async function readIdl(
  location: string,
  { folders = [], load = fileLoader(folders), limits }: ReadIdlOptions = {},
): Promise<IdlFile> {
  const reading: Reading = { load, limits: withDefaults(limits), known: new Set(), warnings: [] }
  const first = await load(location, undefined)
  reading.known.add(first.file)
  const parsed = parse(first, "idl", reading)
  return idlFile(
    assemble(parsed, await withImports(parsed, first.file, reading)),
    reading.warnings,
    reading.limits,
  )
}

interface Reading {
  readonly load: LoadFile
  readonly limits: Limits
  /** Files that are read already, or being read. */
  readonly known: Set<string>
  readonly warnings: string[]
}

/** The items of a file, with those of its imports in their places. A schema file takes no more than types. */
async function withImports({ protocol, items }: ParsedFile, file: string, reading: Reading): Promise<Item[]> {
  const all: Item[] = []
  for (const item of items) {
    if (item.kind === "import")
      for (const imported of await follow(item.import, file, reading)) all.push(imported)
    else all.push(item)
  }
  return protocol === undefined ? all.filter(({ kind }) => kind === "type") : all
}

async function follow(statement: Import, importer: string, reading: Reading): Promise<Item[]> {
  const { location, of, place } = statement
  let loaded: LoadedFile
  try {
    loaded = await reading.load(location, importer)
  } catch (error) {
    const { code, message, path } = place.error(`cannot import: ${(error as Error).message}`)
    throw new AvroError(code, message, { path, cause: error })
  }
  if (reading.known.has(loaded.file)) return []
  if (reading.known.size >= MAX_FILES)
    throw place.error(`this is file ${MAX_FILES + 1}; a limit keeps imports from having no end`)
  reading.known.add(loaded.file)
  return withImports(parse(loaded, of, reading), loaded.file, reading)
}

const MAX_FILES = 10_000

function parse({ file, text }: LoadedFile, kind: ImportKind, { limits, warnings }: Reading): ParsedFile {
  if (kind === "idl") {
    const tokens = new Tokens(new SourceText(text, file), limits)
    const parsed = parseFile(tokens)
    for (const warning of warningsOf(tokens)) warnings.push(warning)
    return parsed
  }
  let json: unknown
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ""))
  } catch (error) {
    throw new AvroError("ERR_AVRO_IDL", `${file}: not JSON: ${(error as Error).message}`, {
      path: file,
      cause: error,
    })
  }
  return kind === "protocol"
    ? protocolFromJson(json, file, "inner first", limits)
    : schemaFromJson(json, file, "inner first", limits)
}
