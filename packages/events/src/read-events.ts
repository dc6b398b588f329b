// Source → events: what was stored is decoded in the wanted schema, left out where it is not asked for, and put in
// order of time where several writers stored at once.

import { incompatibilities, type Schema } from "@avrolet/avro"
import { isBefore, type Time, toTime } from "./clock.ts"
import { EventsError } from "./errors.ts"
import { kindOf } from "./kind.ts"
import { namesOf } from "./names.ts"
import type { EventSource, ReadProgress, StoredEvents, WantedEvents } from "./source.ts"
import { storedEvent } from "./stored-event.ts"
import { type RecordedEvent, type StoredFormat, StoredReader } from "./stored-reader.ts"

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
): AsyncGenerator<RecordedEvent<Value>, undefined, undefined> {
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
): AsyncGenerator<RecordedEvent<Value>, undefined, undefined> {
  return read(source, event, { since: new Date(), ...options }, true)
}

async function* read<Value>(
  source: EventSource,
  event: Schema<Value, unknown>,
  options: ReadEventsOptions,
  follow: boolean,
): AsyncGenerator<RecordedEvent<Value>, undefined, undefined> {
  const { since, until, onDamage = warn, ...others } = options
  const wanted: WantedEvents = {
    ...others,
    names: namesOf(event),
    onDamage,
    follow,
    ...(since === undefined ? {} : { since: nanosOf(since) }),
    ...(until === undefined ? {} : { until: nanosOf(until) }),
  }
  const formats = new Formats(event)
  const merge = new Merge<Value>(wanted, onDamage)
  for await (const stored of source.read(wanted)) {
    const format = formats.of(stored, onDamage)
    if (format === undefined) continue
    const { firstAt } = stored
    if (!follow && firstAt !== undefined) yield* merge.before(toTime(firstAt))
    merge.add(stored, format)
    if (follow || firstAt === undefined) yield* merge.rest()
  }
  yield* merge.rest()
}

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

/** The blocks that are open at a time, of which the oldest event comes first. */
class Merge<Value> {
  readonly #since: Time | undefined
  readonly #until: Time | undefined
  readonly #onDamage: Report
  readonly #open: StoredReader<Value>[] = []

  constructor({ since, until }: WantedEvents, onDamage: Report) {
    this.#since = since === undefined ? undefined : toTime(since)
    this.#until = until === undefined ? undefined : toTime(until)
    this.#onDamage = onDamage
  }

  add(stored: StoredEvents, format: StoredFormat<Value>): void {
    this.#attempt(() => {
      const reader = new StoredReader(stored, format)
      if (reader.left > 0) this.#open.push(reader)
    })
  }

  /** The events of all open blocks that were recorded before a time. */
  *before(end: Time): Generator<RecordedEvent<Value>> {
    for (;;) {
      const reader = this.#oldest()
      if (reader === undefined || !isBefore(reader.time, end)) return
      yield* this.#next(reader)
    }
  }

  /** The events of all open blocks. */
  *rest(): Generator<RecordedEvent<Value>> {
    for (;;) {
      const reader = this.#oldest()
      if (reader === undefined) return
      yield* this.#next(reader)
    }
  }

  #oldest(): StoredReader<Value> | undefined {
    let [oldest] = this.#open
    for (const reader of this.#open)
      if (oldest !== undefined && isBefore(reader.time, oldest.time)) oldest = reader
    return oldest
  }

  *#next(reader: StoredReader<Value>): Generator<RecordedEvent<Value>> {
    const { high, low } = reader.time
    const time = { high, low }
    const event = this.#attempt(() => reader.next())
    if (event === undefined || reader.left === 0) this.#open.splice(this.#open.indexOf(reader), 1)
    if (event === undefined) return
    if (this.#since !== undefined && isBefore(time, this.#since)) return
    if (this.#until !== undefined && !isBefore(time, this.#until)) return
    yield event
  }

  /** What is damaged is told, and left out with what follows in its block. */
  #attempt<Result>(action: () => Result): Result | undefined {
    try {
      return action()
    } catch (error) {
      if (!(error instanceof EventsError) || error.code !== "ERR_EVENTS_DAMAGED") throw error
      this.#onDamage(error)
      return undefined
    }
  }
}

const nanosOf = (time: Date | bigint): bigint =>
  typeof time === "bigint" ? time : BigInt(time.getTime()) * 1_000_000n

const warn = (error: EventsError): void => process.emitWarning(error.message, "EventsWarning", error.code)
