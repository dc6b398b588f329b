// The blocks of one event file, from a byte of it on. What is damaged is passed over to the next marker; a file that
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
  let damage: Damage | undefined
  for (;;) {
    try {
      for await (const block of blocksFrom(path, from)) {
        const stored = await fileBlock(block, name, writer, path)
        if (damage !== undefined) onDamage(damagedPart(path, damage, block.offset))
        damage = undefined
        from = stored.end
        yield stored
      }
      if (damage !== undefined && damage.error.code !== "ERR_AVRO_TRUNCATED") {
        onDamage(damagedPart(path, damage, undefined))
      }
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return
      if (!(error instanceof AvroError)) throw error
      // Not the bytes are at fault, but that their codec is not known here.
      if (error.offset === undefined)
        throw new AvroError(error.code, `${path}: ${error.message}`, { cause: error })
      damage ??= { start: error.offset, error }
      from = error.offset + 1 // from there it goes to the next marker
    }
  }
}

interface Damage {
  readonly start: number
  readonly error: AvroError
}

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

const damagedPart = (path: string, { start, error }: Damage, end: number | undefined): EventsError =>
  new EventsError(
    "ERR_EVENTS_DAMAGED",
    `Left out bytes ${start} to ${end ?? "the end"} of ${path}, which are damaged: ${error.message}`,
    { cause: error },
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
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined
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
