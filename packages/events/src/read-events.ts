// Source → events: what was stored is decoded in the wanted schema, left out where it is not asked for, and put in
// order of time where several writers stored at once.

import { incompatibilities, type Schema } from "@avrolet/avro"
import { toTime } from "./clock.ts"
import { EventsError } from "./errors.ts"
import { EventMerge, type MergeOptions } from "./event-merge.ts"
import { EventReading, type Turns } from "./event-reading.ts"
import { kindOf } from "./kind.ts"
import { namesOf } from "./names.ts"
import type { EventSource, ReadProgress, StoredEvents, WantedEvents } from "./source.ts"
import { storedEvent } from "./stored-event.ts"
import type { RecordedEvent, StoredFormat } from "./stored-reader.ts"
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
   * Told of what cannot be read and is left out: foreign files (`ERR_EVENTS_FOREIGN`) and damaged parts
   * (`ERR_EVENTS_DAMAGED`). What it throws ends the reading. Default: a warning of the process for each.
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
  const merge = new EventMerge<Value>(wanted)
  return new EventReading(merge, turnsOf(source, wanted, new Formats(event), merge))
}

/** Blocks that come in order are held until those behind them have nothing earlier. */
async function* turnsOf<Value>(
  source: EventSource,
  wanted: WantedEvents & MergeOptions,
  formats: Formats<Value>,
  merge: EventMerge<Value>,
): Turns {
  for await (const stored of source.read(wanted)) {
    const format = formats.of(stored, wanted.onDamage)
    if (format === undefined) continue
    const isOrdered = wanted.follow !== true && stored.firstAt !== undefined
    if (isOrdered) yield { end: toTime(stored.firstAt) }
    merge.add(stored, format)
    if (!isOrdered) yield ALL
  }
  wanted.signal?.throwIfAborted() // a source may just end then
  yield ALL
}

const ALL = { end: undefined }

/** How the events of each stored schema are read: sources give the same schema for all events of a file. */
export class Formats<Value> {
  readonly #event: Schema<Value, unknown>
  readonly #names: readonly string[]
  readonly #known = new WeakMap<Schema, StoredFormat<Value>>()

  constructor(event: Schema<Value, unknown>) {
    this.#event = event
    this.#names = namesOf(event)
  }

  /** Tells of those that are none of ours, and throws for those that cannot be read. */
  of({ writer, place = "a source" }: StoredEvents, onDamage: Report): StoredFormat<Value> | undefined {
    let format = this.#known.get(writer)
    if (format !== undefined) return format
    try {
      format = this.#formatOf(writer, place)
    } catch (error) {
      if (!(error instanceof EventsError) || error.code !== "ERR_EVENTS_FOREIGN") throw error
      onDamage(error)
      return undefined
    }
    this.#known.set(writer, format)
    return format
  }

  #formatOf(stored: Schema, place: string): StoredFormat<Value> {
    const schema = this.#event
    const writer = storedEvent(stored)
    if (!this.#names.includes(writer.name ?? "")) {
      throw new EventsError(
        "ERR_EVENTS_FOREIGN",
        `Not events of ${schema.name} but of ${writer.name} in ${place}`,
      )
    }
    if (isSame(stored, kindOf(schema).stored)) return { schema, writer: undefined }
    const always = incompatibilities(schema, writer).find(({ when }) => when === "always")
    if (always === undefined) return { schema, writer }
    throw new EventsError(
      "ERR_EVENTS_SCHEMA",
      `Cannot read the events of ${writer.name} in ${place}: ${always.path} ${always.message}`,
    )
  }
}

type Report = (error: EventsError) => void

const isSame = (a: Schema, b: Schema): boolean =>
  JSON.stringify(a.definition) === JSON.stringify(b.definition)
