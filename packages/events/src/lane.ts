// The events of one schema on their way: encoded one behind the other, until they are handed over as a batch.

import { encodeInto, type Schema } from "@avrolet/avro"
import { createWriter, type Writer } from "@avrolet/avro/binary"
import { type Clock, type Time, toNanos } from "./clock.ts"
import { writeTime, writeTraceId } from "./envelope.ts"
import { type EventKind, kindOf } from "./kind.ts"
import type { EventBatch, EventSink } from "./sink.ts"

/** What the events of a recorder have in common. */
export interface Circumstances {
  readonly clock: Clock
  /** Host, process and service, encoded. */
  readonly origin: Uint8Array
  readonly traceId: (() => string | undefined) | undefined
}

const FIRST_ENDS = 256

/** Takes the events of one schema, and hands them over as batches. */
export class Lane {
  readonly kind: EventKind
  /** How many events wait to be handed over. */
  count = 0
  /** While a value is encoded its getters run, which may do anything: nothing can be handed over then. */
  isEncoding = false
  /** Why the sink takes no events of this kind. */
  refusal: unknown
  readonly #circumstances: Circumstances
  readonly #batchBytes: number
  #writer: Writer = createWriter()
  #ends = new Uint32Array(FIRST_ENDS)
  readonly #first: Time = { high: 0, low: 0 }
  readonly #last: Time = { high: 0, low: 0 }
  #opened: Promise<void> | undefined

  constructor(event: Schema, circumstances: Circumstances, batchBytes: number) {
    this.kind = kindOf(event)
    this.#circumstances = circumstances
    this.#batchBytes = batchBytes
  }

  get isFull(): boolean {
    return this.#writer.length >= this.#batchBytes
  }

  /** Encodes an event, and returns how many bytes it takes. Throws what `encode` throws, and is then as it was. */
  add(value: unknown): number {
    const { clock, origin } = this.#circumstances
    if (this.isEncoding) throw nested(this.kind)
    const traceId = this.#circumstances.traceId?.() // before anything is written: it may record, too
    const writer = this.#writer
    const { length } = writer
    clock.read()
    const { high, low } = clock.now
    this.isEncoding = true
    try {
      writeTime(clock.now, writer)
      writer.writeFixed(origin)
      writeTraceId(traceId, writer)
      encodeInto(this.kind.event, value, writer)
    } catch (error) {
      writer.truncate(length)
      throw error
    } finally {
      this.isEncoding = false
    }
    if (this.count === 0) setTime(this.#first, high, low)
    setTime(this.#last, high, low)
    this.#addEnd(writer.length)
    return writer.length - length
  }

  /** What waits, as a batch; the lane is then empty. Not while it `isEncoding`. */
  take(): EventBatch {
    const { kind, count } = this
    const batch = {
      kind,
      count,
      bytes: this.#writer.finish(),
      ends: this.#ends.slice(0, count),
      firstAt: toNanos(this.#first),
      lastAt: toNanos(this.#last),
    }
    this.count = 0
    if (batch.bytes.length <= this.#batchBytes * 2) this.#writer.truncate(0)
    else this.#writer = createWriter() // one large event should not hold its memory for ever
    return batch
  }

  /** Opens the sink for this kind, once. What failed is tried again, but for a schema that is refused. */
  open(sink: EventSink): Promise<void> {
    return (this.#opened ??= this.#open(sink))
  }

  /** Resolves once it is known whether the sink takes this kind. Never rejects. */
  async settled(): Promise<void> {
    await this.#opened?.catch(() => {})
  }

  async #open(sink: EventSink): Promise<void> {
    try {
      await sink.open(this.kind)
    } catch (error) {
      if ((error as { code?: unknown }).code === "ERR_EVENTS_SCHEMA") this.refusal = error
      else this.#opened = undefined
      throw error
    }
  }

  #addEnd(end: number): void {
    if (this.count === this.#ends.length) {
      const ends = new Uint32Array(this.count * 2)
      ends.set(this.#ends)
      this.#ends = ends
    }
    this.#ends[this.count++] = end
  }
}

const nested = ({ name }: EventKind): TypeError =>
  new TypeError(`Cannot record ${name} while another is encoded: a getter of its value records one`)

function setTime(time: Time, high: number, low: number): void {
  time.high = high
  time.low = low
}
