// Events out of Kafka: all that is in their topics, or what of it falls to a member of a consumer group.

import { randomUUID } from "node:crypto"
import { type EventSource, EventsError, storedEvent, type WantedEvents } from "@avrolet/events"
import { checkIntegers } from "@avrolet/events/for-sinks"
import { Admin } from "@platformatic/kafka"
import { answered } from "./answered.ts"
import { clientOptions, closeClient, whereOf } from "./connection.ts"
import { eventsReader } from "./events-reader.ts"
import { recordsForGroup } from "./group.ts"
import { recordsInPartitions } from "./partitions.ts"
import type { KafkaEvents, KafkaSourceOptions } from "./reading.ts"
import { refusal } from "./refusal.ts"
import type { SchemaRegistry } from "./registry/registry.ts"

/** Events in Kafka. */
export interface KafkaSource extends EventSource {
  read(wanted: WantedEvents): AsyncIterable<KafkaEvents>
}

/**
 * Reads what `kafkaSink` has recorded, or anything else that wrote such events in the wire format of Confluent's
 * serializers. With `since`, messages with an earlier timestamp are not even asked for: that of a message is when its
 * event was recorded.
 *
 * Without `follow` it ends with what is there when it begins. In a group events count as read when those that were
 * fetched after them are asked for, and Kafka is told so each second: so some may come again, and none is lost.
 *
 * Reading rejects with `ERR_EVENTS_UNAVAILABLE`, `ERR_EVENTS_FORBIDDEN`, or `ERR_EVENTS_STORE`. A message that holds no
 * event is left out, and told as `ERR_EVENTS_FOREIGN`; what retention has taken before it was read, as
 * `ERR_EVENTS_DAMAGED`. While it follows it waits for a broker, or a registry, that is away. Throws a `TypeError` for
 * limits that are none.
 */
export function kafkaSource(options: KafkaSourceOptions): KafkaSource {
  const { fetchBytes = 4 * 1024 * 1024, sessionMillis = 30_000 } = options
  checkIntegers({ fetchBytes, sessionMillis })

  async function* read(asks: WantedEvents): AsyncGenerator<KafkaEvents> {
    const names = asks.names ?? (await eventNames(options))
    const topics = [...new Set(names.map((name) => whereOf(options, name).topic))]
    const wanted = { onDamage: warn, ...asks, names }
    const asked = { options, client: clientOptions(options), topics, wanted, fetchBytes }
    const { group } = options
    const found =
      group === undefined ? recordsInPartitions(asked) : recordsForGroup(asked, group, sessionMillis)
    const eventsIn = eventsReader(options, wanted)
    for await (const records of found) {
      if (!(yield* eventsIn(records))) return // and ask for no more, or those not given would count as read
    }
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
