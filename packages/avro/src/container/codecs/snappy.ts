// Snappy, without its framing, and behind it the CRC-32 of what was compressed: 4 bytes, most significant first.

import { crc32 } from "node:zlib"
import type { ContainerCodec } from "../codec.ts"
import { blockTooLarge } from "../limits.ts"
import { loadLibrary } from "./optional.ts"

const CHECKSUM_BYTES = 4

/** Pure JavaScript: as fast as the native library for blocks of the usual size. */
export async function loadSnappy(): Promise<ContainerCodec> {
  const { compress, uncompress } = await loadLibrary("snappy", "snappyjs", () => import("snappyjs"))
  return {
    compress: (block) => {
      const compressed = compress(block)
      const data = new Uint8Array(compressed.length + CHECKSUM_BYTES)
      data.set(compressed)
      viewOf(data).setUint32(compressed.length, crc32(block))
      return data
    },
    decompress: (data, maxBytes) => {
      const end = data.length - CHECKSUM_BYTES
      if (end < 1) throw new Error(`${data.length} bytes are too few for a checksum`)
      if (announced(data) > maxBytes) throw blockTooLarge(maxBytes)
      const block = uncompress(data.subarray(0, end), maxBytes)
      if (crc32(block) !== viewOf(data).getUint32(end)) throw new Error("its checksum is wrong")
      return block
    },
  }
}

/** The length at the beginning, of at most 32 bits in groups of 7. */
function announced(data: Uint8Array): number {
  let length = 0
  for (let index = 0; index < 5; index++) {
    const byte = data[index] ?? 0
    length += (byte & 0x7f) * 2 ** (7 * index)
    if (byte < 0x80) break
  }
  return length
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, byteLength)
