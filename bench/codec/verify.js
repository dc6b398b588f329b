// @ts-check
// What is fast has to be right: before anything is timed, each codec gives back each value.

import assert from "node:assert/strict"
import { operate } from "./measure.js"

/** @typedef {import("./peers.js").Codec} Codec */
/** @typedef {import("./schemas.js").Sample} Sample */

/**
 * Throws where a codec loses or changes a value, or where ours writes other bytes than avsc.
 * @param {Sample} sample
 * @param {Map<string, Codec>} codecs
 */
export function verify(sample, codecs) {
  const avsc = codecs.get("avsc")
  /** @type {unknown} */
  let resolved
  for (const [name, codec] of codecs) {
    const title = `${name}, ${sample.name}`
    const ours = name === "emitted" || name === "closures"
    if (ours && avsc !== undefined) assert.deepEqual(codec.encoded, avsc.encoded, `${title}: other bytes`)
    const { encode } = codec
    if (encode !== undefined) {
      const encoded = codec.inputs.map((input) => Buffer.from(operate(encode, input)))
      if (ours) assert.deepEqual(encoded, codec.encoded, `${title}: other bytes`)
      codec.encoded = encoded
    }
    const { restore = (/** @type {unknown} */ value) => value } = codec
    const decoded = codec.encoded.map((bytes) => plain(restore(operate(codec.decode, bytes))))
    const expected = sample.writer === undefined ? (codec.expected ?? codec.inputs).map(plain) : resolved
    // What resolution gives is in no sample: avsc, which comes first, sets it.
    if (expected === undefined) resolved = decoded
    else assert.deepEqual(decoded, expected, `${title}: another value`)
  }
}

/**
 * The value without what codecs may differ in: classes of records and of byte arrays, prototypes.
 * @param {unknown} value
 * @returns {unknown}
 */
function plain(value) {
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString("hex")}`
  if (value instanceof Date) return `date ${value.toISOString()}`
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== "object" || value === null) return value
  return new Map(Object.entries(value).map(([key, item]) => [key, plain(item)]))
}
