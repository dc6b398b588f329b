// How blocks are compressed: the codecs by name, and what a codec is.
//
// The libraries are loaded when a file first needs them. Those that read are optional dependencies, which npm
// installs unless told not to: whoever has a file can read it, and what is not used costs 1.5 MB of disk. What
// writes bzip2 and xz, which few want, is left to whoever wants it.

import { AvroError, quote } from "../errors.ts"
import { loadBzip2 } from "./codecs/bzip2.ts"
import { deflate } from "./codecs/deflate.ts"
import { once } from "./codecs/optional.ts"
import { loadSnappy } from "./codecs/snappy.ts"
import { loadXz } from "./codecs/xz.ts"
import { loadZstandard } from "./codecs/zstandard.ts"

/** A way to compress blocks. Whatever it throws becomes an error of the block. */
export interface ContainerCodec {
  readonly compress: (block: Uint8Array) => Uint8Array | Promise<Uint8Array>
  /**
   * Must not make more than `maxBytes`, whatever the input announces: a few bytes can stand for gigabytes. What
   * is longer is refused.
   */
  readonly decompress: (data: Uint8Array, maxBytes: number) => Uint8Array | Promise<Uint8Array>
}

/** Codecs of the caller's, by the name that stands in the file. They come before our own. */
export type ContainerCodecs = Readonly<Record<string, ContainerCodec>>

/** The codecs of the specification. */
export type ContainerCodecName = "null" | "deflate" | "snappy" | "zstandard" | "bzip2" | "xz"

const MAX_TIMER_MILLIS = 2 ** 31 - 1

const nullCodec: ContainerCodec = { compress: (block) => block, decompress: (data) => data }

const known: ReadonlyMap<string, () => Promise<ContainerCodec>> = new Map([
  ["null", async () => nullCodec],
  ["deflate", async () => deflate],
  ["snappy", once(loadSnappy)],
  ["zstandard", once(loadZstandard)],
  ["bzip2", once(loadBzip2)],
  ["xz", once(loadXz)],
])

/** The codec of a name. Throws `ERR_AVRO_CODEC` for one that is not known, or whose library is not installed. */
export async function loadCodec(name: string, given: ContainerCodecs = {}): Promise<ContainerCodec> {
  if (Object.hasOwn(given, name)) return given[name] as ContainerCodec
  const load = known.get(name)
  if (load !== undefined) return whileAwake(load())
  throw new AvroError(
    "ERR_AVRO_CODEC",
    `The codec ${quote(name)} of a container file is not known; known are ${[...known.keys()].join(", ")}, ` +
      "and what is passed in { codecs }",
  )
}

// V8 compiles WebAssembly in threads of its own, which do not keep the event loop alive. A program that has nothing else
// to wait for then waits in a place where it collects no garbage, on Node 20: if another of these threads, which
// compiles JavaScript, needs that just then, both wait for ever.
async function whileAwake<T>(work: Promise<T>): Promise<T> {
  const timer = setInterval(() => {}, MAX_TIMER_MILLIS)
  try {
    return await work
  } finally {
    clearInterval(timer)
  }
}
