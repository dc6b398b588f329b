// RFC 8878. Node has it from 22.15 and 23.8 on; before that a library in WebAssembly serves.

import { promisify } from "node:util"
import * as zlib from "node:zlib"
import type { ContainerCodec } from "../codec.ts"
import { blockTooLarge } from "../limits.ts"
import { type DecompressOptions, eitherWay } from "./of-node.ts"
import { loadLibrary } from "./optional.ts"

type Callback = (error: Error | null, result: Uint8Array) => void

/** What the types of Node 20 do not have. */
interface ZstdOfNode {
  readonly zstdCompress?: (data: Uint8Array, callback: Callback) => void
  readonly zstdDecompress?: (data: Uint8Array, options: DecompressOptions, callback: Callback) => void
  readonly zstdDecompressSync?: (data: Uint8Array, options: DecompressOptions) => Uint8Array
}

const MIN_STEP_BYTES = 128 * 1024

export async function loadZstandard(): Promise<ContainerCodec> {
  const { zstdCompress, zstdDecompress, zstdDecompressSync } = zlib as ZstdOfNode
  return zstdCompress === undefined || zstdDecompress === undefined || zstdDecompressSync === undefined
    ? inWebAssembly()
    : ofNode(promisify(zstdCompress), eitherWay(zstdDecompressSync, promisify(zstdDecompress)))
}

function ofNode(
  compress: (data: Uint8Array) => Promise<Uint8Array>,
  decompress: ReturnType<typeof eitherWay>,
): ContainerCodec {
  return {
    compress,
    decompress: async (data, maxBytes) => {
      const announced = announcedSize(data, maxBytes) ?? 0
      const chunkSize = Math.max(announced, MIN_STEP_BYTES) // in one step where its size is known
      const block = await decompress(data, { chunkSize, maxOutputLength: maxBytes })
      if (block === undefined) throw blockTooLarge(maxBytes)
      // Node takes a frame that ends early for a whole one.
      if (block.length < announced) throw new Error(`${announced} bytes announced, and ${block.length} there`)
      return block
    },
  }
}

const NO_DICTIONARY = new Uint8Array(0)
/** Zstandard's own, as Java's and Python's. */
const LEVEL = 3
const FIRST_GUESS_BYTES = 2 ** 20
const GROWTH = 8
/** What WebAssembly can be asked for without fear. */
const MAX_OUTPUT_BYTES = 2 ** 30
const OUTPUT_TOO_SMALL = -70
/** Four bytes stand for 128 KiB at most, one byte repeated. */
const MAX_EXPANSION = 2 ** 15

async function inWebAssembly(): Promise<ContainerCodec> {
  const name = "@bokuweb/zstd-wasm"
  const { compressUsingDict, createCCtx, decompress, init } = await loadLibrary(
    "zstandard",
    name,
    () => import("@bokuweb/zstd-wasm"),
  )
  await init()
  const context = createCCtx() // made once: a million small records take a sixth less time than with one a block
  return {
    compress: (block) => compressUsingDict(context, block, NO_DICTIONARY, LEVEL),
    decompress: (data, maxBytes) => {
      const most = Math.min(maxBytes, MAX_OUTPUT_BYTES)
      // The library allocates what a frame announces.
      if (announcedSize(data, most) !== undefined) return decompress(data)
      for (let guess = Math.min(FIRST_GUESS_BYTES, most); ; guess = Math.min(guess * GROWTH, most)) {
        try {
          return decompress(data, { defaultHeapSize: guess })
        } catch (error) {
          if (!(error as Error).message.endsWith(` ${OUTPUT_TOO_SMALL}`)) throw error
          if (guess === most) throw blockTooLarge(most)
        }
      }
    },
  }
}

const MAGIC = 0xfd2fb528
const BYTES_OF_DICTIONARY = [0, 1, 2, 4] as const
const BYTES_OF_SIZE = [0, 2, 4, 8] as const

/**
 * How large a frame says that it is; `undefined` where it does not, as those of Java do not. Throws where that is
 * too much, or more than its bytes can hold.
 */
function announcedSize(data: Uint8Array, maxBytes: number): number | undefined {
  const size = sizeInHeader(data)
  if (size !== undefined && size > maxBytes) throw blockTooLarge(maxBytes)
  if (size !== undefined && size > data.length * MAX_EXPANSION) {
    throw new Error(`${size} bytes announced, in ${data.length}`)
  }
  return size
}

function sizeInHeader(data: Uint8Array): number | undefined {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  if (data.length < 5 || view.getUint32(0, true) !== MAGIC) throw new Error("it is no Zstandard frame")
  const descriptor = view.getUint8(4)
  const isSingleSegment = (descriptor & 0x20) !== 0
  const dictionaryBytes = BYTES_OF_DICTIONARY[(descriptor & 3) as 0 | 1 | 2 | 3]
  const at = 5 + (isSingleSegment ? 0 : 1) + dictionaryBytes
  const bytes = BYTES_OF_SIZE[(descriptor >> 6) as 0 | 1 | 2 | 3]
  if (bytes === 0) return isSingleSegment ? view.getUint8(at) : undefined
  if (bytes === 2) return view.getUint16(at, true) + 256
  return bytes === 4 ? view.getUint32(at, true) : Number(view.getBigUint64(at, true))
}
