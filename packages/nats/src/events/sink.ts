// Events into JetStream: messages at the subject of their event, each acknowledged by the broker once it has it on its
// disk. Many are under way at a time, unless that could cost the order; after a failure those that were not
// acknowledged are sent again, in order and under the same ids, by which the broker knows what it has already.

import { randomBytes } from "node:crypto"
import { type EventBatch, type EventKind, type EventSink, EventsError } from "@avrolet/events"
import { checkIntegers, createDelivery, type Delivery } from "@avrolet/events/for-sinks"
import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/nats-core"
import { type ConnectionWatch, watchConnection } from "../connection-watch.ts"
import { messagesOf } from "./message.ts"
import { type JetStreamNames, type Names, namesOf } from "./names.ts"
import { isGone, refusal } from "./refusal.ts"
import { registerSchema } from "./schemas.ts"
import { ensureStreams, type StreamOptions } from "./streams.ts"

/** How `jetStreamSink` publishes, and what it makes the stream with. */
export interface JetStreamSinkOptions extends JetStreamNames, StreamOptions {
  /** How large a message becomes that could hold more events. Default 65,536. */
  readonly messageBytes?: number
  /** How many messages of one kind may wait for their acknowledgement. Default 32; one if the stream refuses when full. */
  readonly maxInFlight?: number
  /** How long to wait for an acknowledgement before the message is sent again. Default 5000. */
  readonly ackMillis?: number
  /** How long to go on while nothing is acknowledged, before `write` rejects. Default 30,000. */
  readonly retryMillis?: number
  /** How long `close` waits for what is under way. Default 5000. */
  readonly closeMillis?: number
}

type Limits = Required<Omit<JetStreamSinkOptions, keyof JetStreamNames | keyof StreamOptions>>

/** What the client adds to a message: subjects, headers. `max_payload` counts the headers too. */
const HEADERS_SIZE = 512

interface Message {
  readonly kind: EventKind
  readonly subject: string
  readonly id: string
  readonly bytes: Uint8Array
}

/** What is known to be there, until the streams turn out to be gone. */
interface Streams {
  /** Through which they were found or made. */
  manager: Promise<JetStreamManager> | undefined
  /** The kinds whose schemas are registered. */
  readonly registered: WeakMap<EventKind, Promise<void>>
}

/**
 * Records into JetStream, over a connection that stays yours. The streams are made by the first `open`, if they are
 * not there, and made again where they are deleted meanwhile, with the schemas of what is recorded then.
 *
 * An event is acknowledged when the broker, or most of its replicas, has stored it. Events of one kind, from one sink,
 * are stored in the order they were recorded, and none twice as long as the broker remembers ids
 * (`duplicateWindowMillis`). A stream that refused when it was full, as it was at the first `open`, is given one message
 * at a time, since it may have room for a small one behind a large one that it refuses. Where the limits of the account
 * or of the server refuse a message, or a cluster has no leader for a moment, up to `maxInFlight` that were under way
 * behind it may be stored before it.
 *
 * `open` rejects with `ERR_EVENTS_SCHEMA` where the schema cannot read what was recorded last, and with
 * `ERR_EVENTS_STORE` where the stream is none for events. `write` rejects with `ERR_EVENTS_UNAVAILABLE` after
 * `retryMillis` without the broker, and at once with `ERR_EVENTS_FULL`, `ERR_EVENTS_FORBIDDEN` and
 * `ERR_EVENTS_TOO_LARGE` when the broker says so. Put a `spool` before it to wait longer. Throws a `TypeError` for
 * names and limits that are none.
 */
export function jetStreamSink(connection: NatsConnection, options: JetStreamSinkOptions = {}): EventSink {
  return new JetStreamSink(connection, options)
}

class JetStreamSink implements EventSink {
  readonly #connection: NatsConnection
  readonly #options: Limits & StreamOptions
  readonly #names: Names
  readonly #watch: ConnectionWatch
  readonly #js: JetStreamClient
  readonly #deliveries = new Map<string, Delivery<Message>>()
  readonly #id = randomBytes(9).toString("base64url")
  #batches = 0
  #refusesWhenFull: boolean
  #streams = unknownStreams()
  #underWay = new Set<Promise<unknown>>()
  #closed: Promise<void> | undefined

  constructor(connection: NatsConnection, options: JetStreamSinkOptions) {
    this.#connection = connection
    this.#names = namesOf(options)
    this.#watch = watchConnection(connection)
    const { messageBytes = 65_536, maxInFlight = 32, ackMillis = 5000 } = options
    const { retryMillis = 30_000, closeMillis = 5000 } = options
    const limits = { messageBytes, maxInFlight, ackMillis, retryMillis, closeMillis }
    checkIntegers(limits)
    this.#options = { ...options, ...limits }
    this.#refusesWhenFull = options.whenFull === "refuse"
    this.#js = jetstream(connection, { timeout: ackMillis })
  }

  async open(kind: EventKind): Promise<void> {
    this.#checkOpen()
    for (let tries = 1; ; tries++) {
      const streams = this.#streams
      try {
        return await this.#register(streams, kind)
      } catch (cause) {
        const error = this.#failed(`record ${kind.name} in ${this.#names.events}`, streams, cause)
        if (this.#streams === streams || tries > 1) throw error
      }
    }
  }

  async write(batch: EventBatch): Promise<void> {
    this.#checkOpen()
    const id = batch.id ?? `${this.#id}-${this.#batches++}`
    const maxBytes = (this.#connection.info?.max_payload ?? Number.POSITIVE_INFINITY) - HEADERS_SIZE
    const messages = messagesOf(batch, Math.min(this.#options.messageBytes, maxBytes), maxBytes)
    const subject = this.#names.eventSubject(batch.kind.name)
    const delivered = this.#deliveryOf(batch.kind.name).deliver(
      messages.map(({ bytes, from, to }) => ({
        kind: batch.kind,
        subject,
        id: `${id}.${from}-${to}`,
        bytes,
      })),
    )
    const settled = delivered.catch(() => undefined)
    this.#underWay.add(settled)
    void settled.then(() => this.#underWay.delete(settled))
    return delivered
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#end())
  }

  async #end(): Promise<void> {
    const { closeMillis } = this.#options
    let timer: NodeJS.Timeout | undefined
    const late = new Promise((resolve) => (timer = setTimeout(resolve, closeMillis)))
    await Promise.race([Promise.all(this.#underWay), late])
    clearTimeout(timer)
    const reason = new EventsError(
      "ERR_EVENTS_CLOSED",
      "The sink was closed before the broker had acknowledged it",
    )
    await Promise.all([...this.#deliveries.values()].map((delivery) => delivery.stop(reason)))
  }

  /** The schema of a kind is registered, in streams that are there. */
  #register(streams: Streams, kind: EventKind): Promise<void> {
    const registered = this.#whileUp(async () => {
      const jsm = await this.#prepare(streams)
      await registerSchema({ names: this.#names, js: this.#js, jsm }, kind)
    })
    streams.registered.set(kind, registered)
    registered.catch(() => streams.registered.delete(kind))
    return registered
  }

  /** The streams are there, once for all kinds; tried again after a failure. */
  #prepare(streams: Streams): Promise<JetStreamManager> {
    if (streams.manager === undefined) {
      const { ackMillis: timeout } = this.#options
      streams.manager = this.#whileUp(async () => {
        const jsm = await jetstreamManager(this.#connection, { timeout, checkAPI: false })
        const { refusesWhenFull } = await ensureStreams(jsm, this.#names, this.#options)
        this.#refusesWhenFull = refusesWhenFull
        return jsm
      })
      streams.manager.catch(() => (streams.manager = undefined))
    }
    return streams.manager
  }

  #deliveryOf(name: string): Delivery<Message> {
    let delivery = this.#deliveries.get(name)
    if (delivery === undefined) {
      const { maxInFlight, retryMillis } = this.#options
      delivery = createDelivery<Message>({
        send: (message) => this.#publish(message),
        maxInFlight: this.#refusesWhenFull ? 1 : maxInFlight,
        retryMillis,
      })
      this.#deliveries.set(name, delivery)
    }
    return delivery
  }

  async #publish({ kind, subject, id, bytes }: Message): Promise<void> {
    const streams = this.#streams
    try {
      await (streams.registered.get(kind) ?? this.#register(streams, kind))
      const ack = await this.#whileUp(() => this.#js.publish(subject, bytes, { msgID: id }))
      if (ack.stream !== this.#names.events) {
        throw new EventsError(
          "ERR_EVENTS_STORE",
          `Cannot publish to ${subject}: the stream ${ack.stream} took it, and not ${this.#names.events}`,
        )
      }
    } catch (error) {
      throw this.#failed(`publish to ${subject}`, streams, error)
    }
  }

  /** Streams that are gone are forgotten: what comes next makes them again. */
  #failed(what: string, streams: Streams, cause: unknown): EventsError {
    if (!isGone(cause)) return refusal(what, cause)
    if (this.#streams === streams) this.#streams = unknownStreams()
    const message = `Cannot ${what}: there is no stream for it, or JetStream is not enabled`
    return new EventsError("ERR_EVENTS_UNAVAILABLE", message, { cause })
  }

  /**
   * Asks the broker while the connection is up: what is published while it is down the client would keep, and send
   * before what it sent earlier and has lost. An answer that has not come when it breaks does not come any more.
   */
  #whileUp<Value>(ask: () => Promise<Value>): Promise<Value> {
    const watch = this.#watch
    return new Promise<Value>((resolve, reject) => {
      if (watch.isDown) throw down()
      const listener = { onDown: () => reject(down()) }
      watch.add(listener)
      ask()
        .then(resolve, reject)
        .finally(() => watch.delete(listener))
    })
  }

  #checkOpen(): void {
    if (this.#closed !== undefined) throw new EventsError("ERR_EVENTS_CLOSED", "The sink is closed")
  }
}

const unknownStreams = (): Streams => ({ manager: undefined, registered: new WeakMap() })

const down = (): EventsError =>
  new EventsError("ERR_EVENTS_UNAVAILABLE", "The connection to the broker is down")
