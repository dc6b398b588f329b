// The batches of one kind that wait: written at the end of the last segment, read and sent from the first.

import { readdir, rename, rm, stat } from "node:fs/promises"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { EventsError } from "../errors.ts"
import { makeFolder } from "../file/make-folder.ts"
import type { EventKind } from "../kind.ts"
import type { EventBatch } from "../sink.ts"
import { storeError } from "../store-error.ts"
import { KindSender, type KindSenderSettings } from "./kind-sender.ts"
import { openPosition, type PositionFile } from "./position.ts"
import type { Room } from "./room.ts"
import {
  createSegment,
  frameOfBatch,
  openSegment,
  type SegmentReader,
  type SegmentWriter,
} from "./segment.ts"
import { Signal } from "./signal.ts"

const SEGMENT_BYTES = 8 * 1024 * 1024
const READ_AGAIN_MILLIS = 1000

/** What the log of a kind is made with. */
export interface KindLogSettings extends Omit<KindSenderSettings, "position" | "changed" | "nextPath"> {
  /** A folder of its own. */
  readonly directory: string
  readonly room: Room
}

/** A file of the log. */
export interface Segment {
  readonly number: number
  readonly path: string
  /** What of it can be read. */
  end: number
  /** Whether nothing will be written to it any more. */
  complete: boolean
  /** What of the room it takes. */
  taken: number
}

interface Writing {
  readonly segment: Segment
  readonly kind: EventKind
  readonly file: SegmentWriter
}

/** Opens the folder of a kind, and begins to send what is in it. Rejects with an `EventsError`. */
export async function openKindLog(settings: KindLogSettings): Promise<KindLog> {
  const { directory, room, fsync } = settings
  let position: PositionFile | undefined
  try {
    await makeFolder(directory, fsync)
    const { spooled, last } = await numbersIn(directory)
    position = await openPosition(join(directory, "position"))
    const { found } = position
    const segments = await segmentsIn(directory, spooled, found?.segment)
    for (const { taken } of segments) room.occupy(taken)
    return new KindLog(settings, segments, position, Math.max(last, found?.segment ?? 0) + 1)
  } catch (error) {
    await position?.close()
    throw storeError(directory, error)
  }
}

/**
 * Those that wait: the one that the position is about, so that it is known to its end, and then the others. One before
 * it waits, too: it was refused and then renamed, or could not be removed.
 */
async function segmentsIn(
  directory: string,
  numbers: readonly number[],
  begun: number | undefined,
): Promise<Segment[]> {
  const segments: Segment[] = []
  for (const number of numbers.toSorted((a, b) => Number(b === begun) - Number(a === begun) || a - b)) {
    const path = pathOf(directory, number, "spool")
    const { size } = await stat(path)
    segments.push({ number, path, end: size, complete: true, taken: size })
  }
  return segments
}

/** Batches of one kind on their way through the disk. */
export class KindLog {
  readonly #settings: KindLogSettings
  readonly #segments: Segment[]
  readonly #position: PositionFile
  readonly #sender: KindSender
  readonly #changed = new Signal()
  readonly #draining: Promise<void>
  #nextNumber: number
  #writing: Writing | undefined
  #lastWrite: Promise<unknown> = Promise.resolve()
  #failedWrites = 0
  #closing = false
  #ended = false

  constructor(settings: KindLogSettings, segments: Segment[], position: PositionFile, nextNumber: number) {
    this.#settings = settings
    this.#segments = segments
    this.#position = position
    this.#nextNumber = nextNumber
    const nextPath = (ending: string): string => pathOf(settings.directory, this.#nextNumber++, ending)
    this.#sender = new KindSender({ ...settings, position, changed: this.#changed, nextPath })
    this.#draining = this.#drain()
  }

  /** Resolves once the batch is stored here. */
  async append(batch: EventBatch): Promise<void> {
    const { room, directory } = this.#settings
    const frame = frameOfBatch(batch)
    const failedBefore = this.#failedWrites // before it waits for room
    await room.take(frame.length)
    const written = this.#lastWrite.then(async () => {
      // What follows a batch that could not be written would come before it, when that is tried again.
      if (this.#failedWrites !== failedBefore)
        throw new EventsError("ERR_EVENTS_FULL", "A batch before this one could not be written")
      const { file, segment } = await this.#writerFor(batch.kind)
      await file.append(frame)
      segment.end += frame.length
      segment.taken += frame.length
    })
    this.#lastWrite = written.catch(() => undefined)
    try {
      await written
    } catch (error) {
      this.#failedWrites++
      room.free(frame.length)
      // What is sent makes room only as a whole file: on a full disk none may be kept open.
      void this.#endWriting()
      throw storeError(directory, error)
    }
    this.#changed.tell()
  }

  /** Ends once everything is sent, and after `waitMillis` at the latest: then the rest stays for another time. */
  async end(waitMillis: number): Promise<void> {
    this.#closing = true
    await this.#lastWrite
    this.#changed.tell()
    const timer = setTimeout(() => this.#stop(), waitMillis)
    await this.#draining
    clearTimeout(timer)
    this.#stop()
    await this.#endWriting()
  }

  /** Lets go of its files. After `end`, and after the sink: what that has under way it may take until it is closed. */
  async close(): Promise<void> {
    await this.#sender.close()
    await this.#position.close()
  }

  #stop(): void {
    this.#ended = true
    this.#sender.end()
    this.#changed.tell()
  }

  async #writerFor(kind: EventKind): Promise<Writing> {
    const { directory, fsync } = this.#settings
    if (this.#writing?.kind === kind && this.#writing.file.size < SEGMENT_BYTES) return this.#writing
    await this.#closeFile()
    const number = this.#nextNumber++
    const path = pathOf(directory, number, "spool")
    const file = await createSegment(path, kind, fsync)
    const segment: Segment = { number, path, end: file.size, complete: false, taken: 0 }
    this.#segments.push(segment)
    this.#writing = { file, segment, kind }
    return this.#writing
  }

  /** Resolves once the segment that is written to by now is complete. */
  #endWriting(): Promise<unknown> {
    this.#lastWrite = this.#lastWrite.then(() => this.#closeFile())
    return this.#lastWrite
  }

  /** Only in turn, as one of the writes. */
  async #closeFile(): Promise<void> {
    if (this.#writing === undefined) return
    const { segment, file } = this.#writing
    this.#writing = undefined
    await file.close().catch(() => undefined) // what of it was lost is found when it is read
    segment.complete = true
    this.#changed.tell()
  }

  async #drain(): Promise<void> {
    while (!this.#ended) {
      const seen = this.#changed.count
      const segment = this.#segments[0]
      if (segment === undefined) {
        if (this.#closing) {
          await this.#lastWrite // which may begin one
          if (this.#segments.length === 0) return
        } else await this.#changed.after(seen)
        continue
      }
      const damage = await this.#drainSegment(segment)
      await this.#sender.drained()
      if (!this.#ended) await this.#finish(segment, damage)
    }
  }

  /** Resolves once everything in it is handed on, to what prevented that. */
  async #drainSegment(segment: Segment): Promise<EventsError | undefined> {
    const progress = { handed: 0 }
    while (!this.#ended) {
      try {
        await this.#handOn(segment, progress)
        return undefined
      } catch (error) {
        if (error instanceof EventsError) return error
        await sleep(READ_AGAIN_MILLIS) // such as too many open files
      }
    }
    return undefined
  }

  async #handOn(segment: Segment, progress: { handed: number }): Promise<void> {
    const reader = await openSegment(segment.path, this.#writing?.kind)
    const { found } = this.#position
    if (found?.id === reader.id) progress.handed = Math.max(progress.handed, found.batches)
    try {
      for (let batches = 1; !this.#ended; batches++) {
        const next = await this.#next(reader, segment)
        if (next === undefined) return
        if (batches <= progress.handed) continue
        const position = { segment: segment.number, id: reader.id, batches }
        await this.#sender.send({ ...next, segment, position })
        progress.handed = batches
      }
    } finally {
      await reader.close()
    }
  }

  /** Waits for what is yet to be written, as long as the segment is written to. */
  async #next(reader: SegmentReader, segment: Segment): ReturnType<SegmentReader["next"]> {
    for (;;) {
      const seen = this.#changed.count
      const { complete, end } = segment
      const next = await reader.next(end)
      if (next !== undefined || complete || this.#ended) return next
      if (this.#closing) await this.#endWriting()
      else await this.#changed.after(seen)
    }
  }

  async #finish(segment: Segment, damage: EventsError | undefined): Promise<void> {
    const { directory, room, onSetAside } = this.#settings
    if (this.#writing?.segment === segment) await this.#endWriting()
    this.#segments.shift()
    room.free(segment.taken)
    const path = pathOf(directory, segment.number, "damaged")
    // Where that fails, all that is lost is a file that will be sent again, under the same ids.
    await (damage === undefined ? rm(segment.path) : rename(segment.path, path)).catch(() => undefined)
    if (damage !== undefined) onSetAside({ path, error: damage })
  }
}

async function numbersIn(directory: string): Promise<{ spooled: number[]; last: number }> {
  const files = (await readdir(directory)).map((name) => /^(\d+)\.(spool|rejected|damaged)$/.exec(name))
  const numbers = files.flatMap((match) => (match === null ? [] : [Number(match[1])]))
  const spooled = files.flatMap((match) => (match?.[2] === "spool" ? [Number(match[1])] : []))
  return { spooled, last: Math.max(0, ...numbers) }
}

const pathOf = (directory: string, number: number, ending: string): string =>
  join(directory, `${String(number).padStart(12, "0")}.${ending}`)
