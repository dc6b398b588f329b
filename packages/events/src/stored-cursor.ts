// Stored events → values, one after another, in the order they are stored: without an object, a promise or a turn in
// a queue for each, for whatever reads millions of them. The fields of the envelope are read by hand, the event itself
// by the schema it is wanted in.

import { AvroError, decodeFrom, parseSchema } from "@avrolet/avro"
import { createReader, type Reader, StringCache } from "@avrolet/avro/binary"
import { isBefore, type Time, toNanos, toTime } from "./clock.ts"
import { type Origin, readTime } from "./envelope.ts"
import { EventsError } from "./errors.ts"
import { KeptEvent, type RecordedEvent, toDate } from "./recorded-event.ts"
import type { StoredEvents } from "./source.ts"
import type { StoredFormat, StoredFormats } from "./stored-formats.ts"

/** The time that is wanted, and who is told of what is left out. */
export interface CursorOptions {
  readonly since?: bigint
  readonly until?: bigint
  readonly onDamage: (error: EventsError) => void
  /** Those of cursors that read the same events, so that each string of them is made once. */
  readonly strings?: StringCache
}

const NO_BYTES = createReader(new Uint8Array(0))
const TRACE_ID_BYTES = 16

/** Stands before the events of a batch, or at one of them: whose properties are then those of that event. */
export class StoredCursor<Value> implements RecordedEvent<Value> {
  value!: Value
  /** When the event was recorded. */
  readonly time: Time = { high: 0, low: 0 }
  readonly #formats: StoredFormats<Value>
  readonly #since: Time
  readonly #until: Time
  readonly #onDamage: (error: EventsError) => void
  readonly #strings: StringCache
  #reader: Reader = NO_BYTES
  #format!: StoredFormat<Value>
  #batch!: StoredEvents
  #left = 0
  #origin!: Origin
  /** How the origin is stored: nothing at first. */
  #originBytes = new Uint8Array(0)
  /** Where the trace id begins; -1 where there is none. */
  #traceStart = -1

  /** Events outside of the time that is wanted are passed over. */
  constructor(formats: StoredFormats<Value>, options: CursorOptions) {
    const { since, until, onDamage, strings = new StringCache() } = options
    this.#formats = formats
    this.#since = since === undefined ? { high: Number.NEGATIVE_INFINITY, low: 0 } : toTime(since)
    this.#until = until === undefined ? { high: Number.POSITIVE_INFINITY, low: 0 } : toTime(until)
    this.#onDamage = onDamage
    this.#strings = strings
  }

  /**
   * Goes before the first event of a batch. One that is none of ours is told, and has no events. Throws
   * `ERR_EVENTS_SCHEMA` where its events cannot be read as they are wanted.
   */
  open(batch: StoredEvents): void {
    this.#left = 0
    this.#reader = NO_BYTES
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
        if (!isBefore(this.time, this.#since) && isBefore(this.time, this.#until)) return true
      }
      const { remaining } = this.#reader
      if (remaining > 0) throw this.#damaged(`${remaining} bytes are left over`)
    } catch (error) {
      this.#tell(error)
    }
    return false
  }

  /** The event that it stands at, to be kept when it goes on. */
  kept(): RecordedEvent<Value> {
    const { host, pid, service } = this.#origin
    return new KeptEvent(this.time, { host, pid, service, traceId: this.traceId, value: this.value })
  }

  get at(): Date {
    return toDate(this.time)
  }

  get atNanos(): bigint {
    return toNanos(this.time)
  }

  get host(): string {
    return this.#origin.host
  }

  get pid(): number {
    return this.#origin.pid
  }

  get service(): string {
    return this.#origin.service
  }

  get traceId(): string | undefined {
    const start = this.#traceStart
    if (start < 0) return undefined
    const { buffer, byteOffset } = this.#batch.bytes
    return Buffer.from(buffer, byteOffset + start, TRACE_ID_BYTES).toString("hex")
  }

  #read(): void {
    const reader = this.#reader
    reader["~emptyItems"] = 0
    const end = readTime(reader.bytes, reader.position, this.time)
    if (end < 0) throw this.#damaged("it has no time of a day since 1970")
    reader.position = end
    this.#readOrigin(reader)
    const branch = reader.readInt()
    this.#traceStart = branch === 1 ? reader.position : -1
    if (branch === 1) reader.skip(TRACE_ID_BYTES)
    else if (branch !== 0) throw this.#damaged(`its trace id is of branch ${branch}`)
    this.value = decodeFrom(this.#format.schema, reader, this.#format)
    this.#left--
  }

  /** Most events come from the same: then its bytes are compared, and nothing is made of them. */
  #readOrigin(reader: Reader): void {
    const { bytes, position } = reader
    const known = this.#originBytes
    if (known.length > 0 && isAt(bytes, position, known)) {
      reader.skip(known.length)
      return
    }
    const [host, pid, service] = [reader.readString(), reader.readInt(), reader.readString()]
    this.#origin = { host, pid, service }
    this.#originBytes = Uint8Array.from(bytes.subarray(position, reader.position))
  }

  #tell(error: unknown): void {
    const damage = error instanceof AvroError ? this.#judged(error) : error
    this.#left = 0
    this.#reader = NO_BYTES
    if (!(damage instanceof EventsError)) throw damage
    this.#onDamage(damage)
  }

  /** Where the batch can be read as it was written, nothing is damaged: the schema wanted does not fit. */
  #judged(error: AvroError): AvroError | EventsError {
    if (!isWhole(this.#batch)) return this.#damaged(error.message, error)
    return new AvroError(error.code, this.#cannotRead(error.message), { cause: error, path: error.path })
  }

  #damaged(reason: string, cause?: unknown): EventsError {
    return new EventsError("ERR_EVENTS_DAMAGED", this.#cannotRead(reason), { cause })
  }

  #cannotRead(reason: string): string {
    const { name, count, place = "a source" } = this.#batch
    return `Cannot read event ${count - this.#left} of ${count} of ${name} in ${place}: ${reason}`
  }
}

function isAt(bytes: Uint8Array, start: number, part: Uint8Array): boolean {
  for (let index = 0; index < part.length; index++) if (bytes[start + index] !== part[index]) return false
  return true
}

/** Longs of any size, and nothing made of what is underneath: so every value that was written can be read. */
const AS_WRITTEN = {
  long: "bigint",
  logicalTypes: { date: false, "timestamp-millis": false, uuid: false, decimal: false, "big-decimal": false },
} as const

function isWhole({ writer, bytes, count }: StoredEvents): boolean {
  try {
    const schema = parseSchema(writer.definition, AS_WRITTEN)
    const reader = createReader(bytes)
    for (let event = 0; event < count; event++) decodeFrom(schema, reader)
    return reader.remaining === 0
  } catch {
    return false
  }
}
