// Damaged or torn file → a new one of the blocks that are whole.

import { open } from "node:fs/promises"
import { AvroError } from "../errors.ts"
import type { SchemaOptions } from "../schema/schema.ts"
import { type BlockPlace, parseHead, type StoredBlock } from "./block.ts"
import { type BlocksWithin, findBlock, headerOf, readAt } from "./block-index.ts"
import { BlockSearch } from "./block-search.ts"
import { BlockDecoder } from "./block-values.ts"
import { type ContainerCodecs, loadCodec } from "./codec.ts"
import type { Destination } from "./destination.ts"
import { type ContainerLimits, splitLimits } from "./limits.ts"
import { writeWhole } from "./whole-file.ts"

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
 * test. Behind a damage it goes on with the block that the next marker ends, where the heads before lead to that, or
 * else behind this marker. Blocks within one that cannot be decoded are found until four times the bytes of the file
 * were read in vain. `to` must not be there; it stays empty until all of it is written.
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
  const file = await open(from)
  try {
    const { size: end } = await file.stat()
    const within = { file, end, sync: header.sync, maxBlockBytes: limits.maxBlockBytes }
    const search = new BlockSearch(from, within)
    try {
      return await writeWhole(to, async (destination) => {
        await destination.write([await readAt(file, 0, header.bytes)])
        return copyBlocks(within, header.bytes, search, decoder, destination)
      })
    } finally {
      await search.close()
    }
  } finally {
    await file.close()
  }
}

async function copyBlocks(
  within: BlocksWithin,
  start: number,
  search: BlockSearch,
  decoder: BlockDecoder,
  destination: Destination,
): Promise<ContainerRepair> {
  const lost: LostPart[] = []
  let blocks = 0
  let values = 0
  let wasteLeft = MAX_WASTE * within.end
  for (let offset = start; offset < within.end; ) {
    const place = { number: blocks + lost.length, offset }
    let framed: StoredBlock | undefined
    try {
      const stored = await framedBlock(within, place)
      framed = stored.block
      await checkValues(framed, decoder)
      await destination.write([stored.bytes])
      blocks++
      values += framed.count
      offset += framed.bytes
    } catch (error) {
      if (!(error instanceof AvroError)) throw error
      wasteLeft -= framed?.bytes ?? 0
      const next = framed !== undefined && wasteLeft < 0 ? offset + framed.bytes : await search.behind(offset)
      const last = lost.at(-1)
      if (last?.end === offset) lost[lost.length - 1] = { ...last, end: next }
      else lost.push({ start: offset, end: next, error })
      offset = next
    }
  }
  return { blocks, values, lost }
}

/**
 * Blocks may seem to hold others: each that is read in vain is looked into for those, until so many times the bytes
 * of the file are. Then reading goes on behind it, or a hostile file could have its end read once for every marker.
 */
const MAX_WASTE = 4

interface FramedBlock {
  readonly block: StoredBlock
  /** All of it, as it is in the file. */
  readonly bytes: Uint8Array
}

/** A block that has a head and a marker. */
async function framedBlock(within: BlocksWithin, place: BlockPlace): Promise<FramedBlock> {
  const found = await findBlock(within, place)
  const bytes = await readAt(within.file, place.offset, found.bytes)
  const head = parseHead(bytes, place, within.maxBlockBytes)
  const data = bytes.subarray(head.bytes, head.bytes + head.size)
  return { block: { ...place, ...found, data }, bytes }
}

/** Throws where not every value can be read. */
async function checkValues(block: StoredBlock, decoder: BlockDecoder): Promise<void> {
  const values = decoder.open(block, await decoder.decompress(block))
  while (values.left > 0) values.next()
  values.end()
}
