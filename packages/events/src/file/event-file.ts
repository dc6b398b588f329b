// One file that is being written. What it holds is whole blocks: what fails half-way is taken back, or if that fails
// too, nothing more is written behind it.

import { type FileHandle, open, unlink, utimes } from "node:fs/promises"
import { join } from "node:path"
import { type BlockFramer, type ContainerCodecName, createBlockFramer } from "@avrolet/avro/container"
import type { EventBatch } from "../sink.ts"
import { newFileName } from "./file-name.ts"
import { MAX_AGE_KEY } from "./max-age.ts"
import { syncDirectory } from "./sync-directory.ts"

/** How the files of one sink are written. */
export interface FileFormat {
  readonly codec: ContainerCodecName
  readonly isSynced: boolean
  readonly maxFileAgeMillis: number
}

const NANOS_A_MILLI = 1_000_000n

export class EventFile {
  readonly path: string
  readonly startMillis: number
  /** How many bytes of it are acknowledged. */
  size = 0
  /** Whether no more may be written: it could not be mended. */
  isAbandoned = false
  #lastAt = 0n
  readonly #handle: FileHandle
  readonly #framer: BlockFramer
  readonly #isSynced: boolean

  private constructor(
    path: string,
    startMillis: number,
    handle: FileHandle,
    framer: BlockFramer,
    isSynced: boolean,
  ) {
    this.path = path
    this.startMillis = startMillis
    this.#handle = handle
    this.#framer = framer
    this.#isSynced = isSynced
  }

  /** Creates a file for a batch and those after it, in a folder that is there. */
  static async create(folder: string, batch: EventBatch, format: FileFormat): Promise<EventFile> {
    const { codec, isSynced, maxFileAgeMillis } = format
    const metadata = { [MAX_AGE_KEY]: String(maxFileAgeMillis) }
    const framer = await createBlockFramer(batch.kind.stored, { codec, metadata })
    const startMillis = Number(batch.firstAt / NANOS_A_MILLI)
    const path = join(folder, newFileName(startMillis))
    const handle = await open(path, "wx")
    const file = new EventFile(path, startMillis, handle, framer, isSynced)
    try {
      if (isSynced) await syncDirectory(folder)
    } catch (error) {
      await file.close()
      throw error
    }
    return file
  }

  /** Whether nobody can find it any more: somebody has removed it, or the directory with it. */
  async isRemoved(): Promise<boolean> {
    return (await this.#handle.stat()).nlink === 0
  }

  /** Whether events of this time stand in order behind what it holds. */
  isBefore(batch: EventBatch): boolean {
    return batch.firstAt >= this.#lastAt
  }

  /** Stores batches as blocks, all or none. Rejects with Node's error. */
  async append(batches: readonly EventBatch[]): Promise<void> {
    const blocks = await Promise.all(batches.map(({ count, bytes }) => this.#framer.frame(count, bytes)))
    const bytes = Buffer.concat(this.size === 0 ? [this.#framer.header, ...blocks] : blocks)
    try {
      await this.#write(bytes)
    } catch (error) {
      await this.#takeBack()
      if ((error as NodeJS.ErrnoException).code === "EFBIG") this.isAbandoned = true // a smaller one may be written
      throw error
    }
    try {
      if (this.#isSynced) await this.#handle.datasync()
    } catch (error) {
      // Which of its pages are on disk nobody knows any more, and a second try would not tell.
      this.isAbandoned = true
      throw error
    }
    this.size += bytes.length
    for (const { lastAt } of batches) if (lastAt > this.#lastAt) this.#lastAt = lastAt
  }

  /** Closes it. A file of which nothing was acknowledged is removed. */
  async close(): Promise<void> {
    try {
      await this.#handle.close()
    } finally {
      if (this.size === 0) await unlink(this.path).catch(ignore)
      else await this.#keepModifiedTime().catch(ignore)
    }
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await this.#handle.write(bytes, done, bytes.length - done, this.size + done)
      done += bytesWritten
    }
  }

  async #takeBack(): Promise<void> {
    try {
      await this.#handle.truncate(this.size)
    } catch {
      this.isAbandoned = true
    }
  }

  /** Readers leave out files modified before what they want: a clock that was set back must not hide events. */
  async #keepModifiedTime(): Promise<void> {
    const last = Number(this.#lastAt / NANOS_A_MILLI) + 1
    if (last > Date.now()) await utimes(this.path, new Date(), new Date(last))
  }
}

const ignore = (): void => {}
