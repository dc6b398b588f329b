// The blocks that are open at a time, as one series of events in the order of time.

import { StringCache } from "@avrolet/avro/binary"
import { isBefore, type Time } from "./clock.ts"
import type { RecordedEvent } from "./recorded-event.ts"
import type { StoredEvents } from "./source.ts"
import { type CursorOptions, StoredCursor } from "./stored-cursor.ts"
import type { StoredFormats } from "./stored-formats.ts"

/** Holds as many blocks as overlap in time. What is damaged is told, and left out with what follows in its block. */
export class EventMerge<Value> {
  readonly #formats: StoredFormats<Value>
  readonly #options: CursorOptions
  /** Each stands at its next event. */
  readonly #open: StoredCursor<Value>[] = []
  /** Stands at the event that was given last. It goes on only then: what is wrong behind is no fault of that event. */
  #given: StoredCursor<Value> | undefined

  constructor(formats: StoredFormats<Value>, options: CursorOptions) {
    this.#formats = formats
    this.#options = { ...options, strings: new StringCache() }
  }

  /** Adds a block. Throws `ERR_EVENTS_SCHEMA` where its events cannot be read as they are wanted. */
  add(stored: StoredEvents): void {
    const cursor = new StoredCursor(this.#formats, this.#options)
    cursor.open(stored)
    if (cursor.next()) this.#open.push(cursor)
  }

  /** The oldest event, where it was recorded before `end`. */
  next(end?: Time): RecordedEvent<Value> | undefined {
    if (this.#given !== undefined) this.#advance(this.#given)
    const cursor = this.#oldest()
    if (cursor === undefined || (end !== undefined && !isBefore(cursor.time, end))) return undefined
    this.#given = cursor
    return cursor.kept()
  }

  #advance(cursor: StoredCursor<Value>): void {
    this.#given = undefined
    if (!cursor.next()) this.#open.splice(this.#open.indexOf(cursor), 1)
  }

  #oldest(): StoredCursor<Value> | undefined {
    const open = this.#open
    let oldest = open[0]
    for (let index = 1; index < open.length; index++) {
      const cursor = open[index] as StoredCursor<Value>
      if (isBefore(cursor.time, (oldest as StoredCursor<Value>).time)) oldest = cursor
    }
    return oldest
  }
}
