// Bytes that nearly every message has in the same place are compared, which takes a tenth of reading them.

import type { Reader } from "@avrolet/avro/binary"

/** Goes on behind these bytes, if they come next. */
export function skip(reader: Reader, expected: Uint8Array): boolean {
  const { bytes, position } = reader
  for (let index = 0; index < expected.length; index++) {
    if (bytes[position + index] !== expected[index]) return false
  }
  reader.position = position + expected.length
  return true
}
