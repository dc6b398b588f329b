// Where events are read back from.

import type { Schema } from "@avrolet/avro"

/** Gives stored events: `fileSource`, `jetStreamSource`, `kafkaSource`, or one of your own. */
export interface EventSource {
  /** The stored events of some names, oldest first as far as the store keeps an order. */
  read(wanted: WantedEvents): AsyncIterable<StoredEvents>
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
}
