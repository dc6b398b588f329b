// Fingerprints: a hash of the canonical form, by which a schema is known where it cannot be sent.
//
// https://avro.apache.org/docs/1.12.0/specification/#schema-fingerprints

import { md5 } from "@noble/hashes/legacy.js"
import { sha256 } from "@noble/hashes/sha2.js"
import { canonicalForm } from "./canonical-form.ts"
import type { Schema } from "./schema.ts"

/** The hashes that the specification recommends: 8, 16 and 32 bytes. */
export type FingerprintAlgorithm = "CRC-64-AVRO" | "MD5" | "SHA-256"

/**
 * The fingerprint of a schema; equal for schemas of the same canonical form. A CRC-64-AVRO comes with
 * its least significant byte first, as in a single object and as Java returns it: reverse the bytes
 * for the number that other tools print. It is no protection against someone who wants a collision.
 *
 * @see https://avro.apache.org/docs/1.12.0/specification/#schema-fingerprints
 */
export function fingerprint(schema: Schema, algorithm: FingerprintAlgorithm = "CRC-64-AVRO"): Uint8Array {
  return sharedFingerprint(schema, algorithm).slice()
}

/** The same, without a copy: whoever asks must not change it. */
export function sharedFingerprint(schema: Schema, algorithm: FingerprintAlgorithm): Uint8Array {
  const node = schema["~node"]
  let known = fingerprints.get(node)
  if (known === undefined) fingerprints.set(node, (known = new Map()))
  let hash = known.get(algorithm)
  if (hash === undefined) {
    hash = algorithms[algorithm](new TextEncoder().encode(canonicalForm(schema)))
    known.set(algorithm, hash)
  }
  return hash
}

const fingerprints = new WeakMap<object, Map<FingerprintAlgorithm, Uint8Array>>()

const algorithms: Record<FingerprintAlgorithm, (data: Uint8Array) => Uint8Array> = {
  "CRC-64-AVRO": crc64,
  MD5: md5,
  "SHA-256": sha256,
}

// The fingerprint of no bytes, c15d213a a4d7a795, is the polynomial too. JavaScript's integer
// operations take 32 bits: everything here is in two halves.
const EMPTY_HIGH = 0xc15d213a
const EMPTY_LOW = 0xa4d7a795

function crc64(data: Uint8Array): Uint8Array {
  let high = EMPTY_HIGH
  let low = EMPTY_LOW
  for (const byte of data) {
    const index = (low ^ byte) & 0xff
    low = ((low >>> 8) | (high << 24)) ^ (tableLow[index] ?? 0)
    high = (high >>> 8) ^ (tableHigh[index] ?? 0)
  }
  const result = new Uint8Array(8)
  const view = new DataView(result.buffer)
  view.setUint32(0, low, true)
  view.setUint32(4, high, true)
  return result
}

/** What each value of a byte does to the fingerprint. */
const tableHigh = new Uint32Array(256)
const tableLow = new Uint32Array(256)
for (let byte = 0; byte < 256; byte++) {
  let high = 0
  let low = byte
  for (let bit = 0; bit < 8; bit++) {
    const odd = low & 1
    low = (low >>> 1) | (high << 31)
    high >>>= 1
    if (odd === 1) {
      low ^= EMPTY_LOW
      high ^= EMPTY_HIGH
    }
  }
  tableHigh[byte] = high
  tableLow[byte] = low
}
