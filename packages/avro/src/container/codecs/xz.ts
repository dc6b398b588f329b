// xz. Read by a library in WebAssembly, whose output can be stopped. Not written: of the libraries that run on
// Node 20 without an install script, none compresses (@napi-rs/lzma 1.4.5 stores).

import { AvroError } from "../../errors.ts"
import type { ContainerCodec } from "../codec.ts"
import { loadLibrary } from "./optional.ts"
import { Output } from "./output.ts"

export async function loadXz(): Promise<ContainerCodec> {
  const { default: library } = await loadLibrary("xz", "xz-decompress", () => import("xz-decompress"))
  return {
    compress: cannotCompress,
    decompress: async (data, maxBytes) => {
      const output = new Output(maxBytes)
      for await (const part of new library.XzReadableStream(streamOf(data))) output.write(part)
      return output.written()
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
