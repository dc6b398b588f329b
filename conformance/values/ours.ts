// Our own library, asked what the peers are asked: it answers in the same texts.

import {
  AvroError,
  canonicalForm,
  compare,
  compareBytes,
  decode,
  decodeJson,
  decodeSingleObject,
  encode,
  encodeJson,
  encodeSingleObject,
  fingerprint,
  parseSchema,
  type Schema,
} from "@avrolet/avro"
import type { Answer, Question } from "./peers.ts"

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex")
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "hex"))
const read = (text: string): Schema => parseSchema(text, { long: "bigint" })

/** What we answer. Only an `AvroError` is an answer: anything else we throw is a mistake of ours. */
export function answerOf(question: Question): Answer {
  try {
    return { ok: resultOf(question) }
  } catch (error) {
    if (error instanceof AvroError) return { error: `${error.code}: ${error.message}` }
    throw error
  }
}

function resultOf(question: Question): unknown {
  if (question.do === "examples") throw new Error("We have no examples")
  const schema = read(question.schema)
  switch (question.do) {
    case "parse":
      return {
        canonical: canonicalForm(schema),
        "CRC-64-AVRO": hex(fingerprint(schema, "CRC-64-AVRO")),
        MD5: hex(fingerprint(schema, "MD5")),
        "SHA-256": hex(fingerprint(schema, "SHA-256")),
      }
    case "encode":
      return hex(encode(schema, decodeJson(schema, question.json)))
    case "single":
      return hex(encodeSingleObject(schema, decodeJson(schema, question.json)))
    case "decode": {
      const writer = question.writer === undefined ? undefined : read(question.writer)
      return encodeJson(schema, decode(schema, bytes(question.hex), { writer }))
    }
    case "unsingle": {
      const writers = [schema, ...(question.writers ?? []).map(read)]
      return encodeJson(schema, decodeSingleObject(writers, bytes(question.hex), { reader: schema }))
    }
    case "logical": {
      const value = decode(schema, bytes(question.hex))
      return { value: textOf(value), hex: hex(encode(schema, value)) }
    }
    default:
      return compared(schema, bytes(question.hex), bytes(question.other))
  }
}

function textOf(value: unknown): string {
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Uint8Array) return `bytes ${hex(value)}`
  return typeof value === "object" ? JSON.stringify(value) : (value as string | bigint | number).toString()
}

function compared(schema: Schema, a: Uint8Array, b: Uint8Array): unknown {
  return {
    values: orReason(() => compare(schema, decode(schema, a), decode(schema, b))),
    bytes: orReason(() => compareBytes(schema, a, b)),
  }
}

function orReason(action: () => number): number | string {
  try {
    return Math.sign(action())
  } catch (error) {
    if (error instanceof AvroError) return error.code
    throw error
  }
}
