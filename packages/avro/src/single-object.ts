// Single-object encoding: one value with the fingerprint of the schema it was written with, for queues
// and stores where values of many schemas stand side by side.
//
//   single object = C3 01 fingerprint:byte[8] value
//   fingerprint   = CRC-64-AVRO of the schema's canonical form, least significant byte first
//
// https://avro.apache.org/docs/1.12.0/specification/#single-object-encoding

import { createWriter } from "./binary/writer.ts"
import { AvroError } from "./errors.ts"
import { sharedFingerprint } from "./schema/fingerprint.ts"
import type { Schema, ValueOf } from "./schema/schema.ts"
import type { SchemaStore } from "./schema/store.ts"
import { type DecodeOptions, decode } from "./value/decode.ts"
import { type EncodeOptions, encodeInto } from "./value/encode.ts"

const MARKER = Uint8Array.of(0xc3, 0x01)
const HEADER_SIZE = 10

/**
 * Encodes a value so that it says which schema it was written with. Throws what `encode` throws.
 *
 * @see https://avro.apache.org/docs/1.12.0/specification/#single-object-encoding
 */
export function encodeSingleObject<Input>(
  schema: Schema<unknown, Input>,
  value: NoInfer<Input>,
  options: EncodeOptions = {},
): Uint8Array {
  const writer = createWriter(options.limits)
  writer.writeFixed(MARKER)
  writer.writeFixed(sharedFingerprint(schema, "CRC-64-AVRO"))
  encodeInto(schema, value, writer)
  return writer.finish()
}

/** Options of `decodeSingleObject`. */
export interface DecodeSingleObjectOptions<R extends Schema> extends Omit<DecodeOptions, "writer"> {
  /** Read every value as one of this schema, whichever it was written with. It need not be among the others. */
  readonly reader: R
}

/**
 * Decodes a single object, with the one of `schemas` it was written with: one, several, or a store of
 * many. With `reader` it is resolved to that schema.
 *
 * Throws `ERR_AVRO_UNKNOWN_SCHEMA` for a fingerprint that none of them has, `ERR_AVRO_DATA` for bytes
 * that are no single object, and what `decode` throws.
 *
 * @see https://avro.apache.org/docs/1.12.0/specification/#single-object-encoding
 */
export function decodeSingleObject<R extends Schema>(
  schemas: Schema | readonly Schema[] | SchemaStore,
  bytes: Uint8Array,
  options: DecodeSingleObjectOptions<R>,
): ValueOf<R>
export function decodeSingleObject<W extends Schema>(
  schemas: W | readonly W[],
  bytes: Uint8Array,
  options?: Omit<DecodeOptions, "writer">,
): ValueOf<W>
export function decodeSingleObject(
  schemas: SchemaStore,
  bytes: Uint8Array,
  options?: Omit<DecodeOptions, "writer">,
): unknown
export function decodeSingleObject(
  schemas: Schema | readonly Schema[] | SchemaStore,
  bytes: Uint8Array,
  { reader, ...options }: Partial<DecodeSingleObjectOptions<Schema>> = {},
): unknown {
  const writer = findWriter(schemas, singleObjectFingerprint(bytes), reader)
  return decode(reader ?? writer, bytes.subarray(HEADER_SIZE), { ...options, writer })
}

/**
 * The fingerprint that a single object begins with, to ask elsewhere for its schema. Throws
 * `ERR_AVRO_DATA` or `ERR_AVRO_TRUNCATED` for bytes that are no single object.
 */
export function singleObjectFingerprint(bytes: Uint8Array): Uint8Array {
  const marker = bytes.subarray(0, MARKER.length)
  if (marker.some((byte, index) => byte !== MARKER[index])) {
    throw new AvroError("ERR_AVRO_DATA", `a single object begins with c3 01, got ${hex(marker, " ")}`)
  }
  if (bytes.length < HEADER_SIZE) {
    throw new AvroError(
      "ERR_AVRO_TRUNCATED",
      `a single object begins with ${HEADER_SIZE} bytes, got ${bytes.length}`,
    )
  }
  return new Uint8Array(bytes.subarray(MARKER.length, HEADER_SIZE)) // a copy: `slice` of a Buffer is none
}

function findWriter(
  schemas: Schema | readonly Schema[] | SchemaStore,
  fingerprint: Uint8Array,
  reader: Schema | undefined,
): Schema {
  const matches = (schema: Schema): boolean => equal(sharedFingerprint(schema, "CRC-64-AVRO"), fingerprint)
  const writer = "add" in schemas ? schemas.find(fingerprint) : listOf(schemas).find(matches)
  if (writer !== undefined) return writer
  if (reader !== undefined && matches(reader)) return reader
  throw new AvroError(
    "ERR_AVRO_UNKNOWN_SCHEMA",
    `a single object was written with a schema of fingerprint ${hex(fingerprint)}, which is not among those given`,
  )
}

const listOf = (schemas: Schema | readonly Schema[]): readonly Schema[] =>
  "~node" in schemas ? [schemas] : schemas

const equal = (a: Uint8Array, b: Uint8Array): boolean => a.every((byte, index) => byte === b[index])

const hex = (bytes: Uint8Array, separator = ""): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(separator)
