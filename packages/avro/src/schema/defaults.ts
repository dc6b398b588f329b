// Default values: JSON as the specification's table reads it → binary encoding. A default is kept in
// binary because every value that uses it then gets a copy of its own, by the ordinary decoder.
//
//   bytes, fixed  string, a code point 0–255 for each byte       union   any one of its branches
//   record        object; fields may be left to their defaults   enum    symbol
//
// https://avro.apache.org/docs/1.12.0/specification/#schema-record

import { createWriter, type Writer } from "../binary/writer.ts"
import { AvroError } from "../errors.ts"
import type { SchemaNode } from "./node.ts"

/** Checks a default against its type and encodes it. Throws `ERR_AVRO_SCHEMA`; `at` says where it stands. */
export function encodeDefault(node: SchemaNode, json: unknown, at: string): Uint8Array {
  const writer = createWriter()
  const budget = { steps: MAX_STEPS }
  if (!writeDefault(node, json, writer, budget)) {
    const reason = budget.steps < 0 ? "is larger than any default should be" : `does not fit ${node.type}`
    throw new AvroError("ERR_AVRO_SCHEMA", `Invalid schema at ${at.replace(/^\./, "")}: the default ${reason}`)
  }
  return writer.finish()
}

// A few nested records whose fields default to one another's defaults multiply without end.
const MAX_STEPS = 100_000

interface Budget {
  steps: number
}

/** Whether `json` is a value of `node`; it is written if so. */
function writeDefault(node: SchemaNode, json: unknown, writer: Writer, budget: Budget): boolean {
  if (--budget.steps < 0) return false
  switch (node.type) {
    case "null":
      return json === null
    case "boolean":
      if (typeof json !== "boolean") return false
      writer.writeBoolean(json)
      return true
    case "int":
    case "long":
    case "float":
    case "double":
      return writeNumber(node.type, json, writer)
    case "string":
      if (typeof json !== "string") return false
      writer.writeString(json)
      return true
    case "bytes":
    case "fixed": {
      const bytes = fromCodePoints(json)
      if (bytes === undefined || (node.type === "fixed" && bytes.length !== node.size)) return false
      if (node.type === "bytes") writer.writeBytes(bytes)
      else writer.writeFixed(bytes)
      return true
    }
    case "enum": {
      const index = node.symbols.indexOf(json as string)
      if (index >= 0) writer.writeInt(index)
      return index >= 0
    }
    case "array":
      return Array.isArray(json) && writeBlock(json, writer, (item) => writeDefault(node.items, item, writer, budget))
    case "map":
      return writeMap(json, writer, (value) => writeDefault(node.values, value, writer, budget))
    case "union":
      return node.branches.some((branch, index) => {
        const start = writer.length
        writer.writeInt(index)
        if (writeDefault(branch, json, writer, budget)) return true
        writer.truncate(start)
        return false
      })
    case "record":
      return (
        isObject(json) &&
        node.fields.every((field) => {
          if (Object.hasOwn(json, field.name)) return writeDefault(field.type, json[field.name], writer, budget)
          if (field.default !== undefined) writer.writeFixed(field.default)
          return field.default !== undefined
        })
      )
  }
}

function writeNumber(type: "int" | "long" | "float" | "double", json: unknown, writer: Writer): boolean {
  if (typeof json !== "number") return false
  if (type === "float") writer.writeFloat(json)
  else if (type === "double") writer.writeDouble(json)
  else if (type === "long" ? !Number.isSafeInteger(json) : json !== (json | 0)) return false
  else writer.writeLong(json)
  return true
}

function writeMap(json: unknown, writer: Writer, writeValue: (value: unknown) => boolean): boolean {
  if (!isObject(json)) return false
  return writeBlock(Object.entries(json), writer, ([key, value]) => {
    writer.writeString(key)
    return writeValue(value)
  })
}

function writeBlock<T>(items: readonly T[], writer: Writer, writeItem: (item: T) => boolean): boolean {
  if (items.length > 0) writer.writeLong(items.length)
  if (!items.every(writeItem)) return false
  writer.writeLong(0)
  return true
}

function fromCodePoints(json: unknown): Uint8Array | undefined {
  if (typeof json !== "string") return undefined
  const codes = Array.from(json, (character) => character.codePointAt(0) ?? 0)
  return codes.every((code) => code <= 0xff) ? Uint8Array.from(codes) : undefined
}

const isObject = (json: unknown): json is Record<string, unknown> =>
  typeof json === "object" && json !== null && !Array.isArray(json)
