// Events out of Kafka: all that is in their topics, or what of it falls to a member of a consumer group.

import { randomUUID } from "node:crypto"
import type { Schema } from "@avrolet/avro"
import {
  type EventSource,
  EventsError,
  type StoredEvents,
  storedEvent,
  type WantedEvents,
} from "@avrolet/events"
import { Admin } from "@platformatic/kafka"
import { answered } from "./answered.ts"
import {
  type ClientSettings,
  clientOptions,
  closeClient,
  type KafkaConnection,
  type KafkaTopics,
  whereOf,
} from "./connection.ts"
import { unframe } from "./framing.ts"
import { recordsForGroup } from "./group.ts"
import { recordsInPartitions } from "./partitions.ts"
import { refusal } from "./refusal.ts"
import type { SchemaRegistry } from "./registry/registry.ts"

/** Where events are read from, and by whom. */
export interface KafkaSourceOptions extends KafkaConnection, KafkaTopics {
  /**
   * A consumer group, whose members share the partitions. What the group has read it does not read again, whoever its
   * members are. Without a group everything is read, each partition in its order.
   */
  readonly group?: string
  /** How long a member of a group may be silent before its partitions go to others. Default 30,000. */
  readonly sessionMillis?: number
  /** Where to go on, without a group: nothing is read up to these. */
  readonly after?: readonly KafkaOffset[]
  /** How much is asked for at a time. Default 4 MiB. */
  readonly fetchBytes?: number
}

/** A place in Kafka. */
export interface KafkaOffset {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
}

/** Some events of a partition, and where the last of them is: with that as `after`, reading goes on behind it. */
export interface KafkaEvents extends StoredEvents, KafkaOffset {}

/** Events in Kafka. */
export interface KafkaSource extends EventSource {
  read(wanted: WantedEvents): AsyncIterable<KafkaEvents>
}

/** A message, and where it is. */
export interface FoundRecord extends KafkaOffset {
  readonly value: Buffer | null | undefined
}

/** What is read, and how Kafka is reached. */
export interface Asked {
  readonly options: KafkaSourceOptions
  readonly client: ClientSettings
  readonly topics: readonly string[]
  readonly wanted: WantedEvents
  readonly fetchBytes: number
}

/**
 * Reads what `kafkaSink` has recorded, or anything else that wrote such events in the wire format of Confluent's
 * serializers. With `since`, messages with an earlier timestamp are not even asked for: that of a message is when its
 * event was recorded.
 *
 * Without `follow` it ends with what is there when it begins. In a group events count as read when the next are asked
 * for, and Kafka is told so each second, so after a failure some come again, and none is lost.
 *
 * Reading rejects with `ERR_EVENTS_UNAVAILABLE`, `ERR_EVENTS_FORBIDDEN`, or `ERR_EVENTS_STORE`. A message that holds no
 * event is left out, and told as `ERR_EVENTS_FOREIGN`. While it follows it waits for a broker that is away. Throws a
 * `TypeError` for limits that are none.
 */
export function kafkaSource(options: KafkaSourceOptions): KafkaSource {
  const { fetchBytes = 4 * 1024 * 1024, sessionMillis = 30_000 } = options
  for (const [name, value] of Object.entries({ fetchBytes, sessionMillis })) {
    if (!(Number.isSafeInteger(value) && value > 0))
      throw new TypeError(`${name} must be an integer of 1 or more, got ${value}`)
  }

  async function* read(wanted: WantedEvents): AsyncGenerator<KafkaEvents> {
    const names = wanted.names ?? (await eventNames(options))
    const topics = [...new Set(names.map((name) => whereOf(options, name).topic))]
    const asked = { options, client: clientOptions(options), topics, wanted, fetchBytes }
    const reader = new Reader(options, names, wanted.onDamage ?? warn)
    const { group } = options
    const found =
      group === undefined ? recordsInPartitions(asked) : recordsForGroup(asked, group, sessionMillis)
    for await (const records of found) yield* reader.read(records)
  }
  return { read, names: () => eventNames(options) }
}

/** The names of all events that there are: those with a subject of their own in the registry, whose topic is there. */
async function eventNames(options: KafkaSourceOptions): Promise<string[]> {
  const topics = new Set(await allTopics(options))
  const names: string[] = []
  for (const subject of await options.registry.subjects()) {
    const name = await eventAt(subject, options.registry)
    if (name === undefined) continue
    const where = whereOf(options, name)
    if (where.subject === subject && topics.has(where.topic)) names.push(name)
  }
  return names
}

async function allTopics(options: KafkaSourceOptions): Promise<string[]> {
  const admin = answered(Admin, { ...clientOptions(options), clientId: `avrolet-${randomUUID()}` })
  try {
    return await admin.listTopics()
  } catch (error) {
    throw refusal("list the topics", error)
  } finally {
    await closeClient(admin)
  }
}

/** `undefined` where a subject is for something else. */
async function eventAt(subject: string, registry: SchemaRegistry): Promise<string | undefined> {
  try {
    const latest = await registry.latest(subject)
    return latest && storedEvent(latest.schema).name
  } catch (error) {
    if (error instanceof EventsError && error.code === "ERR_EVENTS_FOREIGN") return undefined
    throw error
  }
}

/** Makes stored events of messages: those that follow each other with one schema are given together. */
class Reader {
  readonly #options: KafkaSourceOptions
  readonly #names: readonly string[]
  readonly #onDamage: (error: EventsError) => void

  constructor(options: KafkaSourceOptions, names: readonly string[], onDamage: (error: EventsError) => void) {
    this.#options = options
    this.#names = names
    this.#onDamage = onDamage
  }

  /** Of one partition. */
  async *read(records: readonly FoundRecord[]): AsyncGenerator<KafkaEvents> {
    let run: Run | undefined
    for (const record of records) {
      const found = await this.#attempt(record)
      if (found === undefined) continue
      if (run?.writer === found.writer) {
        run.events.push(found.event)
        run.last = record
        continue
      }
      if (run !== undefined) yield together(run)
      run = { name: found.name, writer: found.writer, events: [found.event], last: record }
    }
    if (run !== undefined) yield together(run)
  }

  /** `undefined` for events that share the topic, and for what is told as no event; throws where that cannot be known. */
  async #attempt(record: FoundRecord): Promise<{ name: string; event: Buffer; writer: Schema } | undefined> {
    try {
      const { schemaId, value: event } = unframe(record.value)
      const writer = await this.#options.registry.find(schemaId)
      const { name = "" } = storedEvent(writer)
      if (whereOf(this.#options, name).topic !== record.topic)
        throw new EventsError("ERR_EVENTS_FOREIGN", `An event ${name}, which has another topic`)
      return this.#names.includes(name) ? { name, event, writer } : undefined
    } catch (cause) {
      const { code, message } = refusal("get its schema", cause)
      const error = new EventsError(code, `Cannot read ${placeOf(record)}: ${message}`, { cause })
      if (code !== "ERR_EVENTS_FOREIGN") throw error
      this.#onDamage(error)
      return undefined
    }
  }
}

/** Events that follow each other, and the message of the last. */
interface Run {
  readonly name: string
  readonly writer: Schema
  readonly events: Buffer[]
  last: FoundRecord
}

function together({ name, writer, events, last }: Run): KafkaEvents {
  const { topic, partition, offset } = last
  const [count, bytes, place] = [events.length, Buffer.concat(events), placeOf(last)]
  return { name, writer, count, bytes, place, topic, partition, offset }
}

const placeOf = ({ topic, partition, offset }: FoundRecord): string =>
  `message ${offset} of partition ${partition} of ${topic}`

const warn = (error: EventsError): void => process.emitWarning(error.message, "EventsWarning", error.code)
