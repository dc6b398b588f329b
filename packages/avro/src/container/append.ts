// Going on with a file that is there: with its schema, its codec and its marker (rule G15).

import { type FileHandle, open } from "node:fs/promises"
import { AvroError } from "../errors.ts"
import { canonicalForm } from "../schema/canonical-form.ts"
import { type Schema, type SchemaOptions, titleOf } from "../schema/schema.ts"
import { annotationConflict } from "./annotations.ts"
import { isEqual } from "./block.ts"
import { BlockEncoder, type BlockOptions } from "./block-encoder.ts"
import { headerOf } from "./block-index.ts"
import { type ContainerCodecs, loadCodec } from "./codec.ts"
import { fileDestination } from "./destination.ts"
import { type ContainerHeader, SYNC_BYTES } from "./header.ts"
import type { ContainerLimits } from "./limits.ts"
import { type ContainerWriter, writerTo } from "./writer.ts"

/** Options of `appendContainer`. */
export interface AppendContainerOptions extends BlockOptions {
  /** Codecs of your own, by the name that stands in the file. */
  readonly codecs?: ContainerCodecs
  /** For the values, the header of the file and the schema in it. */
  readonly limits?: Partial<Omit<ContainerLimits, "maxBlockBytes">>
  /** For the schema in the file, as for `parseSchema`. */
  readonly writerOptions?: SchemaOptions
}

/**
 * Goes on with a container file. What is written is added in blocks of its own, with the codec of the file;
 * `schema` has to be the one that the file begins with: the same Parsing Canonical Form, and the same logical types,
 * precisions and scales, as the same bytes would stand for other values. Defaults and documentation may differ.
 *
 * Rejects with `ERR_AVRO_CONTAINER` for a file of another schema, or that is no container file;
 * `ERR_AVRO_TRUNCATED` for one that ends within a block, which `repairContainer` mends; `ERR_AVRO_CODEC`; and
 * Node's error for a file that is not there. Two writers must not append at once: nothing here hinders them.
 */
export async function appendContainer<Input>(
  schema: Schema<unknown, Input>,
  path: string | URL,
  options: AppendContainerOptions = {},
): Promise<ContainerWriter<Input>> {
  const header = await headerOf(path, options)
  checkSchema(schema, header)
  const codec = await loadCodec(header.codec, options.codecs)
  const file = await open(path, "r+")
  try {
    const end = await checkEnd(file, header)
    const encoder = new BlockEncoder(schema, codec, header.sync, options)
    return writerTo(fileDestination(file, end), encoder)
  } catch (error) {
    await file.close()
    throw error
  }
}

/** Names, types, their order and what they stand for have to be the same; defaults and documentation need not. */
function checkSchema(schema: Schema<unknown, unknown>, { schema: written }: ContainerHeader): void {
  if (canonicalForm(schema) !== canonicalForm(written)) throw otherSchema(schema, written, "")
  const conflict = annotationConflict(schema, written)
  if (conflict === undefined) return
  const { path, annotations } = conflict
  const [own, ofFile] = annotations
  const detail = `${path === "" ? "its values" : path} would be ${own}, in the file ${ofFile}; `
  throw otherSchema(schema, written, detail, path)
}

function otherSchema(
  schema: Schema<unknown, unknown>,
  written: Schema,
  detail: string,
  path = "",
): AvroError {
  return new AvroError(
    "ERR_AVRO_CONTAINER",
    `Cannot append ${titleOf(schema)} to a container file of another ${titleOf(written)}: ${detail}a file has one ` +
      "schema; write a new file, or append with the schema in its header",
    { offset: 0, path },
  )
}

/** Where the file ends, which has to be behind a marker: what is behind a torn block is lost to readers. */
async function checkEnd(file: FileHandle, { sync, bytes }: ContainerHeader): Promise<number> {
  const { size: end } = await file.stat()
  const { buffer: last } = await file.read(new Uint8Array(SYNC_BYTES), { position: end - SYNC_BYTES })
  if (end >= bytes && isEqual(last, sync)) return end
  throw new AvroError(
    "ERR_AVRO_TRUNCATED",
    "Cannot append to a container file that ends within a block; repairContainer keeps what stands before it",
    { offset: end },
  )
}
