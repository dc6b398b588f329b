// The files of one kind of event in one recorder: at most one is open, and what waits is written together.

import { join } from "node:path"
import type { EventBatch } from "../sink.ts"
import { EventFile, type FileFormat } from "./event-file.ts"
import { makeFolder } from "./make-folder.ts"

/** When files end and when they are written. */
export interface FilePolicy extends FileFormat {
  readonly directory: string
  readonly maxFileBytes: number
  /** How long batches may wait for others, and how many bytes of them. */
  readonly gatherMillis: number
  readonly gatherBytes: number
  /** Called after a file was begun. */
  readonly begun: () => void
  /** Called after a file was ended: nothing is written to it any more. */
  readonly ended: (path: string) => void
}

interface Waiting {
  readonly batch: EventBatch
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** What is written at once at most: what fails, fails together. */
const MAX_GROUP_BYTES = 4 * 1024 * 1024

/** Stores the batches of one kind: in a file, and in another once that is over. */
export class KindFiles {
  readonly #policy: FilePolicy
  readonly #folder: string
  #file: EventFile | undefined
  #ageTimer: NodeJS.Timeout | undefined
  #waiting: Waiting[] = []
  #waitingBytes = 0
  #gatherTimer: NodeJS.Timeout | undefined
  #writing: Promise<void> | undefined

  constructor(name: string, policy: FilePolicy) {
    this.#policy = policy
    this.#folder = join(policy.directory, name)
  }

  /** Resolves once the batch is stored. */
  write(batch: EventBatch): Promise<void> {
    const { gatherMillis, gatherBytes } = this.#policy
    const stored = new Promise<void>((resolve, reject) => this.#waiting.push({ batch, resolve, reject }))
    this.#waitingBytes += batch.bytes.length
    if (this.#waitingBytes >= gatherBytes) void this.flush()
    else this.#gatherTimer ??= setTimeout(() => void this.flush(), gatherMillis)
    return stored
  }

  /** Writes what waits. Never rejects: those who wait are told. */
  flush(): Promise<void> {
    clearTimeout(this.#gatherTimer)
    this.#gatherTimer = undefined
    if (this.#waiting.length === 0 && this.#writing === undefined) return Promise.resolve()
    return (this.#writing ??= this.#writeAll())
  }

  /** Ends the open file. */
  async close(): Promise<void> {
    await this.flush()
    await this.#end()
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#takeGroup()
      try {
        await this.#store(group.map(({ batch }) => batch))
        for (const { resolve } of group) resolve()
      } catch (error) {
        // What was given later would come before these, when they are tried again.
        for (const { reject } of [...group, ...this.#waiting.splice(0)]) reject(error)
        this.#waitingBytes = 0
      }
    }
    this.#writing = undefined // here, where nothing can come between it and the last look at what waits
  }

  /** The first of those who wait; of one order in time, so that they fit into one file. */
  #takeGroup(): Waiting[] {
    let bytes = 0
    let last = 0n
    let count = 0
    for (const { batch } of this.#waiting) {
      if (count > 0 && (bytes + batch.bytes.length > MAX_GROUP_BYTES || batch.firstAt < last)) break
      bytes += batch.bytes.length
      last = batch.lastAt
      count++
    }
    this.#waitingBytes -= bytes
    return this.#waiting.splice(0, count)
  }

  async #store(batches: readonly EventBatch[]): Promise<void> {
    const [first] = batches as [EventBatch]
    if (this.#file !== undefined && (await this.#isOver(this.#file, first))) await this.#end()
    this.#file ??= await this.#begin(first)
    try {
      await this.#file.append(batches)
    } catch (error) {
      if (this.#file.isAbandoned || this.#file.size === 0) await this.#end().catch(ignore)
      throw error
    }
  }

  /** Whether a batch has to go to another file: it is large or old enough, removed, or the clock was set back. */
  async #isOver(file: EventFile, batch: EventBatch): Promise<boolean> {
    const { maxFileBytes, maxFileAgeMillis } = this.#policy
    const age = Date.now() - file.startMillis
    if (file.size >= maxFileBytes || age >= maxFileAgeMillis || !file.isBefore(batch)) return true
    return file.isRemoved()
  }

  async #begin(batch: EventBatch): Promise<EventFile> {
    const { isSynced, maxFileAgeMillis, begun } = this.#policy
    await makeFolder(this.#folder, isSynced)
    const file = await EventFile.create(this.#folder, batch, this.#policy)
    this.#ageTimer = setTimeout(() => void this.#endIfIdle(file), maxFileAgeMillis).unref()
    begun()
    return file
  }

  /** Ends a file that nothing was written to for so long that nobody ended it. */
  async #endIfIdle(file: EventFile): Promise<void> {
    await this.#writing
    if (this.#file === file && this.#writing === undefined) await this.#end().catch(ignore)
  }

  async #end(): Promise<void> {
    const file = this.#file
    if (file === undefined) return
    clearTimeout(this.#ageTimer)
    this.#file = undefined
    await file.close()
    this.#policy.ended(file.path)
  }
}

const ignore = (): void => {}
