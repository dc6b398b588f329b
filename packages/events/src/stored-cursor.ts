// Stored events → values, one after another and without a promise for each: what everything that reads millions of
// events goes through. The envelope is passed over, but for the time, and read only where it is asked for.

import { AvroError, decodeFrom, parseSchema, type Schema, schema } from "@avrolet/avro"
import { createReader, type Reader } from "@avrolet/avro/binary"
import { EventsError } from "./errors.ts"
import type { StoredEvents } from "./source.ts"

/** What surrounds each event, whatever its schema. */
export interface Envelope {
  /** When it was recorded: nanoseconds since 1970. */
  readonly at: bigint
  readonly host: string
  readonly pid: number
  readonly service: string
  /** The W3C trace id of what was being done. */
  readonly traceId: Uint8Array | null
}

/** Stands before the events of a batch, or at one of them. */
export interface StoredCursor<Value> extends Envelope {
  /** The event, once `next` has returned `true`. */
  readonly value: Value
  /** When it was recorded: milliseconds since 1970, to a microsecond. */
  readonly atMillis: number
  /** Goes to the next event of the batch; `false` where there is none. Throws what `decode` throws. */
  next(): boolean
  /** Goes to the first event that the batch will have, as `next` does. */
  open(batch: StoredEvents): void
}

/** A part of time. Nanoseconds since 1970. */
export interface TimeRange {
  readonly since?: bigint | undefined
  readonly until?: bigint | undefined
}

/** Makes a cursor, for batch after batch, of events as `event` has them. Those outside of `range` are passed over. */
export function createStoredCursor<Value>(
  event: Schema<Value, unknown>,
  range: TimeRange = {},
): StoredCursor<Value> {
  return new Cursor(event, range)
}

const NOTHING = schema({ type: "record", name: "Recorded", namespace: "avrolet.events", fields: [] })

const ENVELOPE = schema({
  type: "record",
  name: "Recorded",
  namespace: "avrolet.events",
  fields: [
    { name: "at", type: { type: "long", logicalType: "timestamp-nanos" } },
    { name: "host", type: "string" },
    { name: "pid", type: "int" },
    { name: "service", type: "string" },
    { name: "traceId", type: ["null", { type: "fixed", name: "TraceId", size: 16 }] },
  ],
})

/** The two parts of what events were written with. */
interface Writer {
  /** The envelope, without its last field, which is the event. */
  readonly envelope: Schema
  readonly event: Schema
}

const NO_BYTES = createReader(new Uint8Array(0))

class Cursor<Value> implements StoredCursor<Value> {
  value!: Value
  readonly #event: Schema<Value, unknown>
  readonly #since: Time
  readonly #until: Time
  readonly #time: Time = { high: 0, low: 0 }
  #reader: Reader = NO_BYTES
  #writer!: Writer
  #left = 0
  /** Where the event begins. */
  #start = 0
  #envelope: Envelope | undefined

  constructor(event: Schema<Value, unknown>, { since, until }: TimeRange) {
    this.#event = event
    this.#since = since === undefined ? { high: -Infinity, low: 0 } : timeOf(since)
    this.#until = until === undefined ? { high: Infinity, low: 0 } : timeOf(until)
  }

  open({ bytes, count, writer }: StoredEvents): void {
    this.#writer = partsOf(writer)
    this.#reader = createReader(bytes)
    this.#left = count
  }

  next(): boolean {
    const reader = this.#reader
    const { envelope, event } = this.#writer
    const time = this.#time
    while (this.#left > 0) {
      this.#left--
      this.#envelope = undefined
      this.#start = reader.position
      reader["~emptyItems"] = 0
      readTime(reader.bytes, reader.position, time)
      decodeFrom(NOTHING, reader, { writer: envelope })
      this.value = decodeFrom(this.#event, reader, { writer: event })
      if (!isBefore(time, this.#since) && isBefore(time, this.#until)) return true
    }
    if (reader.remaining > 0) {
      throw new AvroError(
        "ERR_AVRO_DATA",
        `Cannot read events: their batch has ${reader.remaining} bytes left over`,
      )
    }
    return false
  }

  get atMillis(): number {
    return this.#time.high * (2 ** LOW_BITS / 1e6) + this.#time.low / 1e6
  }

  get at(): bigint {
    return (BigInt(this.#time.high) << BigInt(LOW_BITS)) | BigInt(this.#time.low)
  }

  get host(): string {
    return this.#readEnvelope().host
  }

  get pid(): number {
    return this.#readEnvelope().pid
  }

  get service(): string {
    return this.#readEnvelope().service
  }

  get traceId(): Uint8Array | null {
    return this.#readEnvelope().traceId
  }

  #readEnvelope(): Envelope {
    if (this.#envelope !== undefined) return this.#envelope
    const reader = this.#reader
    const { position } = reader
    reader.position = this.#start
    this.#envelope = decodeFrom(ENVELOPE, reader, { writer: this.#writer.envelope })
    reader.position = position
    return this.#envelope
  }
}

/** What the events of a batch were written with, without their envelope. Throws `ERR_EVENTS_SCHEMA`. */
export const eventSchemaOf = (writer: Schema): Schema => partsOf(writer).event

const parts = new WeakMap<Schema, Writer>()

/** Throws `ERR_EVENTS_SCHEMA` for a schema that is not of stored events. */
function partsOf(writer: Schema): Writer {
  let known = parts.get(writer)
  if (known === undefined) {
    known = split(writer)
    parts.set(writer, known)
  }
  return known
}

function split(writer: Schema): Writer {
  const { fields = [] } = writer.definition as { fields?: { name: string; type: unknown }[] }
  const [first, last] = [fields[0], fields.at(-1)]
  if (writer.name !== "avrolet.events.Recorded" || first?.name !== "at" || last?.name !== "value") {
    throw new EventsError(
      "ERR_EVENTS_SCHEMA",
      `Cannot read ${writer.name ?? JSON.stringify(writer.definition)} as events: expected a record avrolet.events.Recorded, from "at" to "value"`,
    )
  }
  const envelope = { ...(writer.definition as object), fields: fields.slice(0, -1) }
  return { envelope: parseSchema(envelope), event: parseSchema(last.type) }
}

/** Nanoseconds since 1970, `high` × 2²⁷ + `low`: no number has them exactly, and a bigint takes 50 ns to make. */
interface Time {
  high: number
  low: number
}

const LOW_BITS = 27

const timeOf = (nanos: bigint): Time => ({
  high: Number(nanos >> BigInt(LOW_BITS)),
  low: Number(nanos & ((1n << BigInt(LOW_BITS)) - 1n)),
})

const isBefore = (a: Time, b: Time): boolean => a.high < b.high || (a.high === b.high && a.low < b.low)

/** Reads the long at `position`. That it is one is checked by whoever passes over it. */
function readTime(bytes: Uint8Array, position: number, time: Time): void {
  let byte = 0x80
  let low = 0
  for (let shift = 0; shift < 28 && byte > 0x7f; shift += 7) {
    byte = bytes[position++] as number
    low |= (byte & 0x7f) << shift
  }
  let high = 0
  for (let scale = 1; byte > 0x7f; scale *= 128) {
    byte = bytes[position++] as number
    high += (byte & 0x7f) * scale
  }
  const isNegative = (low & 1) === 1
  low >>>= 1
  time.high = isNegative ? -high - 1 : high
  time.low = isNegative ? 2 ** LOW_BITS - 1 - low : low
}
