// RFC 1951, without a header or a checksum, as the specification says.

import { promisify } from "node:util"
import { deflateRaw, inflateRaw } from "node:zlib"
import type { ContainerCodec } from "../codec.ts"
import { blockTooLarge } from "../limits.ts"

const compress = promisify(deflateRaw)
const decompress = promisify<Uint8Array, { maxOutputLength: number }, Buffer>(inflateRaw)

export const deflate: ContainerCodec = {
  compress: (block) => compress(block),
  decompress: async (data, maxBytes) => {
    try {
      return await decompress(data, { maxOutputLength: Math.max(1, maxBytes) })
    } catch (error) {
      throw (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE" ? blockTooLarge(maxBytes) : error
    }
  },
}
