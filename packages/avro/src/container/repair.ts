// Damaged or torn file → a new one of the blocks that are whole.

import { type FileHandle, open } from "node:fs/promises"
import { AvroError } from "../errors.ts"
import type { SchemaOptions } from "../schema/schema.ts"
import { type BlockPlace, parseHead } from "./block.ts"
import { type BlocksWithin, findBlock, headerOf, type IndexedBlock, readAt } from "./block-index.ts"
import { BlockDecoder } from "./block-values.ts"
import { ByteSource } from "./byte-source.ts"
import { type ContainerCodecs, loadCodec } from "./codec.ts"
import { type Destination, fileDestination } from "./destination.ts"
import { type ContainerLimits, splitLimits } from "./limits.ts"
import { goToBlock } from "./stored-blocks.ts"

/** Options of `repairContainer`. */
export interface RepairContainerOptions {
  /** Codecs of your own, by the name that stands in the file. */
  readonly codecs?: ContainerCodecs
  readonly limits?: Partial<ContainerLimits>
  /** For the schema in the file, as for `parseSchema`. */
  readonly writerOptions?: SchemaOptions
}

/** What a repair kept and what it left out. */
export interface ContainerRepair {
  /** How many blocks were kept. */
  readonly blocks: number
  /** How many values they have. */
  readonly values: number
  readonly lost: readonly LostPart[]
}

/** A part of the damaged file that is not in the new one: from a byte of it, to the one before `end`. */
export interface LostPart {
  readonly start: number
  readonly end: number
  /** What was wrong where it begins. */
  readonly error: AvroError
}

/**
 * Copies the header and every block that is whole to a new file: with its marker, decompressed and decoded for a
 * test. Behind a damage it goes on where the next marker stands. `to` must not be there.
 *
 * Rejects for a file whose header cannot be read, as `readContainer` does; with `ERR_AVRO_CODEC`; and with
 * Node's errors.
 */
export async function repairContainer(
  from: string | URL,
  to: string | URL,
  options: RepairContainerOptions = {},
): Promise<ContainerRepair> {
  const limits = splitLimits(options.limits)
  const header = await headerOf(from, options)
  const codec = await loadCodec(header.codec, options.codecs)
  const { schema } = header
  const decoder = new BlockDecoder({ writer: schema, reader: schema, codec, limits, invalidUtf8: undefined })
  await using file = await opened(from, "r")
  await using target = await opened(to, "wx")
  const destination = fileDestination(target.handle, 0)
  await destination.write([await readAt(file.handle, 0, header.bytes)])
  const { size: end } = await file.handle.stat()
  const within = { file: file.handle, end, sync: header.sync, maxBlockBytes: limits.maxBlockBytes }
  return await copyBlocks(from, within, header.bytes, decoder, destination)
}

async function copyBlocks(
  path: string | URL,
  within: BlocksWithin,
  start: number,
  decoder: BlockDecoder,
  destination: Destination,
): Promise<ContainerRepair> {
  const lost: LostPart[] = []
  let blocks = 0
  let values = 0
  for (let offset = start; offset < within.end; ) {
    try {
      const block = await wholeBlock(within, { number: blocks + lost.length, offset }, decoder)
      await destination.write([await readAt(within.file, offset, block.bytes)])
      blocks++
      values += block.count
      offset += block.bytes
    } catch (error) {
      if (!(error instanceof AvroError)) throw error
      const next = await nextBlock(path, offset + 1, within)
      const last = lost.at(-1)
      if (last?.end === offset) lost[lost.length - 1] = { ...last, end: next }
      else lost.push({ start: offset, end: next, error })
      offset = next
    }
  }
  return { blocks, values, lost }
}

/** A block of which every value can be read. */
async function wholeBlock(
  within: BlocksWithin,
  place: BlockPlace,
  decoder: BlockDecoder,
): Promise<IndexedBlock> {
  const found = await findBlock(within, place)
  const stored = await readAt(within.file, place.offset, found.bytes)
  const head = parseHead(stored, place, within.maxBlockBytes)
  const data = stored.subarray(head.bytes, head.bytes + head.size)
  const block = { ...place, ...found, data }
  const values = decoder.open(block, await decoder.decompress(block))
  while (values.left > 0) values.next()
  values.end()
  return found
}

/** Where the next block may begin: behind the next marker, or at the end. */
async function nextBlock(path: string | URL, start: number, within: BlocksWithin): Promise<number> {
  const source = new ByteSource(path)
  try {
    await goToBlock(source, start, within.sync)
    return source.offset
  } finally {
    await source.close()
  }
}

interface OpenedFile extends AsyncDisposable {
  readonly handle: FileHandle
}

async function opened(path: string | URL, flags: string): Promise<OpenedFile> {
  const handle = await open(path, flags)
  return { handle, [Symbol.asyncDispose]: () => handle.close() }
}
