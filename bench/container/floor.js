// @ts-check
// What nothing can be faster than, the way we do it: the codec alone, and the library that compresses alone, on blocks
// that lie in memory, without files, streams or promises.

import { deflateRawSync, inflateRawSync } from "node:zlib"
import { decodeFrom, encodeInto, schema as parse } from "@avrolet/avro"
import { createReader, createWriter } from "@avrolet/avro/binary"
import { init, compress as zstdCompress, decompress as zstdDecompress } from "@bokuweb/zstd-wasm"
import { records, schema } from "./workload.js"

const BLOCK_BYTES = 64 * 1024
/** Room for a block in one step: zlib's own are of 16 KiB. */
const IN_ONE_STEP = { chunkSize: 2 * BLOCK_BYTES }

/** @typedef {{ count: number, data: Uint8Array }} Block */

/** @type {Record<string, { compress: (data: Uint8Array) => Uint8Array, decompress: (data: Uint8Array) => Uint8Array }>} */
const libraries = {
  deflate: {
    compress: (data) => deflateRawSync(data, IN_ONE_STEP),
    decompress: (data) => inflateRawSync(data, IN_ONE_STEP),
  },
  zstandard: { compress: (data) => zstdCompress(data), decompress: (data) => zstdDecompress(data) },
}
const Served = parse(schema)
await init()

/**
 * The blocks that an action begins with. They are encoded by another declaration of the same schema, so that none
 * of the action's code is warm.
 * @param {import("./worker.js").Task} task
 * @returns {Block[]}
 */
export function prepare({ action, codec, count }) {
  if (action === "encode") return []
  const library = libraries[codec]
  const blocks = [...blocksOf(parse(schema), count)]
  if (action !== "decompress" || library === undefined) return blocks
  return blocks.map((block) => ({ ...block, data: library.compress(block.data) }))
}

/** @param {import("./worker.js").Task} task */
export function encode({ count }) {
  let sum = 0
  for (const { data } of blocksOf(Served, count)) sum += data.length
  return { count, sum }
}

/** @param {import("./worker.js").Task} _task @param {Block[]} blocks */
export function decode(_task, blocks) {
  let [count, sum] = [0, 0]
  for (const block of blocks) {
    const reader = createReader(block.data)
    for (let left = block.count; left > 0; left--) sum += decodeFrom(Served, reader).id
    count += block.count
  }
  return { count, sum }
}

/** @param {import("./worker.js").Task} task @param {Block[]} blocks */
export function compress({ codec }, blocks) {
  return converted(blocks, libraries[codec]?.compress)
}

/** @param {import("./worker.js").Task} task @param {Block[]} blocks */
export function decompress({ codec }, blocks) {
  return converted(blocks, libraries[codec]?.decompress)
}

/** @param {Block[]} blocks @param {((data: Uint8Array) => Uint8Array) | undefined} convert */
function converted(blocks, convert) {
  if (convert === undefined) throw new Error("Null compresses nothing")
  let [count, sum] = [0, 0]
  for (const block of blocks) {
    count += block.count
    sum += convert(block.data).length
  }
  return { count, sum }
}

/** @param {typeof Served} type @param {number} count @returns {Generator<Block>} */
function* blocksOf(type, count) {
  const writer = createWriter()
  let inBlock = 0
  for (const record of records(count)) {
    encodeInto(type, record, writer)
    inBlock++
    if (writer.length < BLOCK_BYTES) continue
    yield { count: inBlock, data: writer.finish() }
    writer.truncate(0)
    inBlock = 0
  }
  if (inBlock > 0) yield { count: inBlock, data: writer.finish() }
}
