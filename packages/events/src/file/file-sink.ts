// Events → container files: a folder for each event, at most one open file for each kind.

import type { ContainerCodecName } from "@avrolet/avro/container"
import { checkReadable } from "../check-readable.ts"
import { EventsError } from "../errors.ts"
import type { EventKind } from "../kind.ts"
import { namesOf } from "../names.ts"
import type { EventBatch, EventSink } from "../sink.ts"
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
/** What a timer can wait. */
const MAX_TIMER_MILLIS = 2 ** 31 - 1

/**
 * Stores events in a directory, which is created where it is missing. Any number of recorders, processes and hosts
 * may record into one directory: each has files of its own.
 *
 * A batch that cannot be stored (the disk is full) is taken back whole, and fails with Node's error; the next is
 * tried again. Throws a `TypeError` for an option out of its range.
 */
export function fileSink(directory: string, options: FileSinkOptions = {}): EventSink {
  const { durability = "flushed", maxFileBytes = 64 * MEBIBYTE, maxFileAgeMillis = HOUR } = options
  const { codec = "null", retention } = options
  checkRange({ maxFileBytes }, Number.MAX_SAFE_INTEGER)
  checkRange({ maxFileAgeMillis }, MAX_TIMER_MILLIS)
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
  #removing: Promise<unknown> | undefined
  #closed: Promise<void> | undefined

  constructor(retention: Retention | undefined, policy: Omit<FilePolicy, "changed">) {
    this.#retention = retention
    this.#policy = { ...policy, changed: () => this.#removeOld() }
    if (retention === undefined) return
    this.#retentionTimer = setInterval(() => this.#removeOld(), policy.maxFileAgeMillis).unref()
  }

  async open(kind: EventKind): Promise<void> {
    this.#checkOpen()
    for (const { schema, path } of await storedSchemas(this.#policy.directory, namesOf(kind.event))) {
      checkReadable(kind, schema, path)
    }
    this.#filesOf(kind)
  }

  async write(batch: EventBatch): Promise<void> {
    this.#checkOpen()
    await this.#filesOf(batch.kind).write(batch)
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
    for (const result of closed) if (result.status === "rejected") throw result.reason
  }

  #checkOpen(): void {
    if (this.#closed !== undefined) throw new EventsError("ERR_EVENTS_CLOSED", "The sink is closed")
  }

  #filesOf(kind: EventKind): KindFiles {
    let files = this.#kinds.get(kind)
    if (files === undefined) this.#kinds.set(kind, (files = new KindFiles(kind.name, this.#policy)))
    return files
  }

  /** In the background, and one at a time. What cannot be removed now can be removed the next time. */
  #removeOld(): void {
    if (this.#retention === undefined || this.#removing !== undefined) return
    this.#removing = removeOldFiles(this.#policy.directory, this.#retention)
      .catch((error: unknown) => {
        process.emitWarning(`Old event files could not be removed: ${String(error)}`, "EventsWarning")
      })
      .finally(() => {
        this.#removing = undefined
      })
  }
}

function checkRange(option: Readonly<Record<string, number>>, max: number): void {
  for (const [name, value] of Object.entries(option)) {
    if (Number.isSafeInteger(value) && value > 0 && value <= max) continue
    throw new TypeError(`${name} must be an integer from 1 to ${max}, got ${String(value)}`)
  }
}
