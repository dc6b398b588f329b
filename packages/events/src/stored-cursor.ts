// Stored events → values, one after another, in the order they are stored: without an object, a promise or a turn in
// a queue for each, for whatever reads millions of them. The envelope is passed over, but for the time, and decoded
// only where it is asked for.

import { decodeFrom, type Schema } from "@avrolet/avro"
import { createReader, type Reader, StringCache } from "@avrolet/avro/binary"
import { isBefore, type Time, toNanos, toTime } from "./clock.ts"
import { readTime } from "./envelope.ts"
import { EventsError } from "./errors.ts"
import { Formats } from "./read-events.ts"
import type { StoredEvents } from "./source.ts"
import { isDamage, type RecordedEvent, type StoredFormat, TRACE_ID_BYTES } from "./stored-reader.ts"
import type { wantedOf } from "./wanted.ts"

interface Origin {
  readonly host: string
  readonly pid: number
  readonly service: string
}

/** The time that is wanted, and who is told of what is left out. */
type Asked = Pick<ReturnType<typeof wantedOf>, "since" | "until" | "onDamage">

const NO_BYTES = createReader(new Uint8Array(0))

/** Stands before the events of a batch, or at one of them: whose properties are then those of that event. */
export class StoredCursor<Value> implements RecordedEvent<Value> {
  value!: Value
  readonly #formats: Formats<Value>
  readonly #since: Time
  readonly #until: Time
  readonly #onDamage: (error: EventsError) => void
  readonly #strings = new StringCache()
  readonly #time: Time = { high: 0, low: 0 }
  #reader: Reader = NO_BYTES
  #format!: StoredFormat<Value>
  #batch!: StoredEvents
  #left = 0
  /** Where the envelope goes on behind the time. */
  #start = 0

  /** Reads events as `event` has them. Those outside of the time that is wanted are passed over. */
  constructor(event: Schema<Value, unknown>, { since, until, onDamage }: Asked) {
    this.#formats = new Formats(event)
    this.#since = since === undefined ? { high: Number.NEGATIVE_INFINITY, low: 0 } : toTime(since)
    this.#until = until === undefined ? { high: Number.POSITIVE_INFINITY, low: 0 } : toTime(until)
    this.#onDamage = onDamage
  }

  /**
   * Goes before the first event of a batch. One that is none of ours is told, and has no events. Throws
   * `ERR_EVENTS_SCHEMA` where its events cannot be read as they are wanted.
   */
  open(batch: StoredEvents): void {
    this.#left = 0
    const format = this.#formats.of(batch, this.#onDamage)
    if (format === undefined) return
    this.#batch = batch
    this.#format = format
    this.#reader = createReader(batch.bytes, undefined, "refuse", this.#strings)
    this.#left = batch.count
  }

  /**
   * Goes to the next event of the batch; `false` where there is none. What is damaged is told, and ends the batch.
   * Throws what `decode` throws for an event that is whole, and does not fit the schema wanted.
   */
  next(): boolean {
    try {
      while (this.#left > 0) {
        this.#read()
        if (!isBefore(this.#time, this.#since) && isBefore(this.#time, this.#until)) return true
      }
      const { remaining } = this.#reader
      if (remaining > 0) throw this.#damaged(`${remaining} bytes are left over`)
    } catch (error) {
      this.#tell(error)
    }
    return false
  }

  #read(): void {
    const reader = this.#reader
    reader["~emptyItems"] = 0
    const start = readTime(reader.bytes, reader.position, this.#time)
    if (start < 0) throw this.#damaged("it has no time of a day since 1970")
    this.#start = reader.position = start
    reader.skip(reader.readLength("the host"))
    reader.skipNumber()
    reader.skip(reader.readLength("the service"))
    const branch = reader.readInt()
    if (branch === 1) reader.skip(TRACE_ID_BYTES)
    else if (branch !== 0) throw this.#damaged(`its trace id is of branch ${branch}`)
    this.value = decodeFrom(this.#format.schema, reader, this.#format)
    this.#left--
  }

  #tell(error: unknown): void {
    const damage = isDamage(error) ? this.#damaged(error.message, error) : error
    if (!(damage instanceof EventsError)) throw damage
    this.#left = 0
    this.#reader = NO_BYTES
    this.#onDamage(damage)
  }

  get at(): Date {
    return new Date(Math.floor(this.atMillis))
  }

  get atNanos(): bigint {
    return toNanos(this.#time)
  }

  /** Milliseconds since 1970, to a microsecond. */
  get atMillis(): number {
    return this.#time.high * (2 ** 34 / 1e6) + this.#time.low / 1e6
  }

  get host(): string {
    return this.#origin().host
  }

  get pid(): number {
    return this.#origin().pid
  }

  get service(): string {
    return this.#origin().service
  }

  get traceId(): string | undefined {
    return this.#aside((reader) => {
      reader.skip(reader.readLength("the host"))
      reader.skipNumber()
      reader.skip(reader.readLength("the service"))
      return reader.readInt() === 0
        ? undefined
        : Buffer.from(reader.readFixed(TRACE_ID_BYTES)).toString("hex")
    })
  }

  #origin(): Origin {
    return this.#aside((reader) => ({
      host: reader.readString(),
      pid: reader.readInt(),
      service: reader.readString(),
    }))
  }

  /** Reads of the envelope, and comes back. */
  #aside<Result>(read: (reader: Reader) => Result): Result {
    const reader = this.#reader
    const { position } = reader
    reader.position = this.#start
    const result = read(reader)
    reader.position = position
    return result
  }

  #damaged(reason: string, cause?: unknown): EventsError {
    const { name, count, place = "a source" } = this.#batch
    return new EventsError(
      "ERR_EVENTS_DAMAGED",
      `Cannot read event ${count - this.#left} of ${count} of ${name} in ${place}: ${reason}`,
      { cause },
    )
  }
}
