// The blocks of one event file, from a byte of it on. What is damaged is passed over to the next marker, once it was
// read a second time: a block may be written while it is read, and then the first time ends within it. A file that
// ends within a block is either still being written or its writer was killed: there is nothing to tell.

import { AvroError, type Schema } from "@avrolet/avro"
import { createReader } from "@avrolet/avro/binary"
import {
  type ContainerBlock,
  type ContainerHeader,
  readContainer,
  readContainerBlocks,
} from "@avrolet/avro/container"
import { EventsError } from "../errors.ts"
import type { StoredEvents } from "../source.ts"
import type { EventFileName } from "./list-files.ts"

/** A block of an event file. */
export interface FileBlock extends StoredEvents {
  readonly firstAt: bigint
  /** The byte of the file behind the block. */
  readonly end: number
  /** How many bytes of the file it takes. */
  readonly storedBytes: number
}

/** Told of what is damaged or foreign. */
export type Report = (error: EventsError) => void

/** Reads the blocks from byte `start` on, which is 0 or the end of a block. A file that is gone has none. */
export async function* readFileBlocks(
  { path, name }: EventFileName,
  writer: Schema,
  start: number,
  onDamage: Report,
): AsyncGenerator<FileBlock, undefined> {
  let from = start
  /** Where a fault was met: what is one the second time, too, is damage. */
  let readTwice: number | undefined
  for (;;) {
    try {
      for await (const block of blocksFrom(path, from)) {
        const stored = await fileBlock(block, name, writer, path)
        from = stored.end
        yield stored
      }
      return
    } catch (error) {
      if (isMissing(error)) return
      const { fault, offset } = faultOf(error, path)
      const next = await nextBlock(path, offset + 1)
      if (next === undefined && fault.code === "ERR_AVRO_TRUNCATED") return
      if (offset !== readTwice) {
        readTwice = offset // what was being written is whole by now, as something stands behind it
        continue
      }
      onDamage(damagedPart(path, offset, next, fault))
      if (next === undefined) return
      from = next
    }
  }
}

/** Where the first block begins that can be read, from byte `start` on; `undefined` where there is none. */
async function nextBlock(path: string, start: number): Promise<number | undefined> {
  for (let from = start; ; ) {
    try {
      for await (const block of blocksFrom(path, from)) {
        firstOf(await block.data(), block.offset)
        return block.offset
      }
      return undefined
    } catch (error) {
      if (isMissing(error)) return undefined
      const { offset } = faultOf(error, path)
      if (offset < from) return undefined // its header: it was emptied, or another file has its name now
      from = offset + 1 // from there it goes to the next marker
    }
  }
}

function faultOf(error: unknown, path: string): { fault: AvroError; offset: number } {
  if (!(error instanceof AvroError)) throw error
  // Not the bytes are at fault, but that their codec is not known here.
  if (error.offset === undefined)
    throw new AvroError(error.code, `${path}: ${error.message}`, { cause: error })
  return { fault: error, offset: error.offset }
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === "ENOENT"

const blocksFrom = (path: string, start: number): AsyncGenerator<ContainerBlock<unknown>> =>
  readContainerBlocks(undefined, { range: { start, end: Number.POSITIVE_INFINITY } })(path)

async function fileBlock(
  block: ContainerBlock<unknown>,
  name: string,
  writer: Schema,
  path: string,
): Promise<FileBlock> {
  const { count, offset } = block
  const bytes = await block.data()
  const place = `${path} at byte ${offset}`
  const firstAt = firstOf(bytes, offset)
  return { name, writer, count, bytes, firstAt, end: offset + block.bytes, storedBytes: block.bytes, place }
}

function firstOf(bytes: Uint8Array, offset: number): bigint {
  try {
    return createReader(bytes).readBigInt()
  } catch (cause) {
    throw new AvroError("ERR_AVRO_DATA", "no event in a block", { cause, offset })
  }
}

const damagedPart = (path: string, start: number, end: number | undefined, fault: AvroError): EventsError =>
  new EventsError(
    "ERR_EVENTS_DAMAGED",
    `Left out bytes ${start} to ${end ?? "the end"} of ${path}, which are damaged: ${fault.message}`,
    { cause: fault },
  )

/**
 * The header of a file; `undefined` for one that is gone, or just begun. One that cannot be read is told: as damaged
 * where its name is one that our writers give, as foreign where it is not.
 */
export async function readFileHeader(
  { path, startMillis }: EventFileName,
  onDamage: Report,
): Promise<ContainerHeader | undefined> {
  const reading = readContainer()(path)
  try {
    return await reading.header()
  } catch (error) {
    if (isMissing(error)) return undefined
    if (!(error instanceof AvroError)) throw error
    if (error.code === "ERR_AVRO_TRUNCATED") return undefined
    onDamage(
      startMillis === undefined
        ? new EventsError("ERR_EVENTS_FOREIGN", `Not a file of events: ${path}: ${error.message}`, {
            cause: error,
          })
        : new EventsError("ERR_EVENTS_DAMAGED", `Left out ${path}: ${error.message}`, { cause: error }),
    )
    return undefined
  } finally {
    await reading.return()
  }
}
