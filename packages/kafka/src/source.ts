// Events out of Kafka: all that is in their topics, or what of it falls to a member of a consumer group.

import { randomUUID } from "node:crypto"
import {
  type EventSource,
  EventsError,
  type StoredEvents,
  storedEvent,
  type WantedEvents,
} from "@avrolet/events"
import { checkLimits } from "@avrolet/events/for-sinks"
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
import { eventsReader } from "./events-reader.ts"
import { recordsForGroup } from "./group.ts"
import { recordsInPartitions } from "./partitions.ts"
import { refusal } from "./refusal.ts"
import type { SchemaRegistry } from "./registry.ts"

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

/** What is wanted, with the names of all events and somebody who is told. */
export type Reading = WantedEvents & Required<Pick<WantedEvents, "names" | "onDamage">>

/** What is read, and how Kafka is reached. */
export interface Asked {
  readonly options: KafkaSourceOptions
  readonly client: ClientSettings
  readonly topics: readonly string[]
  readonly wanted: Reading
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
 * event is left out, and told as `ERR_EVENTS_FOREIGN`; what retention has taken before it was read, as
 * `ERR_EVENTS_DAMAGED`. While it follows it waits for a broker, or a registry, that is away. Throws a `TypeError` for
 * limits that are none.
 */
export function kafkaSource(options: KafkaSourceOptions): KafkaSource {
  const { fetchBytes = 4 * 1024 * 1024, sessionMillis = 30_000 } = options
  checkLimits({ fetchBytes, sessionMillis })

  async function* read(asks: WantedEvents): AsyncGenerator<KafkaEvents> {
    const names = asks.names ?? (await eventNames(options))
    const topics = [...new Set(names.map((name) => whereOf(options, name).topic))]
    const wanted = { onDamage: warn, ...asks, names }
    const asked = { options, client: clientOptions(options), topics, wanted, fetchBytes }
    const { group } = options
    const found =
      group === undefined ? recordsInPartitions(asked) : recordsForGroup(asked, group, sessionMillis)
    const eventsIn = eventsReader(options, wanted)
    for await (const records of found) yield* eventsIn(records)
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

const warn = (error: EventsError): void => process.emitWarning(error.message, "EventsWarning", error.code)
