// @ts-check
// avsc's container files. It has no zstandard: it gets the library that ours uses on Node 20.

import { once } from "node:events"
import { createWriteStream } from "node:fs"
import { finished } from "node:stream/promises"
import { deflateRaw, inflateRaw } from "node:zlib"
import { compress, decompress, init } from "@bokuweb/zstd-wasm"
import avsc from "avsc"
import { records, schema } from "./workload.js"

/** @typedef {(data: Buffer, done: (error: Error | null, result: Buffer) => void) => void} Hook */

/** @param {(data: Buffer) => Uint8Array} convert @returns {Hook} */
const hook = (convert) => (data, done) => setImmediate(() => done(null, Buffer.from(convert(data))))

/** @type {Record<string, Hook>} */
const encoders = {
  null: hook((data) => data),
  deflate: deflateRaw,
  zstandard: hook((data) => compress(data)),
}
/** @type {Record<string, Hook>} */
const decoders = {
  null: hook((data) => data),
  deflate: inflateRaw,
  zstandard: hook((data) => decompress(data)),
}

await init()

/** @param {import("./worker.js").Task} task */
export async function write({ file, codec, count }) {
  const type = avsc.Type.forSchema(/** @type {any} */ (schema))
  const encoder = new avsc.streams.BlockEncoder(type, /** @type {any} */ ({ codec, codecs: encoders }))
  const target = encoder.pipe(createWriteStream(file))
  for (const record of records(count)) if (!encoder.write(record)) await once(encoder, "drain")
  encoder.end()
  await finished(target)
  return { count, sum: 0 }
}

/** @param {import("./worker.js").Task} task */
export async function read({ file }) {
  let [count, sum] = [0, 0]
  const decoder = avsc.createFileDecoder(file, /** @type {any} */ ({ codecs: decoders }))
  decoder.on("data", ({ id }) => {
    count++
    sum += id
  })
  await finished(decoder)
  return { count, sum }
}
