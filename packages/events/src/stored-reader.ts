// Stored bytes → events: the fields of the envelope by hand, the event itself by the schema it is wanted in.

import { decodeFrom, type Schema } from "@avrolet/avro"
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

  /** Throws `ERR_EVENTS_DAMAGED`, as `next` does. */
  constructor(stored: StoredEvents, { schema, writer }: StoredFormat<Value>) {
    this.#stored = stored
    this.#schema = schema
    this.#options = writer === undefined ? {} : { writer }
    this.#reader = createReader(stored.bytes)
    this.left = stored.count
    this.#readTime()
  }

  /** The next event. */
  next(): RecordedEvent<Value> {
    const { high, low } = this.time
    const reader = this.#reader
    try {
      const { host, pid, service } = this.#readOrigin()
      const traceId = reader.readInt() === 0 ? undefined : Buffer.from(reader.readFixed(16)).toString("hex")
      const value = decodeFrom(this.#schema, reader, this.#options)
      this.left--
      this.#readTime()
      return new Recorded({ high, low }, host, pid, service, traceId, value)
    } catch (error) {
      throw this.#damaged(error)
    }
  }

  #readTime(): void {
    const reader = this.#reader
    if (this.left === 0) {
      if (reader.remaining > 0) throw this.#damaged(`${reader.remaining} bytes are left over`)
      return
    }
    const end = readTime(this.#stored.bytes, reader.position, this.time)
    if (end < 0) throw this.#damaged("no time of a day since 1970")
    reader.skip(end - reader.position)
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

  #damaged(cause: unknown): EventsError {
    if (cause instanceof EventsError) return cause
    const { name, count, place = "a source" } = this.#stored
    const reason = cause instanceof Error ? cause.message : String(cause)
    return new EventsError(
      "ERR_EVENTS_DAMAGED",
      `Cannot read event ${count - this.left} of ${count} of ${name} in ${place}: ${reason}`,
      { cause },
    )
  }
}

class Recorded<Value> implements RecordedEvent<Value> {
  readonly at: Date
  readonly host: string
  readonly pid: number
  readonly service: string
  readonly traceId: string | undefined
  readonly value: Value
  readonly #time: Time

  constructor(
    time: Time,
    host: string,
    pid: number,
    service: string,
    traceId: string | undefined,
    value: Value,
  ) {
    this.at = new Date(toMillis(time))
    this.host = host
    this.pid = pid
    this.service = service
    this.traceId = traceId
    this.value = value
    this.#time = time
  }

  get atNanos(): bigint {
    return toNanos(this.#time)
  }
}

/** 2^34 ns are 17179 ms and 869184 ns: so every step is exact. */
const toMillis = ({ high, low }: Time): number => high * 17179 + Math.floor((high * 869184 + low) / 1e6)

function isAt(bytes: Uint8Array, start: number, part: Uint8Array): boolean {
  for (let index = 0; index < part.length; index++) if (bytes[start + index] !== part[index]) return false
  return true
}
