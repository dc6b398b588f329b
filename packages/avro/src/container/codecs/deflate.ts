// RFC 1951, without a header or a checksum, as the specification says.

import { promisify } from "node:util"
import { deflateRaw, inflateRaw } from "node:zlib"
import type { ContainerCodec } from "../codec.ts"
import { blockTooLarge } from "../limits.ts"

const compress = promisify<Uint8Array, { chunkSize: number }, Buffer>(deflateRaw)
const decompress = promisify<Uint8Array, { chunkSize: number; maxOutputLength: number }, Buffer>(inflateRaw)

/** What decompresses to more than this many times its size is decompressed in several steps. */
const USUAL_EXPANSION = 4

/** Level 6, zlib's own, as Java's and Python's. */
export const deflate: ContainerCodec = {
  compress: (block) => compress(block, { chunkSize: chunkSize(block.length) }),
  decompress: async (data, maxBytes) => {
    const options = {
      chunkSize: chunkSize(data.length * USUAL_EXPANSION),
      maxOutputLength: Math.max(1, maxBytes),
    }
    try {
      return await decompress(data, options)
    } catch (error) {
      throw (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE" ? blockTooLarge(maxBytes) : error
    }
  },
}

/**
 * What zlib makes in one step: each goes through the event loop. A block in one, where it is not large: inflating
 * 64 KiB takes half the time that it takes in Node's own steps of 16 KiB.
 */
function chunkSize(expectedBytes: number): number {
  return Math.min(Math.max(expectedBytes + 1024, 16 * 1024), 1024 * 1024)
}
