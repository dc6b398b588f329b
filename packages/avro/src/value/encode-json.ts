// Value → JSON text in the specification's encoding, for people and for tools that do not read binary.
// It takes a schema to read it back: decode-json.ts.
//
//   null, boolean   null, true, false                 array   [value, …]
//   int, long       all their digits                  map     {"key": value, …}
//   float, double   a number, or "NaN", "Infinity",   record  {"field": value, …}
//                   "-Infinity": as Java writes them  union   null, or {"branch": value}: a named type
//   bytes, fixed    a string, a character a byte              under its full name
//   string, enum    a string                          logical types: as what is underneath
//
// The value is encoded in binary, and its text is written from that: so what fits, what a default is
// and which branch a value takes is decided in one place.
//
// https://avro.apache.org/docs/1.12.0/specification/#json-encoding

import { createReader, type Reader } from "../binary/reader.ts"
import { branchName, type SchemaNode } from "../schema/node.ts"
import type { Schema } from "../schema/schema.ts"
import { type EncodeOptions, encode } from "./encode.ts"

/**
 * Encodes a value as JSON text, as the specification has it: the branches of unions are named, bytes
 * are characters, longs have all their digits (which `JSON.parse` would round past 2⁵³: read the text
 * with `decodeJson`). A field left out takes its default. Throws what `encode` throws.
 *
 * @see https://avro.apache.org/docs/1.12.0/specification/#json-encoding
 */
export function encodeJson<Input>(
  schema: Schema<unknown, Input>,
  value: NoInfer<Input>,
  options: EncodeOptions = {},
): string {
  const bytes = encode(schema, value, options)
  // What can hurt in bytes has passed the encoder.
  const reader = createReader(bytes, { maxEmptyItems: Number.MAX_SAFE_INTEGER })
  return textOf(schema["~node"], reader)
}

/** The text of the value that `reader` stands before. */
function textOf(node: SchemaNode, reader: Reader): string {
  switch (node.type) {
    case "null":
      return "null"
    case "boolean":
      return String(reader.readBoolean())
    case "int":
      return String(reader.readInt())
    case "long":
      return String(reader.readBigInt())
    case "float":
      return numberText(shortestFloat(reader.readFloat()))
    case "double":
      return numberText(reader.readDouble())
    case "bytes":
      return bytesText(reader.readBytes())
    case "fixed":
      return bytesText(reader.readFixed(node.size))
    case "string":
      return JSON.stringify(reader.readString())
    case "enum":
      return JSON.stringify(node.symbols[reader.readInt()])
    case "array":
      return `[${itemTexts(reader, () => textOf(node.items, reader)).join(",")}]`
    case "map": {
      const entry = (): string => `${JSON.stringify(reader.readString())}:${textOf(node.values, reader)}`
      return `{${itemTexts(reader, entry).join(",")}}`
    }
    case "union": {
      const branch = node.branches[reader.readInt()] as SchemaNode
      const text = textOf(branch, reader)
      return branch.type === "null" ? text : `{${JSON.stringify(branchName(branch))}:${text}}`
    }
    default: {
      const fields = node.fields.map(({ name, type }) => `${JSON.stringify(name)}:${textOf(type, reader)}`)
      return `{${fields.join(",")}}`
    }
  }
}

/** Texts of what an array or a map holds. */
function itemTexts(reader: Reader, readItem: () => string): string[] {
  const texts: string[] = []
  for (let count = reader.readBlockCount(0); count > 0; count = reader.readBlockCount(0)) {
    for (; count > 0; count--) texts.push(readItem())
  }
  return texts
}

function numberText(value: number): string {
  if (!Number.isFinite(value)) return `"${value}"`
  return Object.is(value, -0) ? "-0.0" : String(value)
}

/** The number with the fewest digits that is the same float: 0.1 instead of 0.10000000149011612. */
function shortestFloat(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const shorter = Number(value.toPrecision(digits))
    if (Object.is(Math.fround(shorter), value)) return shorter
  }
  return value
}

/** A character for each byte. */
function bytesText(bytes: Uint8Array): string {
  let text = ""
  for (const byte of bytes) text += String.fromCharCode(byte)
  return JSON.stringify(text)
}
