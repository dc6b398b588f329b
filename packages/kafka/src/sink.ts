// Events into Kafka: a message each, at the topic of their event, in the wire format of Confluent's serializers. The
// producer is idempotent: what is sent again is there once.

import { decodeFrom } from "@avrolet/avro"
import { createReader } from "@avrolet/avro/binary"
import {
  type EventBatch,
  type EventKind,
  type EventSink,
  EventsError,
  namesOf,
  storedEvent,
} from "@avrolet/events"
import { checkIntegers, checkReadable, createDelivery, type Delivery } from "@avrolet/events/for-sinks"
import { Admin, type CompressionAlgorithmValue, type MessageToProduce, Producer } from "@platformatic/kafka"
import { answered } from "./answered.ts"
import { clientOptions, closeClient, type KafkaConnection, type KafkaTopics, whereOf } from "./connection.ts"
import { frame } from "./framing.ts"
import { metadataOf } from "./offsets.ts"
import { isKafkaError, refusal } from "./refusal.ts"

/** How `kafkaSink` produces, and what it makes topics with. */
export interface KafkaSinkOptions extends KafkaConnection, KafkaTopics {
  /**
   * The key of an event: events of one key are in one partition, in their order. It costs decoding each event. Without
   * it the events of one kind, from one sink, are in one partition, which is chosen for each sink.
   */
  readonly key?: (event: KeyedEvent, name: string) => string | Uint8Array
  /** How many partitions a topic is made with. Default 1; one that is there stays as it is. */
  readonly partitions?: number
  /** How many brokers have a topic that is made. Default: the broker's own. */
  readonly replicas?: number
  /** Settings of a topic that is made, such as `{ "retention.ms": "604800000" }`. */
  readonly topicConfig?: Readonly<Record<string, string>>
  /** Default `none`. */
  readonly compression?: CompressionAlgorithmValue
  /** How many bytes of events go into one request. Default 524,288. */
  readonly requestBytes?: number
  /** The largest event there may be. Default 1,000,000, since a topic takes 1 MiB unless its `max.message.bytes` is set. */
  readonly maxEventBytes?: number
  /** How long to go on while nothing is acknowledged, before `write` rejects. Default 30,000. */
  readonly retryMillis?: number
  /** How long `close` waits for what is under way. Default 5000. */
  readonly closeMillis?: number
}

/** An event as it is recorded, within its envelope. */
export interface KeyedEvent {
  readonly at: bigint
  readonly host: string
  readonly pid: number
  readonly service: string
  readonly value: unknown
}

const NANOS_A_MILLI = 1_000_000n
const ALL_IN_SYNC = -1

type KafkaMessage = MessageToProduce

/**
 * Records into Kafka, with schemas in a registry. Topics are made by the first `open` of their event, where they are not
 * there.
 *
 * An event is acknowledged when all replicas in sync have it. Events of one kind, from one sink, are in the order they
 * were recorded, and what the sink itself sends again is there once. What it has given up (`retryMillis`), or another
 * process has begun, and is written again may be there twice: Kafka knows a producer, not its batches.
 *
 * `open` rejects with `ERR_EVENTS_SCHEMA` where the schema cannot read what was recorded last, or the registry refuses
 * it. `write` rejects with `ERR_EVENTS_UNAVAILABLE` after `retryMillis` without an acknowledgement, and at once with
 * `ERR_EVENTS_FORBIDDEN` and `ERR_EVENTS_TOO_LARGE`. Put a `spool` before it to wait longer. Throws a `TypeError` for
 * limits that are none.
 */
export function kafkaSink(options: KafkaSinkOptions): EventSink {
  const { retryMillis = 30_000, requestBytes = 512 * 1024, closeMillis = 5000, partitions = 1 } = options
  const { maxEventBytes = 1_000_000 } = options
  checkIntegers({ retryMillis, requestBytes, maxEventBytes, closeMillis, partitions })
  const lanes = new Map<string, Promise<Lane>>()
  let closed: Promise<void> | undefined

  const laneOf = (kind: EventKind): Promise<Lane> => {
    let lane = lanes.get(kind.name)
    if (lane === undefined) {
      lane = openTopic(options, kind.name, partitions).then(
        () => new Lane({ ...options, retryMillis, requestBytes, maxEventBytes }, kind.name),
      )
      lanes.set(kind.name, lane)
      lane.catch(() => lanes.delete(kind.name))
    }
    return lane
  }
  const checkOpen = (): void => {
    if (closed !== undefined) throw new EventsError("ERR_EVENTS_CLOSED", "The sink is closed")
  }
  return {
    async open(kind) {
      checkOpen()
      await (await laneOf(kind)).open(kind)
    },
    async write(batch) {
      checkOpen()
      await (await laneOf(batch.kind)).write(batch)
    },
    close: () => {
      const all = [...lanes.values()].map((lane) =>
        lane.then((opened) => opened.close(closeMillis)).catch(() => undefined),
      )
      return (closed ??= Promise.all(all).then(() => undefined))
    },
  }
}

/** Makes the topic where there is none. */
async function openTopic(options: KafkaSinkOptions, name: string, partitions: number): Promise<void> {
  const { topic } = whereOf(options, name)
  const admin = answered(Admin, clientOptions(options))
  try {
    if ((await metadataOf(admin, topic)) !== undefined) return // who may write need not be let make one
    await admin
      .createTopics({
        topics: [topic],
        partitions,
        replicas: options.replicas ?? -1,
        configs: Object.entries(options.topicConfig ?? {}).map(([key, value]) => ({ name: key, value })),
      })
      .catch((error: unknown) => {
        if (!isKafkaError(error, "TOPIC_ALREADY_EXISTS")) throw error
      })
  } catch (error) {
    throw refusal(`open the topic ${topic}`, error)
  } finally {
    await closeClient(admin)
  }
}

type LaneOptions = KafkaSinkOptions &
  Required<Pick<KafkaSinkOptions, "retryMillis" | "requestBytes" | "maxEventBytes">>

/**
 * The events of one kind. One request at a time: the client counts messages only once they are acknowledged, and Kafka
 * knows what it has already by that count.
 */
class Lane {
  readonly #options: LaneOptions
  readonly #topic: string
  /** Of events without a key; the client reduces it to those that there are. */
  readonly #partition = Math.floor(Math.random() * 0x7fff_ffff)
  readonly #schemaIds = new WeakMap<EventKind, Promise<number>>()
  readonly #delivery: Delivery<readonly KafkaMessage[]>
  #producer: Producer | undefined
  #written: Promise<unknown> = Promise.resolve()

  constructor(options: LaneOptions, name: string) {
    this.#options = options
    this.#topic = whereOf(options, name).topic
    const { retryMillis } = options
    this.#delivery = createDelivery({ send: (messages) => this.#send(messages), maxInFlight: 1, retryMillis })
  }

  open(kind: EventKind): Promise<number> {
    let id = this.#schemaIds.get(kind)
    if (id === undefined) {
      id = this.#register(kind)
      this.#schemaIds.set(kind, id)
      id.catch(() => this.#schemaIds.delete(kind))
    }
    return id
  }

  write(batch: EventBatch): Promise<void> {
    const written = this.open(batch.kind).then((schemaId) => this.#deliver(batch, schemaId))
    this.#written = Promise.allSettled([this.#written, written])
    return written
  }

  async close(waitMillis: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise((resolve) => (timer = setTimeout(resolve, waitMillis)))
    await Promise.race([this.#written, late])
    clearTimeout(timer)
    await this.#delivery.stop(
      new EventsError("ERR_EVENTS_CLOSED", "The sink was closed before Kafka had acknowledged it"),
    )
    await this.#endProducer()
  }

  async #register(kind: EventKind): Promise<number> {
    const { registry } = this.#options
    for (const name of namesOf(kind.event)) {
      const { topic, subject } = whereOf(this.#options, name)
      const last = await registry.latest(subject)
      if (last !== undefined) checkReadable(kind, storedEvent(last.schema), topic)
    }
    return registry.register(whereOf(this.#options, kind.name).subject, kind.stored)
  }

  async #deliver(batch: EventBatch, schemaId: number): Promise<void> {
    const requests: KafkaMessage[][] = []
    let size = Number.POSITIVE_INFINITY
    for (const message of this.#messagesOf(batch, schemaId)) {
      size += message.value?.length ?? 0
      if (size > this.#options.requestBytes) {
        requests.push([])
        size = message.value?.length ?? 0
      }
      requests.at(-1)?.push(message)
    }
    try {
      await this.#delivery.deliver(requests)
    } catch (error) {
      if (isUnavailable(error)) await this.#endProducer() // given up; of all others `#send` has ended it
      throw error
    }
  }

  *#messagesOf(batch: EventBatch, schemaId: number): Generator<KafkaMessage> {
    const { key, maxEventBytes } = this.#options
    let start = 0
    for (const end of batch.ends) {
      const event = batch.bytes.subarray(start, end)
      if (event.length > maxEventBytes) throw tooLarge(batch.kind.name, event.length, maxEventBytes)
      const timestamp = createReader(event).readBigInt() / NANOS_A_MILLI // an event begins with when it was recorded
      const message: KafkaMessage = { topic: this.#topic, value: frame(schemaId, event), timestamp }
      if (key === undefined) message.partition = this.#partition
      else
        message.key = keyBytes(
          key(decodeFrom(batch.kind.stored, createReader(event)) as KeyedEvent, batch.kind.name),
        )
      yield message
      start = end
    }
  }

  async #send(messages: readonly KafkaMessage[]): Promise<void> {
    // Told to be idempotent here, and not by each request, this client would try again for ever.
    this.#producer ??= answered(Producer, { ...clientOptions(this.#options), maxInflights: 1 })
    const producer = this.#producer
    const { compression } = this.#options
    try {
      await producer.send({
        messages: [...messages],
        idempotent: true,
        acks: ALL_IN_SYNC,
        ...(compression === undefined ? {} : { compression }),
      })
    } catch (error) {
      producer.clearMetadata()
      const refused = refusal(`produce to ${this.#topic}`, error)
      // What is not sent again may be there all the same, and then Kafka would take the next one for it.
      if (isForgotten(error) || !isUnavailable(refused)) await this.#endProducer()
      throw refused
    }
  }

  async #endProducer(): Promise<void> {
    const producer = this.#producer
    this.#producer = undefined
    if (producer !== undefined) await closeClient(producer)
  }
}

/** Whether Kafka no longer knows where the producer is: another one has to begin anew. */
const isForgotten = (error: unknown): boolean =>
  ["OUT_OF_ORDER_SEQUENCE_NUMBER", "UNKNOWN_PRODUCER_ID", "INVALID_PRODUCER_EPOCH", "PRODUCER_FENCED"].some(
    (name) => isKafkaError(error, name),
  )

/** Whether the same request is sent again. */
const isUnavailable = (error: unknown): boolean =>
  error instanceof EventsError && error.code === "ERR_EVENTS_UNAVAILABLE"

const tooLarge = (name: string, size: number, maxBytes: number): EventsError =>
  new EventsError(
    "ERR_EVENTS_TOO_LARGE",
    `Cannot produce an event ${name} of ${size} bytes: the limit is ${maxBytes}; raise maxEventBytes, and the topic's ` +
      "max.message.bytes, or record less in one event",
  )

const keyBytes = (key: string | Uint8Array): Buffer =>
  typeof key === "string" ? Buffer.from(key) : Buffer.from(key.buffer, key.byteOffset, key.byteLength)
