// Events → container files: a folder for each event, at most one open file for each kind.

import { type ContainerCodecName, createBlockFramer } from "@avrolet/avro/container"
import { checkIntegers, checkOneOf, checkTexts, MAX_TIMER_MILLIS } from "../check-options.ts"
import { checkReadable } from "../check-readable.ts"
import { EventsError } from "../errors.ts"
import type { EventKind } from "../kind.ts"
import { namesOf } from "../names.ts"
import type { EventBatch, EventSink } from "../sink.ts"
import { storeError } from "../store-error.ts"
import { warn } from "../warn.ts"
import { type FilePolicy, KindFiles } from "./kind-files.ts"
import { type Retention, removeOldFiles } from "./retention.ts"
import { storedSchemas } from "./stored-schemas.ts"

/**
 * What an acknowledgement is worth. With all three an acknowledged event survives the end of its process, `kill -9`
 * too.
 *
 * - `"buffered"`: written by the megabyte or by the second, and acknowledged then: fewer and larger writes
 * - `"flushed"`: every batch is handed to the operating system before it is acknowledged
 * - `"synced"`: every batch is on the disk before it is acknowledged, and so survives a power failure
 */
export type Durability = "buffered" | "flushed" | "synced"

/** Options of `fileSink`. */
export interface FileSinkOptions {
  /** Default `"flushed"`. */
  readonly durability?: Durability
  /** A file ends with the batch that brings it to so many bytes. Default 64 MiB. */
  readonly maxFileBytes?: number
  /** A file ends at the latest so long after its first event. Default one hour. */
  readonly maxFileAgeMillis?: number
  /** How blocks are compressed. Default `"null"`: not at all. */
  readonly codec?: ContainerCodecName
  /** What is removed, when files begin and end. Default: nothing. */
  readonly retention?: Retention
}

const HOUR = 3_600_000
const MEBIBYTE = 1024 * 1024
/** What readers of container files take of one block: what is larger would be stored, and never read. */
const MAX_BLOCK_BYTES = 200 * MEBIBYTE

/**
 * Stores events in a directory, which is created where it is missing. Any number of recorders, processes and hosts
 * may record into one directory: each has files of its own.
 *
 * A batch that cannot be stored is taken back whole, and fails together with those of its kind that wait; the next that
 * is given is tried again. They fail with `ERR_EVENTS_FULL` (the disk, a quota, the largest file there may be),
 * `ERR_EVENTS_FORBIDDEN`, `ERR_EVENTS_STORE` where something else has the name of the folder, otherwise
 * `ERR_EVENTS_UNAVAILABLE`, each with Node's error as its cause; or with `ERR_AVRO_CODEC`. A batch of more than 200 MiB,
 * which readers do not take, fails alone with `ERR_EVENTS_TOO_LARGE`. Throws a `TypeError` for an option that is none.
 */
export function fileSink(directory: string, options: FileSinkOptions = {}): EventSink {
  const { durability = "flushed", maxFileBytes = 64 * MEBIBYTE, maxFileAgeMillis = HOUR } = options
  const { codec = "null", retention } = options
  checkTexts({ directory })
  checkIntegers({
    maxFileBytes,
    "retention.ageMillis": retention?.ageMillis,
    "retention.bytes": retention?.bytes,
  })
  checkIntegers({ maxFileAgeMillis }, MAX_TIMER_MILLIS)
  checkOneOf({ durability }, ["buffered", "flushed", "synced"])
  const isBuffered = durability === "buffered"
  return new FileSink(retention, {
    directory,
    codec,
    isSynced: durability === "synced",
    maxFileBytes,
    maxFileAgeMillis,
    gatherMillis: isBuffered ? 1000 : 0,
    gatherBytes: isBuffered ? MEBIBYTE : 1,
  })
}

class FileSink implements EventSink {
  readonly #policy: FilePolicy
  readonly #retention: Retention | undefined
  readonly #kinds = new Map<EventKind, KindFiles>()
  readonly #retentionTimer: NodeJS.Timeout | undefined
  /** Files of ours that are over before the age until which they might have been written. */
  readonly #ended = new Set<string>()
  #isToRemove = false
  #removing: Promise<void> | undefined
  #closed: Promise<void> | undefined

  constructor(retention: Retention | undefined, policy: Omit<FilePolicy, "begun" | "ended">) {
    this.#retention = retention
    const ended = (path: string): void => {
      if (retention !== undefined) this.#ended.add(path)
      this.#removeOld()
    }
    this.#policy = { ...policy, begun: () => this.#removeOld(), ended }
    if (retention === undefined) return
    this.#retentionTimer = setInterval(() => this.#removeOld(), policy.maxFileAgeMillis).unref()
  }

  async open(kind: EventKind): Promise<void> {
    this.#checkOpen()
    const { directory, codec } = this.#policy
    await createBlockFramer(kind.stored, { codec }) // told now that it is not known, and not once events wait
    for (const { schema, path } of await this.#told(storedSchemas(directory, namesOf(kind.event)))) {
      checkReadable(kind, schema, path)
    }
    this.#filesOf(kind)
  }

  async write(batch: EventBatch): Promise<void> {
    this.#checkOpen()
    const { length } = batch.bytes
    if (length > MAX_BLOCK_BYTES) {
      throw new EventsError(
        "ERR_EVENTS_TOO_LARGE",
        `Cannot store ${length} bytes of ${batch.kind.name} together: readers take ${MAX_BLOCK_BYTES} in a block; record less in one event`,
      )
    }
    await this.#told(this.#filesOf(batch.kind).write(batch))
  }

  async flush(): Promise<void> {
    await Promise.all(Array.from(this.#kinds.values(), (files) => files.flush()))
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#end())
  }

  async #end(): Promise<void> {
    clearInterval(this.#retentionTimer)
    const closed = await Promise.allSettled(Array.from(this.#kinds.values(), (files) => files.close()))
    await this.#removing
    for (const result of closed) {
      if (result.status === "rejected") throw storeError(this.#policy.directory, result.reason)
    }
  }

  #told<Result>(done: Promise<Result>): Promise<Result> {
    return done.catch((error: unknown) => {
      throw storeError(this.#policy.directory, error)
    })
  }

  #checkOpen(): void {
    if (this.#closed !== undefined) throw new EventsError("ERR_EVENTS_CLOSED", "The sink is closed")
  }

  #filesOf(kind: EventKind): KindFiles {
    let files = this.#kinds.get(kind)
    if (files === undefined) this.#kinds.set(kind, (files = new KindFiles(kind.name, this.#policy)))
    return files
  }

  /** In the background. */
  #removeOld(): void {
    if (this.#retention === undefined) return
    this.#isToRemove = true
    this.#removing ??= this.#removeAll(this.#retention)
  }

  /** Looks again for what has changed while it looked. What cannot be removed now can be removed the next time. */
  async #removeAll(retention: Retention): Promise<void> {
    while (this.#isToRemove) {
      this.#isToRemove = false
      try {
        await removeOldFiles(this.#policy.directory, retention, this.#ended)
      } catch (error) {
        warn(`Old event files could not be removed: ${String(error)}`)
      }
    }
    this.#removing = undefined
  }
}
