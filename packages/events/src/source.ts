// Where events are read back from.

import type { Schema } from "@avrolet/avro"
import type { EventsError } from "./errors.ts"

/** Gives stored events: `fileSource`, `jetStreamSource`, `kafkaSource`, or one of your own. */
export interface EventSource {
  /** The stored events of some names, oldest first as far as the store keeps an order. */
  read(wanted: WantedEvents): AsyncIterable<StoredEvents>
  /** The full names of the events that there are, for stores that know them without reading. */
  names?(): Promise<readonly string[]>
  /** The schemas that events of a name were recorded with, for stores that know them without reading. */
  schemas?(name: string): Promise<readonly Schema[]>
}

/** What is asked of a source. It may give more; `readEvents` leaves out what was not asked for. */
export interface WantedEvents {
  /** Full names of events: that of the reader's schema, and its aliases. All there are where not given. */
  readonly names?: readonly string[]
  /** Nanoseconds since 1970: nothing recorded before is wanted, nor anything at `until` or later. */
  readonly since?: bigint
  readonly until?: bigint
  /** Whether to wait for what is yet to come, once everything that is there has been given. Default: no. */
  readonly follow?: boolean
  readonly signal?: AbortSignal
  /** Told of what cannot be read and is left out. What it throws ends the reading. Default: a process warning. */
  readonly onDamage?: (error: EventsError) => void
  /** Told how far the reading is, by stores that know how much there is. */
  readonly onProgress?: (progress: ReadProgress) => void
}

/** How far a reading is. */
export interface ReadProgress {
  readonly bytes: number
  readonly totalBytes: number
}

/** Some events as they are stored, all of one schema: a block of a file, or a message. */
export interface StoredEvents {
  /** The full name of the event. */
  readonly name: string
  /** What they were stored with: the event within its envelope, as `EventKind.stored`. */
  readonly writer: Schema
  readonly count: number
  /** The events, one after another. */
  readonly bytes: Uint8Array
  /**
   * When the first of them was recorded, in nanoseconds since 1970. For sources that give them in this order, and
   * none of whose events is before the first of its own: `readEvents` then puts the events of several in order.
   */
  readonly firstAt?: bigint
  /** Where they stand, for messages about them: a file and a byte of it, or the number of a message. */
  readonly place?: string
}
