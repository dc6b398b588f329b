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
import { declarationText } from "../schema/declaration-text.ts"
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
const MAX_LONG_BYTES = 10
/** Each costs more than the two bytes that it takes at least. */
const MAX_ENTRIES = 10_000
const strict = new TextDecoder("utf-8", { fatal: true })

/** A header's bytes. `metadata` is the caller's; what Avro puts there is added. Throws `ERR_AVRO_LIMIT` for too many. */
export function encodeHeader(
  schema: Schema<unknown, unknown>,
  codec: string,
  sync: Uint8Array,
  metadata: Readonly<Record<string, string | Uint8Array>>,
): Uint8Array {
  const encoder = new TextEncoder()
  const text = declarationText(schema.definition)
  parseSchema(text) // readers have nothing but this text: it has to stand alone
  const own: [string, string | Uint8Array][] = [
    ["avro.schema", text],
    ["avro.codec", codec],
  ]
  const writer = createWriter()
  writer.writeFixed(MAGIC)
  const entries = [...own, ...Object.entries(metadata).map(checked)]
  checkCount(entries.length)
  writer.writeLong(entries.length)
  for (const [name, value] of entries) {
    writer.writeString(name)
    writer.writeBytes(typeof value === "string" ? encoder.encode(value) : value)
  }
  writer.writeLong(0)
  writer.writeFixed(sync)
  return writer.finish()
}

/**
 * Reads the header that the source stands before, and waits for no byte behind it: a stream may be idle there. Throws
 * `ERR_AVRO_CONTAINER` for what is no container file, `ERR_AVRO_TRUNCATED` for one that ends within its header,
 * `ERR_AVRO_LIMIT` for a header that is too large, and `ERR_AVRO_SCHEMA` for one whose schema breaks a rule.
 */
export async function readHeader(
  source: ByteSource,
  maxHeaderBytes: number,
  options: SchemaOptions = {},
): Promise<ContainerHeader> {
  if (!(await source.fill(MAGIC.length))) source.checkEnd()
  checkMagic(source.arrived)
  try {
    const start = new HeaderBytes(source, maxHeaderBytes)
    await start.take(MAGIC.length)
    const metadata = await readMetadata(start)
    const sync = await start.take(SYNC_BYTES)
    const text = textOf(metadata, "avro.schema")
    if (text === undefined) throw new AvroError("ERR_AVRO_CONTAINER", "no avro.schema in its metadata")
    const codec = textOf(metadata, "avro.codec") ?? "null"
    return { schema: parseSchema(text, options), codec, metadata, sync, bytes: source.offset }
  } catch (error) {
    throw error instanceof AvroError ? headerError(error.code, error.message, error) : error
  }
}

async function readMetadata(start: HeaderBytes): Promise<Map<string, Uint8Array>> {
  const metadata = new Map<string, Uint8Array>()
  let entries = 0
  for (;;) {
    const count = await start.takeLong()
    if (count === 0) return metadata
    checkCount((entries += Math.abs(count)))
    if (count < 0) await start.takeLong() // the size of the block
    for (let left = Math.abs(count); left > 0; left--) {
      const name = utf8(await start.takeSized(), "a name in its metadata")
      metadata.set(name, await start.takeSized())
    }
  }
}

function checkCount(entries: number): void {
  if (entries <= MAX_ENTRIES) return
  throw new AvroError(
    "ERR_AVRO_LIMIT",
    `${entries} entries in the metadata of a header; at most ${MAX_ENTRIES} are taken`,
  )
}

/** What a header is read from: no more bytes than it may take. */
class HeaderBytes {
  readonly #source: ByteSource
  readonly #maxBytes: number
  #left: number

  constructor(source: ByteSource, maxBytes: number) {
    this.#source = source
    this.#maxBytes = maxBytes
    this.#left = maxBytes
  }

  /** A copy of the next `size` bytes. */
  async take(size: number): Promise<Uint8Array> {
    if (!this.#has(size)) await this.#arrive(size)
    this.#left -= size
    return this.#source.take(size).slice()
  }

  async takeLong(): Promise<number> {
    for (let size = 1; ; size++) {
      if (!this.#has(size)) await this.#arrive(size)
      const { arrived } = this.#source
      if ((arrived[size - 1] as number) > 0x7f && size < MAX_LONG_BYTES) continue
      this.#left -= size
      return createReader(this.#source.take(size)).readLong()
    }
  }

  /** Bytes behind their length. */
  async takeSized(): Promise<Uint8Array> {
    const size = await this.takeLong()
    if (size < 0) throw new AvroError("ERR_AVRO_CONTAINER", `a length in its metadata is negative: ${size}`)
    return this.take(size)
  }

  /** Asked first, since a header may have many parts, and to wait for what is there takes longer than to take it. */
  #has(size: number): boolean {
    return size <= this.#left && size <= this.#source.available
  }

  async #arrive(size: number): Promise<void> {
    if (size > this.#left) {
      const message = `more than ${this.#maxBytes} bytes; raise limits.maxHeaderBytes to accept it`
      throw new AvroError("ERR_AVRO_LIMIT", message)
    }
    if (await this.#source.fill(size)) return
    this.#source.checkEnd()
    throw new AvroError("ERR_AVRO_TRUNCATED", "the file ends within it")
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

function textOf(metadata: ReadonlyMap<string, Uint8Array>, name: string): string | undefined {
  const bytes = metadata.get(name)
  return bytes === undefined ? undefined : utf8(bytes, name)
}

function utf8(bytes: Uint8Array, what: string): string {
  try {
    return strict.decode(bytes)
  } catch (cause) {
    throw new AvroError("ERR_AVRO_CONTAINER", `${what} is not valid UTF-8`, { cause })
  }
}

const headerError = (code: AvroError["code"], message: string, cause?: AvroError): AvroError =>
  new AvroError(code, `Cannot read the header of a container file: ${message}`, { cause, offset: 0 })
