// A file of the spool: batches of one schema, in the order they came.
//
//   segment = frame (the head: JSON of the format's version, the segment's id and its schema's text), frame*
//   frame   = length:uint32be crc32(payload):uint32be payload:byte[length]
//   payload = a batch, as the schema `storedBatch` below has it
//
// What a process that died left unfinished at the end has a wrong length or checksum, and was never acknowledged.

import { randomBytes } from "node:crypto"
import { type FileHandle, open, rm } from "node:fs/promises"
import { dirname } from "node:path"
import { crc32 } from "node:zlib"
import { declarationText, decode, encode, parseSchema, schema } from "@avrolet/avro"
import { EventsError } from "../errors.ts"
import { syncDirectory } from "../file/sync-directory.ts"
import { type EventKind, kindOf } from "../kind.ts"
import type { EventBatch } from "../sink.ts"

const FRAME_HEAD_SIZE = 8
const VERSION = 3

const storedBatch = schema(
  {
    type: "record",
    name: "StoredBatch",
    fields: [
      { name: "count", type: "int" },
      { name: "firstAt", type: "long" },
      { name: "lastAt", type: "long" },
      { name: "ends", type: { type: "array", items: "int" } },
      { name: "bytes", type: "bytes" },
      { name: "id", type: ["null", "string"] }, // where it has none, its place in the segment is its id
    ],
  },
  { long: "bigint" },
)

/** A segment that is written. */
export interface SegmentWriter {
  readonly path: string
  /** How many bytes are there. */
  readonly size: number
  /** Resolves once the frame of a batch is with the system, or on the disk where `fsync` says so. */
  append(frame: Buffer): Promise<void>
  close(): Promise<void>
}

/** A segment that is read, from its first batch on. */
export interface SegmentReader {
  /** No other segment has it. */
  readonly id: string
  readonly kind: EventKind
  /** The next batch that ends before `end`; `undefined` where there is none. Throws `ERR_EVENTS_DAMAGED` for damage. */
  next(end: number): Promise<{ readonly batch: EventBatch; readonly frameSize: number } | undefined>
  close(): Promise<void>
}

/** Begins a segment for a kind of events, in a folder that is there; its name too is on the disk where `fsync` says so. */
export async function createSegment(path: string, kind: EventKind, fsync: boolean): Promise<SegmentWriter> {
  const file = await open(path, "wx")
  const id = randomBytes(12).toString("hex")
  const head = Buffer.from(JSON.stringify({ version: VERSION, id, schema: schemaText(kind) }))
  let size = 0
  const append = async (frame: Buffer): Promise<void> => {
    try {
      for (let at = 0; at < frame.length; )
        at += (await file.write(frame, at, frame.length - at, size + at)).bytesWritten
      if (fsync) await file.datasync()
    } catch (error) {
      await file.truncate(size).catch(() => undefined) // what follows is written over it in any case
      throw error
    }
    size += frame.length
  }
  try {
    await append(frameOf(head))
    if (fsync) await syncDirectory(dirname(path))
  } catch (error) {
    await file.close()
    await rm(path, { force: true })
    throw error
  }
  return {
    path,
    get size() {
      return size
    },
    append,
    close: () => file.close(),
  }
}

/** A batch as it is in a segment, with an `id` if it has to keep the one that it had in another. */
export const frameOfBatch = ({ count, firstAt, lastAt, ends, bytes }: EventBatch, id?: string): Buffer =>
  frameOf(encode(storedBatch, { count, firstAt, lastAt, ends: [...ends], bytes, id: id ?? null }))

/** Opens a segment. Throws `ERR_EVENTS_DAMAGED` where it is gone, or has no head that can be read. */
export async function openSegment(path: string, known?: EventKind): Promise<SegmentReader> {
  const file = await open(path, "r").catch((error: NodeJS.ErrnoException) => {
    throw error.code === "ENOENT" ? gone(path) : error
  })
  try {
    const { size } = await file.stat()
    const head = await readFrame(file, path, 0, size)
    if (head === undefined) throw damaged(path, 0)
    const { id, kind } = parseHead(path, head, known)
    let position = FRAME_HEAD_SIZE + head.length
    let index = 0
    return {
      id,
      kind,
      async next(end) {
        if (position >= end) return undefined
        const payload = await readFrame(file, path, position, end)
        if (payload === undefined) throw damaged(path, position)
        const { ends, id: own, ...batch } = decode(storedBatch, payload) // it has its checksum: it is one of ours
        const frameSize = FRAME_HEAD_SIZE + payload.length
        position += frameSize
        const place = index++
        return {
          batch: { ...batch, kind, id: own ?? `${id}-${place}`, ends: Uint32Array.from(ends) },
          frameSize,
        }
      },
      close: () => file.close(),
    }
  } catch (error) {
    await file.close()
    throw error
  }
}

/** By this two kinds of one schema are known: the same is another kind once it was read from a file. */
export const schemaText = ({ event }: EventKind): string => declarationText(event.definition)

function frameOf(payload: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(FRAME_HEAD_SIZE + payload.length)
  frame.writeUInt32BE(payload.length, 0)
  frame.writeUInt32BE(crc32(payload), 4)
  frame.set(payload, FRAME_HEAD_SIZE)
  return frame
}

/** The payload of the frame at `position`; `undefined` where there is none that is whole. */
async function readFrame(
  file: FileHandle,
  path: string,
  position: number,
  end: number,
): Promise<Buffer | undefined> {
  const head = await readBytes(file, position, Math.min(FRAME_HEAD_SIZE, end - position))
  if (head.length < FRAME_HEAD_SIZE) return undefined
  const length = head.readUInt32BE(0)
  // Before anything of that length is allocated. No payload is empty, but a disk may have nothing but zeros.
  if (length === 0 || length > end - position - FRAME_HEAD_SIZE) return undefined
  const payload = await readBytes(file, position + FRAME_HEAD_SIZE, length)
  if (payload.length < length || crc32(payload) !== head.readUInt32BE(4)) throw damaged(path, position)
  return payload
}

async function readBytes(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length)
  let filled = 0
  while (filled < length) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, position + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return bytes.subarray(0, filled)
}

function parseHead(
  path: string,
  head: Buffer,
  known: EventKind | undefined,
): { id: string; kind: EventKind } {
  try {
    const { version, id, schema: text } = JSON.parse(head.toString())
    if (version !== VERSION || typeof id !== "string") throw new Error(`It is of version ${version}`)
    const isKnown = known !== undefined && schemaText(known) === text
    return { id, kind: isKnown ? known : kindOf(parseSchema(text)) }
  } catch (cause) {
    throw new EventsError("ERR_EVENTS_DAMAGED", `Cannot read ${path}: it has no head of a spool's file`, {
      cause,
    })
  }
}

const gone = (path: string): EventsError =>
  new EventsError("ERR_EVENTS_DAMAGED", `Cannot read ${path}: somebody removed it before it was sent`)

const damaged = (path: string, position: number): EventsError =>
  new EventsError(
    "ERR_EVENTS_DAMAGED",
    `Cannot read ${path} from byte ${position} on: it is damaged there, or ends early`,
  )
