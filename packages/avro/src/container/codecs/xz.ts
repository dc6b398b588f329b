// xz. Read by a library in WebAssembly, whose output can be stopped. Not written: of the libraries that run on
// Node 20 without an install script, none compresses (@napi-rs/lzma 1.4.5 stores).

import { AvroError } from "../../errors.ts"
import type { ContainerCodec } from "../codec.ts"
import { blockTooLarge } from "../limits.ts"
import { loadLibrary } from "./optional.ts"

export async function loadXz(): Promise<ContainerCodec> {
  const { XzReadableStream } = await loadLibrary("xz", "xz-decompress", () => import("xz-decompress"))
  return {
    compress: cannotCompress,
    decompress: async (data, maxBytes) => {
      const reader = new XzReadableStream(streamOf(data)).getReader()
      const parts: Uint8Array[] = []
      let length = 0
      for (;;) {
        const { value, done } = await reader.read()
        if (done) return new Uint8Array(Buffer.concat(parts, length))
        length += value.length
        if (length > maxBytes) {
          await reader.cancel()
          throw blockTooLarge(maxBytes)
        }
        parts.push(value)
      }
    },
  }
}

function streamOf(data: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start: (controller) => {
      if (data.length > 0) controller.enqueue(data)
      controller.close()
    },
  })
}

function cannotCompress(): never {
  throw new AvroError(
    "ERR_AVRO_CODEC",
    'The codec "xz" can be read, but not written: write "zstandard", or pass a compressor in { codecs: { xz } }',
  )
}
