// How blocks are compressed: the codecs by name, and what a codec is. Each is loaded when a file first needs it.

import { AvroError, quote } from "../errors.ts"

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

/** The codecs of the specification that are here. */
export type ContainerCodecName = "null" | "deflate"

const known: ReadonlyMap<string, () => Promise<ContainerCodec>> = new Map([
  ["null", async () => nullCodec],
  ["deflate", async () => (await import("./codecs/deflate.ts")).deflate],
])

const nullCodec: ContainerCodec = { compress: (block) => block, decompress: (data) => data }

/** The codec of a name. Throws `ERR_AVRO_CODEC` for one that is not known, or whose library is not installed. */
export async function loadCodec(name: string, given: ContainerCodecs = {}): Promise<ContainerCodec> {
  if (Object.hasOwn(given, name)) return given[name] as ContainerCodec
  const load = known.get(name)
  if (load !== undefined) return load()
  throw new AvroError(
    "ERR_AVRO_CODEC",
    `The codec ${quote(name)} of a container file is not known; known are ${[...known.keys()].join(", ")}, ` +
      "and what is passed in { codecs }",
  )
}
