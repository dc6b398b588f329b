// Recording: value → bytes at once, bytes → batches by size and age, batches → sink.
//
//   record(schema, value)   lane of the schema: envelope and value are written behind the events before
//   batch full, or old,     handed to the sink; up to `maxPendingBytes` wait for it
//   or half of that waits
//   sink acknowledges       room again; flush() resolves

import type { Schema } from "@avrolet/avro"
import { Clock } from "./clock.ts"
import { encodeOrigin } from "./envelope.ts"
import { EventsError } from "./errors.ts"
import { type Circumstances, Lane } from "./lane.ts"
import {
  type Limits,
  limitsOf,
  originOf,
  type RecorderOptions,
  type RecorderStats,
  warnOnce,
} from "./recorder-options.ts"
import type { EventBatch, EventSink } from "./sink.ts"
import { warn } from "./warn.ts"

/** Records events into a sink. */
export interface Recorder extends AsyncDisposable {
  /**
   * Records an event. It is encoded at once, and the value may be changed afterwards. Returns whether to go on at
   * once; if not, wait for `room()`, as for the `drain` of a stream.
   *
   * Throws what `encode` throws for a value that does not fit, which names the field: nothing of it is stored.
   * `ERR_EVENTS_SCHEMA` for a schema that is no event's, or with which what is stored already cannot be read;
   * `ERR_EVENTS_CLOSED`.
   */
  record<Input>(event: Schema<unknown, Input>, value: NoInfer<Input>): boolean
  /** Resolves once the sink has caught up; at once where it has. Never rejects. */
  room(): Promise<void>
  /**
   * Asks the sink whether it takes events of this schema: at the start of a program rather than at its first
   * event. Rejects with what the sink refuses it with.
   */
  open(event: Schema): Promise<void>
  /**
   * Resolves once the sink has acknowledged all that is recorded so far. Rejects with what it failed with since the
   * last `flush`.
   */
  flush(): Promise<void>
  /** `flush`, and closes the sink, whatever came of it. */
  close(): Promise<void>
  stats(): RecorderStats
}

/**
 * Makes a recorder, and does nothing until it is used. A program that ends by itself first stores what is recorded,
 * within `batchMillis`; `process.exit` and a signal that kills do not wait: `await recorder.close()` first.
 */
export function createRecorder(sink: EventSink, options: RecorderOptions = {}): Recorder {
  return new SinkRecorder(sink, options)
}

interface Failure {
  readonly error: unknown
}

class SinkRecorder implements Recorder {
  readonly #sink: EventSink
  readonly #lanes = new Map<Schema, Lane>()
  readonly #circumstances: Circumstances
  readonly #limits: Limits
  /** From so many bytes on nothing waits for a full batch: those who record are to wait, unless events are dropped. */
  readonly #fullFrom: number
  readonly #drops: boolean
  readonly #onError: (error: unknown) => void
  /** Batches at the sink: what each of them failed with, if it did. */
  readonly #deliveries = new Set<Promise<Failure | undefined>>()
  #timer: NodeJS.Timeout | undefined
  #closed: Promise<void> | undefined
  /** What no `flush` has told yet. */
  #failure: Failure | undefined
  #room: Room | undefined
  #pendingBytes = 0
  #recorded = 0
  #acknowledged = 0
  #dropped = 0
  #failed = 0

  constructor(sink: EventSink, options: RecorderOptions) {
    this.#sink = sink
    this.#limits = limitsOf(options)
    this.#fullFrom = this.#limits.maxPendingBytes / 2
    this.#drops = options.whenFull === "drop"
    this.#circumstances = {
      clock: new Clock(),
      origin: encodeOrigin(originOf(options)),
      traceId: options.traceId,
    }
    this.#onError = options.onError ?? warnOnce()
  }

  record(event: Schema, value: unknown): boolean {
    const lane = this.#lanes.get(event) ?? this.#addLane(event)
    if (lane.refusal !== undefined) throw lane.refusal
    if (this.#closed !== undefined) throw closed()
    if (this.#pendingBytes >= this.#limits.maxPendingBytes) {
      if (this.#dropped++ === 0 && !this.#drops) warn(NOBODY_WAITED)
    } else {
      // Only where nothing waits: a batch of any kind that has begun must not go back in time.
      if (this.#timer === undefined) this.#circumstances.clock.adjust()
      const bytes = lane.add(value)
      this.#pendingBytes += bytes
      this.#recorded++
      if (lane.isFull) this.#send(lane)
      else this.#sendLater()
    }
    if (this.#pendingBytes < this.#fullFrom) return true
    this.#sendIfIdle()
    return this.#drops
  }

  async room(): Promise<void> {
    if (this.#pendingBytes >= this.#fullFrom && !this.#drops) await (this.#room ??= createRoom()).promise
  }

  async open(event: Schema): Promise<void> {
    if (this.#closed !== undefined) throw closed()
    await (this.#lanes.get(event) ?? this.#addLane(event)).open(this.#sink)
  }

  async flush(): Promise<void> {
    const isWithinValue = [...this.#lanes.values()].some((lane) => lane.isEncoding)
    if (isWithinValue) await Promise.resolve() // a getter of it asks: until it is whole
    this.#sendAll()
    const deliveries = Promise.all(this.#deliveries)
    for (const lane of this.#lanes.values()) await lane.settled()
    await this.#sink.flush?.()
    const failures = await deliveries
    const failure = this.#failure ?? failures.find((one) => one !== undefined)
    this.#failure = undefined
    if (failure !== undefined) throw failure.error
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close())
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  stats(): RecorderStats {
    return {
      recorded: this.#recorded,
      acknowledged: this.#acknowledged,
      dropped: this.#dropped,
      failed: this.#failed,
      pendingBytes: this.#pendingBytes,
    }
  }

  #addLane(event: Schema): Lane {
    const lane = new Lane(event, this.#circumstances, this.#limits.batchBytes)
    this.#lanes.set(event, lane)
    return lane
  }

  #sendAll(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    for (const lane of this.#lanes.values()) {
      if (lane.isEncoding) this.#sendLater()
      else if (lane.count > 0) this.#send(lane)
    }
  }

  #sendLater(): void {
    this.#timer ??= setTimeout(() => this.#sendAll(), this.#limits.batchMillis)
  }

  #send(lane: Lane): void {
    const delivery = this.#deliver(lane, lane.take())
    this.#deliveries.add(delivery)
    void delivery.then(() => {
      this.#deliveries.delete(delivery)
      this.#sendIfIdle()
    })
  }

  /** A sink that has nothing to do gets what there is. */
  #sendIfIdle(): void {
    if (this.#pendingBytes >= this.#fullFrom && this.#deliveries.size === 0) this.#sendAll()
  }

  /** Never rejects. */
  async #deliver(lane: Lane, batch: EventBatch): Promise<Failure | undefined> {
    let failure: Failure | undefined
    try {
      await lane.open(this.#sink)
      await this.#sink.write(batch)
      this.#acknowledged += batch.count
    } catch (error) {
      failure = { error }
      this.#failed += batch.count
      this.#failure ??= failure
    }
    this.#pendingBytes -= batch.bytes.length
    if (this.#pendingBytes < this.#fullFrom) {
      this.#room?.resolve()
      this.#room = undefined
    }
    if (failure !== undefined) this.#tell(failure.error)
    return failure
  }

  /** What `onError` throws is the program's own fault, and no part of a delivery. */
  #tell(error: unknown): void {
    try {
      this.#onError(error)
    } catch (fault) {
      queueMicrotask(() => {
        throw fault
      })
    }
  }

  async #close(): Promise<void> {
    try {
      await this.flush()
    } finally {
      await this.#sink.close()
    }
  }
}

/** For those who wait until the sink has caught up. */
interface Room {
  readonly promise: Promise<void>
  readonly resolve: () => void
}

function createRoom(): Room {
  let resolve = (): void => {}
  const promise = new Promise<void>((resolved) => {
    resolve = resolved
  })
  return { promise, resolve }
}

const NOBODY_WAITED =
  'Events are dropped: record() has returned false, and nobody waited for room(); or choose whenFull: "drop"'

const closed = (): EventsError =>
  new EventsError("ERR_EVENTS_CLOSED", "Cannot record an event: the recorder is closed")
