// xz. Read by a library in WebAssembly, whose output can be stopped; written by one in compiled Rust, which has to be
// installed for it.

import type { ContainerCodec } from "../codec.ts"
import { loadLibrary, once } from "./optional.ts"
import { Output } from "./output.ts"

type Compress = (block: Uint8Array) => Promise<Uint8Array>

export async function loadXz(): Promise<ContainerCodec> {
  const { default: library } = await loadLibrary("xz", "xz-decompress", () => import("xz-decompress"))
  const compress = once(loadCompress)
  return {
    compress: async (block) => (await compress())(block),
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

/** Version 1.4.5, the last that runs on Node 20, makes valid blocks that are as large as what is in them. */
async function loadCompress(): Promise<Compress> {
  const { compress } = await loadLibrary("xz", "@napi-rs/lzma", () => import("@napi-rs/lzma/xz"))
  return (block) => compress(block)
}
