// Gives the batches of one kind to the other sink: in order, several at a time, each until it is taken or set aside.

import { EventsError } from "../errors.ts"
import { createDelivery, type Delivery } from "../for-sinks/delivery.ts"
import { isPassing } from "../for-sinks/passing.ts"
import type { EventKind } from "../kind.ts"
import type { EventBatch, EventSink } from "../sink.ts"
import type { Segment } from "./kind-log.ts"
import type { Position, PositionFile } from "./position.ts"
import { Rejected, type RejectedSettings } from "./rejected.ts"
import type { Room } from "./room.ts"
import type { Signal } from "./signal.ts"
import type { SetAside } from "./spool.ts"

/** What a sender is made with. */
export interface KindSenderSettings extends RejectedSettings {
  readonly sink: EventSink
  readonly room: Room
  readonly maxInFlight: number
  readonly onSetAside: (setAside: SetAside) => void
  readonly position: PositionFile
  /** Told of each acknowledgement. */
  readonly changed: Signal
}

/** A batch, where it is stored, and the position behind it. */
export interface StoredBatch {
  readonly batch: EventBatch
  readonly segment: Segment
  readonly position: Position
  readonly frameSize: number
}

/** Sends batches that are stored. */
export class KindSender {
  readonly #settings: KindSenderSettings
  readonly #delivery: Delivery<EventBatch>
  readonly #rejected: Rejected
  readonly #underWay: { readonly stored: StoredBatch; done: boolean }[] = []
  #ended = false
  #opened: { readonly kind: EventKind; readonly done: Promise<void> } | undefined
  #toKeep: Position | undefined
  #keeping: Promise<void> | undefined

  constructor(settings: KindSenderSettings) {
    this.#settings = settings
    this.#rejected = new Rejected(settings)
    this.#delivery = createDelivery({
      send: (batch) => this.#sendOrSetAside(batch),
      maxInFlight: settings.maxInFlight,
      retryMillis: Number.POSITIVE_INFINITY,
    })
  }

  /** Resolves once the batch is on its way: as soon as not too many are. */
  async send(stored: StoredBatch): Promise<void> {
    await this.#until(() => this.#underWay.length < this.#settings.maxInFlight)
    if (this.#ended) return
    const entry = { stored, done: false }
    this.#underWay.push(entry)
    this.#delivery.deliver([stored.batch]).then(
      () => {
        entry.done = true
        this.#acknowledge()
      },
      () => undefined, // it was ended: the batch stays
    )
  }

  /** Resolves once all that was sent is acknowledged, or sending has ended. */
  async drained(): Promise<void> {
    await this.#until(() => this.#underWay.length === 0)
    await this.#keeping
  }

  /** Sends no more. What is under way may be acknowledged until `close`. */
  end(): void {
    if (this.#ended) return
    this.#ended = true
    void this.#delivery.stop(new EventsError("ERR_EVENTS_CLOSED", "The spool is closed"))
  }

  async close(): Promise<void> {
    await new Promise(setImmediate) // those who waited for the sink go on before
    await this.#keeping
    await this.#rejected.close()
  }

  async #until(holds: () => boolean): Promise<void> {
    const { changed } = this.#settings
    for (let seen = changed.count; !this.#ended && !holds(); seen = changed.count) await changed.after(seen)
  }

  async #sendOrSetAside(batch: EventBatch): Promise<void> {
    try {
      await this.#open(batch.kind)
      await this.#settings.sink.write(batch)
    } catch (error) {
      if (this.#ended || isPassing(error)) throw toBeTriedAgain(error)
      await this.#setAside(batch, error).catch((full: unknown) => {
        throw toBeTriedAgain(full)
      })
    }
  }

  /** One after another, and once for the batches of a kind that follow each other: so they keep their order. */
  #open(kind: EventKind): Promise<void> {
    if (this.#opened?.kind === kind) return this.#opened.done
    const before = this.#opened?.done ?? Promise.resolve()
    const done = before.catch(() => undefined).then(() => this.#settings.sink.open(kind))
    this.#opened = { kind, done }
    done.catch(() => {
      if (this.#opened?.done === done) this.#opened = undefined
    })
    return done
  }

  async #setAside(batch: EventBatch, cause: unknown): Promise<void> {
    const path = await this.#rejected.add(batch)
    const message = `${batch.count} events are set aside in ${path}: ${(cause as Error).message}`
    const code = cause instanceof EventsError ? cause.code : "ERR_EVENTS_STORE"
    this.#settings.onSetAside({ path, error: new EventsError(code, message, { cause }) })
  }

  #acknowledge(): void {
    const { room, changed } = this.#settings
    let last: StoredBatch | undefined
    for (let first = this.#underWay[0]; first?.done === true; first = this.#underWay[0]) {
      this.#underWay.shift()
      last = first.stored
      room.free(last.frameSize)
      last.segment.taken -= last.frameSize
    }
    if (last !== undefined) this.#keep(last.position)
    changed.tell()
  }

  /** Writes one position at a time, and then the last there is by then. */
  #keep(position: Position): void {
    this.#toKeep = position
    this.#keeping ??= (async () => {
      for (let next = this.#toKeep; next !== undefined; next = this.#toKeep) {
        this.#toKeep = undefined
        await this.#settings.position.write(next).catch(() => undefined) // more is then sent twice, under its id
      }
      this.#keeping = undefined
    })()
  }
}

const toBeTriedAgain = (cause: unknown): EventsError =>
  new EventsError("ERR_EVENTS_UNAVAILABLE", `To be tried again: ${(cause as Error).message}`, { cause })
