// The blocks that are open at a time, as one series of events in the order of time.

import { isBefore, type Time, toTime } from "./clock.ts"
import { EventsError } from "./errors.ts"
import type { StoredEvents } from "./source.ts"
import { type RecordedEvent, type StoredFormat, StoredReader } from "./stored-reader.ts"

/** What is wanted of the events, and who is told of those that cannot be read. */
export interface MergeOptions {
  readonly since?: bigint
  readonly until?: bigint
  readonly onDamage: (error: EventsError) => void
}

/** Holds as many blocks as overlap in time. What is damaged is told, and left out with what follows in its block. */
export class EventMerge<Value> {
  readonly #since: Time | undefined
  readonly #until: Time | undefined
  readonly #onDamage: (error: EventsError) => void
  readonly #open: StoredReader<Value>[] = []

  constructor({ since, until, onDamage }: MergeOptions) {
    this.#since = since === undefined ? undefined : toTime(since)
    this.#until = until === undefined ? undefined : toTime(until)
    this.#onDamage = onDamage
  }

  /** Adds a block. */
  add(stored: StoredEvents, format: StoredFormat<Value>): void {
    const reader = new StoredReader(stored, format)
    if (reader.left > 0) this.#open.push(reader)
  }

  /** The oldest event, where it was recorded before `end`. */
  next(end?: Time): RecordedEvent<Value> | undefined {
    for (;;) {
      const reader = this.#oldest()
      if (reader === undefined || (end !== undefined && !isBefore(reader.time, end))) return undefined
      const isWanted = this.#isWanted(reader.time)
      const event = this.#read(reader)
      if (isWanted && event !== undefined) return event
    }
  }

  #oldest(): StoredReader<Value> | undefined {
    const open = this.#open
    let oldest = open[0]
    for (let index = 1; index < open.length; index++) {
      const reader = open[index] as StoredReader<Value>
      if (isBefore(reader.time, (oldest as StoredReader<Value>).time)) oldest = reader
    }
    return oldest
  }

  #isWanted(time: Time): boolean {
    if (this.#since !== undefined && isBefore(time, this.#since)) return false
    return this.#until === undefined || isBefore(time, this.#until)
  }

  #read(reader: StoredReader<Value>): RecordedEvent<Value> | undefined {
    try {
      const event = reader.next()
      if (reader.left === 0) this.#close(reader)
      return event
    } catch (error) {
      this.#close(reader)
      if (!(error instanceof EventsError) || error.code !== "ERR_EVENTS_DAMAGED") throw error
      this.#onDamage(error)
      return undefined
    }
  }

  #close(reader: StoredReader<Value>): void {
    this.#open.splice(this.#open.indexOf(reader), 1)
  }
}
