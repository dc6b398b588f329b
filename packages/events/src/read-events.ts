// Source → events: what was stored is decoded in the wanted schema, left out where it is not asked for, and put in
// order of time where several writers stored at once.

import type { Schema } from "@avrolet/avro"
import { toTime } from "./clock.ts"
import type { EventsError } from "./errors.ts"
import { EventMerge } from "./event-merge.ts"
import { EventReading, type Turns } from "./event-reading.ts"
import { namesOf } from "./names.ts"
import type { RecordedEvent } from "./recorded-event.ts"
import type { EventSource, ReadProgress, WantedEvents } from "./source.ts"
import { StoredFormats } from "./stored-formats.ts"
import { wantedOf } from "./wanted.ts"

/** Options of `readEvents`. A time is a `Date`, or nanoseconds since 1970. */
export interface ReadEventsOptions {
  /** Only what was recorded then or later. */
  readonly since?: Date | bigint
  /** Only what was recorded before. */
  readonly until?: Date | bigint
  /** Ends the reading, with its reason as the error. */
  readonly signal?: AbortSignal
  /**
   * Told of what is left out: what is whole and none of these events (`ERR_EVENTS_FOREIGN`), and what was some and
   * cannot be read any more (`ERR_EVENTS_DAMAGED`). What it throws ends the reading. Default: a warning of the process
   * for each.
   */
  readonly onDamage?: (error: EventsError) => void
  /** Told how far the reading is, by sources that know how much there is. */
  readonly onProgress?: (progress: ReadProgress) => void
}

/**
 * Reads events back, in the schema given, which may be a later or an earlier one than they were recorded with: fields
 * that came with a default, went, or were renamed by an alias are resolved; so is an event renamed by an alias.
 *
 * Oldest first, as far as the source keeps an order. What is recorded while it reads may or may not be seen. Throws
 * `ERR_EVENTS_SCHEMA` for stored events that the schema cannot read, and what the source throws.
 */
export function readEvents<Value>(
  source: EventSource,
  event: Schema<Value, unknown>,
  options: ReadEventsOptions = {},
): AsyncIterableIterator<RecordedEvent<Value>, undefined, undefined> {
  return read(source, event, options, false)
}

/**
 * Reads events as they are recorded, until `signal` ends it or the loop is left: those since `since`, which is now
 * where not given, and then those to come. Otherwise as `readEvents`, but for the order: each writer's events come
 * in their own.
 */
export function tail<Value>(
  source: EventSource,
  event: Schema<Value, unknown>,
  options: ReadEventsOptions = {},
): AsyncIterableIterator<RecordedEvent<Value>, undefined, undefined> {
  return read(source, event, { since: new Date(), ...options }, true)
}

function read<Value>(
  source: EventSource,
  event: Schema<Value, unknown>,
  options: ReadEventsOptions,
  follow: boolean,
): AsyncIterableIterator<RecordedEvent<Value>, undefined, undefined> {
  const wanted = { ...wantedOf(options), names: namesOf(event), follow }
  const merge = new EventMerge(new StoredFormats(event), wanted)
  return new EventReading(merge, turnsOf(source, wanted, merge), options.signal)
}

/** Blocks that come in order are held until those behind them have nothing earlier. */
async function* turnsOf<Value>(source: EventSource, wanted: WantedEvents, merge: EventMerge<Value>): Turns {
  for await (const stored of source.read(wanted)) {
    const isOrdered = wanted.follow !== true && stored.firstAt !== undefined
    if (isOrdered) yield { end: toTime(stored.firstAt) }
    merge.add(stored)
    if (!isOrdered) yield ALL
  }
  wanted.signal?.throwIfAborted() // a source may just end then
  yield ALL
}

const ALL = { end: undefined }
