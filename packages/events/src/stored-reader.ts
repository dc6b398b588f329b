// Stored bytes → events: the fields of the envelope by hand, the event itself by the schema it is wanted in.

import { AvroError, decodeFrom, type Schema } from "@avrolet/avro"
import { createReader, type Reader } from "@avrolet/avro/binary"
import { type Time, toNanos } from "./clock.ts"
import { readTime } from "./envelope.ts"
import { EventsError } from "./errors.ts"
import type { StoredEvents } from "./source.ts"

/** An event as it is read back. */
export interface RecordedEvent<Value> {
  /** When it was recorded, to the millisecond. */
  readonly at: Date
  /** The same in nanoseconds since 1970. */
  readonly atNanos: bigint
  readonly host: string
  readonly pid: number
  readonly service: string
  /** The W3C trace id, 32 hexadecimal digits. */
  readonly traceId: string | undefined
  readonly value: Value
}

/** How the events of some bytes are read. */
export interface StoredFormat<Value> {
  readonly schema: Schema<Value, unknown>
  /** The schema they were written with, where it is another. */
  readonly writer: Schema | undefined
}

interface Origin {
  readonly host: string
  readonly pid: number
  readonly service: string
  /** How it is stored. */
  readonly bytes: Uint8Array
}

/** The events of one block, from the first to the last. */
export class StoredReader<Value> {
  /** When the next event was recorded. */
  readonly time: Time = { high: 0, low: 0 }
  /** How many events are left. */
  left: number
  readonly #stored: StoredEvents
  readonly #schema: Schema<Value, unknown>
  readonly #options: { readonly writer?: Schema }
  readonly #reader: Reader
  #origin: Origin | undefined

  /** What is wrong with the bytes behind the last event that was given. */
  #fault: EventsError | undefined

  /** Throws nothing: `next` tells. */
  constructor(stored: StoredEvents, { schema, writer }: StoredFormat<Value>) {
    this.#stored = stored
    this.#schema = schema
    this.#options = writer === undefined ? {} : { writer }
    this.#reader = createReader(stored.bytes)
    this.left = stored.count
    this.#readTime()
  }

  /**
   * The next event. Throws `ERR_EVENTS_DAMAGED` for bytes that are none; what `decode` throws for an event that is
   * whole, and does not fit the schema wanted.
   */
  next(): RecordedEvent<Value> {
    if (this.#fault !== undefined) throw this.#fault
    const { high, low } = this.time
    const reader = this.#reader
    reader["~emptyItems"] = 0
    try {
      const origin = this.#readOrigin()
      const traceId = this.#readTraceId()
      const value = decodeFrom(this.#schema, reader, this.#options)
      this.left--
      this.#readTime()
      return new Recorded(high, low, origin, traceId, value)
    } catch (error) {
      throw isDamage(error) ? this.#damaged(error.message, error) : error
    }
  }

  /** What is wrong here is told with the next event, and not in place of the one before. */
  #readTime(): void {
    const reader = this.#reader
    const { remaining } = reader
    if (this.left > 0) {
      const end = readTime(this.#stored.bytes, reader.position, this.time)
      if (end >= 0) reader.skip(end - reader.position)
      else this.#fault = this.#damaged("it has no time of a day since 1970")
    } else if (remaining > 0) {
      this.#fault = this.#damaged(`${remaining} bytes are left over`)
      this.left = 1
    }
  }

  #readTraceId(): string | undefined {
    const branch = this.#reader.readInt()
    if (branch === 0) return undefined
    if (branch !== 1) throw this.#damaged(`its trace id is of branch ${branch}`)
    return Buffer.from(this.#reader.readFixed(TRACE_ID_BYTES)).toString("hex")
  }

  /** Most events of a block come from the same: then its bytes are compared, and no text is decoded. */
  #readOrigin(): Origin {
    const reader = this.#reader
    const { bytes } = this.#stored
    const start = reader.position
    if (this.#origin !== undefined && isAt(bytes, start, this.#origin.bytes)) {
      reader.skip(this.#origin.bytes.length)
      return this.#origin
    }
    const [host, pid, service] = [reader.readString(), reader.readInt(), reader.readString()]
    return (this.#origin = { host, pid, service, bytes: bytes.subarray(start, reader.position) })
  }

  #damaged(reason: string, cause?: unknown): EventsError {
    const { name, count, place = "a source" } = this.#stored
    return new EventsError(
      "ERR_EVENTS_DAMAGED",
      `Cannot read event ${count - this.left} of ${count} of ${name} in ${place}: ${reason}`,
      { cause },
    )
  }
}

export const TRACE_ID_BYTES = 16
const DAMAGE: ReadonlySet<string> = new Set(["ERR_AVRO_DATA", "ERR_AVRO_TRUNCATED", "ERR_AVRO_LIMIT"])

/** Whether the bytes are at fault: not so where a long is too large for a number, or a branch is not known. */
export const isDamage = (error: unknown): error is AvroError =>
  error instanceof AvroError && DAMAGE.has(error.code)

class Recorded<Value> implements RecordedEvent<Value> {
  readonly at: Date
  readonly host: string
  readonly pid: number
  readonly service: string
  readonly traceId: string | undefined
  readonly value: Value
  readonly #high: number
  readonly #low: number

  constructor(high: number, low: number, origin: Origin, traceId: string | undefined, value: Value) {
    this.at = new Date(toMillis(high, low))
    this.host = origin.host
    this.pid = origin.pid
    this.service = origin.service
    this.traceId = traceId
    this.value = value
    this.#high = high
    this.#low = low
  }

  get atNanos(): bigint {
    return toNanos({ high: this.#high, low: this.#low })
  }
}

/** 2^34 ns are 17179 ms and 869184 ns: so every step is exact. */
const toMillis = (high: number, low: number): number => high * 17179 + Math.floor((high * 869184 + low) / 1e6)

function isAt(bytes: Uint8Array, start: number, part: Uint8Array): boolean {
  for (let index = 0; index < part.length; index++) if (bytes[start + index] !== part[index]) return false
  return true
}
