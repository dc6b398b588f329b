// How far a kind's batches are acknowledged: which segment, by its number and its id, and how many of its batches. Where
// files are moved by hand, a number may come again; an id does not.
//
//   position = segment:uint64be batches:uint64be id:byte[12] crc32(all before):uint32be
//
// It is written over, in one write. Where a machine that lost its power left none that is whole, the segment is sent
// from its first batch again, under the same ids.

import { type FileHandle, open } from "node:fs/promises"
import { crc32 } from "node:zlib"

/** What of a segment is acknowledged. */
export interface Position {
  readonly segment: number
  /** What its head has: 24 hexadecimal digits. */
  readonly id: string
  readonly batches: number
}

/** A position that outlives the process. */
export interface PositionFile {
  readonly found: Position | undefined
  write(position: Position): Promise<void>
  close(): Promise<void>
}

const SIZE = 32
const CRC_AT = 28

/** Opens the file of a position, which need not exist. */
export async function openPosition(path: string): Promise<PositionFile> {
  const file = await open(path, "a+")
    .then((created) => created.close())
    .then(() => open(path, "r+"))
  const found = await read(file).catch(async (error: unknown) => {
    await file.close()
    throw error
  })
  return {
    found,
    async write({ segment, id, batches }) {
      const bytes = Buffer.alloc(SIZE)
      bytes.writeBigUInt64BE(BigInt(segment), 0)
      bytes.writeBigUInt64BE(BigInt(batches), 8)
      bytes.write(id, 16, "hex")
      bytes.writeUInt32BE(crc32(bytes.subarray(0, CRC_AT)), CRC_AT)
      await file.write(bytes, 0, SIZE, 0)
    },
    close: () => file.close(),
  }
}

async function read(file: FileHandle): Promise<Position | undefined> {
  const bytes = Buffer.alloc(SIZE)
  const { bytesRead } = await file.read(bytes, 0, SIZE, 0)
  if (bytesRead < SIZE || bytes.readUInt32BE(CRC_AT) !== crc32(bytes.subarray(0, CRC_AT))) return undefined
  return {
    segment: Number(bytes.readBigUInt64BE(0)),
    id: bytes.toString("hex", 16, CRC_AT),
    batches: Number(bytes.readBigUInt64BE(8)),
  }
}
