// The header of a container file.
//
//   header   = magic metadata sync
//   magic    = 4f 62 6a 01                  "Obj" and the version
//   metadata = map of bytes                 avro.schema: JSON text; avro.codec: a name, or "null" is meant
//   sync     = byte[16]                     random; it stands behind every block
//
// https://avro.apache.org/docs/1.12.0/specification/#object-container-files

import { createReader } from "../binary/reader.ts"
import { createWriter } from "../binary/writer.ts"
import { AvroError } from "../errors.ts"
import { parseSchema, type Schema, type SchemaOptions } from "../schema/schema.ts"
import type { ByteSource } from "./byte-source.ts"

/** What a container file says of itself. */
export interface ContainerHeader {
  /** What the values were written with. */
  readonly schema: Schema
  /** How the blocks are compressed: `null`, `deflate`, `snappy`, `zstandard`, `bzip2`, `xz`, or another. */
  readonly codec: string
  /** Everything in the header by name, with what Avro itself puts there (`avro.schema`, `avro.codec`). */
  readonly metadata: ReadonlyMap<string, Uint8Array>
  /** The 16 bytes behind the header and behind every block. */
  readonly sync: Uint8Array
  /** How many bytes the header takes; the first block begins there. */
  readonly bytes: number
}

const MAGIC = Uint8Array.of(0x4f, 0x62, 0x6a, 0x01)
export const SYNC_BYTES = 16
/** A name and the length of what it names. */
const MIN_ENTRY_BYTES = 2
const FIRST_GUESS_BYTES = 4096

/** A header's bytes. `metadata` is the caller's; what Avro puts there is added. */
export function encodeHeader(
  schema: Schema<unknown, unknown>,
  codec: string,
  sync: Uint8Array,
  metadata: Readonly<Record<string, string | Uint8Array>>,
): Uint8Array {
  const utf8 = new TextEncoder()
  const text = JSON.stringify(schema.definition)
  parseSchema(text) // readers have nothing but this text: it has to stand alone
  const own: [string, string | Uint8Array][] = [
    ["avro.schema", text],
    ["avro.codec", codec],
  ]
  const writer = createWriter()
  writer.writeFixed(MAGIC)
  const entries = [...own, ...Object.entries(metadata).map(checked)]
  writer.writeLong(entries.length)
  for (const [name, value] of entries) {
    writer.writeString(name)
    writer.writeBytes(typeof value === "string" ? utf8.encode(value) : value)
  }
  writer.writeLong(0)
  writer.writeFixed(sync)
  return writer.finish()
}

/**
 * Reads the header that the source stands before. Throws `ERR_AVRO_CONTAINER` for what is no container
 * file, `ERR_AVRO_TRUNCATED` for one that ends within its header, `ERR_AVRO_LIMIT` for a header that is too
 * large, and `ERR_AVRO_SCHEMA` for one whose schema breaks a rule.
 */
export async function readHeader(
  source: ByteSource,
  maxHeaderBytes: number,
  options: SchemaOptions = {},
): Promise<ContainerHeader> {
  if (!(await source.fill(MAGIC.length))) source.checkEnd()
  checkMagic(source.arrived)
  for (let size = Math.min(FIRST_GUESS_BYTES, maxHeaderBytes); ; size = Math.min(size * 2, maxHeaderBytes)) {
    const isWhole = await source.fill(size)
    try {
      const header = parseHeader(source.arrived.subarray(0, maxHeaderBytes), options)
      source.take(header.bytes)
      return header
    } catch (error) {
      if (!(error instanceof AvroError)) throw error
      if (error.code !== "ERR_AVRO_TRUNCATED") throw headerError(error.code, error.message, error)
      if (!isWhole) {
        source.checkEnd()
        throw headerError(error.code, "the file ends within it", error)
      }
      if (size < maxHeaderBytes) continue
      const message = `more than ${maxHeaderBytes} bytes; raise limits.maxHeaderBytes to accept it`
      throw headerError("ERR_AVRO_LIMIT", message, error)
    }
  }
}

function checked([name, value]: [string, string | Uint8Array]): [string, string | Uint8Array] {
  if (!name.startsWith("avro.")) return [name, value]
  throw new TypeError(`metadata must not contain "${name}": names that begin with "avro." are Avro's own`)
}

function checkMagic(bytes: Uint8Array): void {
  const start = bytes.subarray(0, MAGIC.length)
  if (start.some((byte, index) => byte !== MAGIC[index])) {
    const hex = Array.from(start, (byte) => byte.toString(16).padStart(2, "0")).join(" ")
    throw new AvroError(
      "ERR_AVRO_CONTAINER",
      `Not an Avro container file: it begins with ${hex}, not with 4f 62 6a 01`,
      { offset: 0 },
    )
  }
  if (start.length === 0) throw headerError("ERR_AVRO_TRUNCATED", "the file is empty")
}

function parseHeader(bytes: Uint8Array, options: SchemaOptions): ContainerHeader {
  const reader = createReader(bytes)
  reader.skip(MAGIC.length)
  const metadata = new Map<string, Uint8Array>()
  for (;;) {
    const count = reader.readBlockCount(MIN_ENTRY_BYTES)
    if (count === 0) break
    for (let left = count; left > 0; left--) metadata.set(reader.readString(), reader.readBytes())
  }
  const sync = reader.readFixed(SYNC_BYTES)
  const text = textOf(metadata, "avro.schema")
  if (text === undefined) throw new AvroError("ERR_AVRO_CONTAINER", "no avro.schema in its metadata")
  const codec = textOf(metadata, "avro.codec") ?? "null"
  return { schema: parseSchema(text, options), codec, metadata, sync, bytes: reader.position }
}

function textOf(metadata: ReadonlyMap<string, Uint8Array>, name: string): string | undefined {
  const bytes = metadata.get(name)
  if (bytes === undefined) return undefined
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new AvroError("ERR_AVRO_CONTAINER", `${name} is not valid UTF-8`, { cause })
  }
}

const headerError = (code: AvroError["code"], message: string, cause?: AvroError): AvroError =>
  new AvroError(code, `Cannot read the header of a container file: ${message}`, { cause, offset: 0 })
