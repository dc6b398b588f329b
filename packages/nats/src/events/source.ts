// Events out of JetStream: all that is there, in the order of the stream, or what of it falls to a member of a group.

import { type EventSource, EventsError, type StoredEvents, type WantedEvents } from "@avrolet/events"
import { checkIntegers } from "@avrolet/events/for-sinks"
import { type JetStreamManager, type JsMsg, jetstreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/nats-core"
import { deliveriesToGroup } from "./group.ts"
import { contentOf, fingerprintOf } from "./message.ts"
import { type JetStreamNames, type Names, namesOf } from "./names.ts"
import { deliveriesInOrder } from "./ordered.ts"
import { refusal } from "./refusal.ts"
import { createSchemaCache, type SchemaCache } from "./schemas.ts"

/** Where events are read from, and by whom. */
export interface JetStreamSourceOptions extends JetStreamNames {
  /**
   * The name of a group, whose members share the events: each message goes to one of them, and to another one if that
   * did not come to its end. What the group has read it does not read again, whoever its members are. Without a group
   * everything is read, in order.
   */
  readonly group?: string
  /**
   * How long a member of a group may be silent, blocked or dead, before its messages go to another. Default 30,000. A
   * message that is being read is not lost that way, however long that takes.
   */
  readonly ackMillis?: number
  /** Where to go on: nothing is read up to this `sequence`. A group has its own place, from its first read on. */
  readonly after?: number
  /** How many schemas of others to keep. Default 1000. */
  readonly maxSchemas?: number
}

/** The events of a message. */
export interface JetStreamEvents extends StoredEvents {
  /** The place of the message in the stream: with it as `after`, reading goes on behind these events. */
  readonly sequence: number
}

/** Events in JetStream. */
export interface JetStreamSource extends EventSource {
  read(wanted: WantedEvents): AsyncIterable<JetStreamEvents>
}

/** A message, and what becomes of it. */
export interface Delivery {
  readonly message: JsMsg
  /** Called when the next message is asked for: with whether this one was read to its end. */
  readonly done: (isRead: boolean) => void
}

/** The broker's own. */
const DEFAULT_MAX_PAYLOAD_BYTES = 1024 * 1024

/**
 * Reads what `jetStreamSink` has recorded, over a connection that stays yours. With `since`, messages that were stored
 * a minute or more before it are not even asked for.
 *
 * Without `follow` it ends with what is there when it begins. A message of a group counts as read when the next one is
 * asked for, so after a failure events come again, and none is lost.
 *
 * Reading rejects with `ERR_EVENTS_STORE` where there is no such stream, or it is deleted before all is read, or the
 * group reads other events; with `ERR_EVENTS_UNAVAILABLE`, also where the connection is closed meanwhile, and with
 * `ERR_EVENTS_FORBIDDEN`. A message that holds no events is left out, and told as `ERR_EVENTS_FOREIGN`. While it follows
 * it waits for a broker that is away, and without a group for a stream too. Throws a `TypeError` for names and limits
 * that are none.
 */
export function jetStreamSource(
  connection: NatsConnection,
  options: JetStreamSourceOptions = {},
): JetStreamSource {
  const { maxSchemas = 1000, ackMillis = 30_000 } = options
  checkIntegers({ maxSchemas, ackMillis })
  const names = namesOf(options)
  let schemas: SchemaCache | undefined

  async function* read(wanted: WantedEvents): AsyncGenerator<JetStreamEvents> {
    const jsm = await manager(connection)
    schemas ??= createSchemaCache(jsm, names, maxSchemas)
    const maxPayloadBytes = connection.info?.max_payload ?? DEFAULT_MAX_PAYLOAD_BYTES
    const asked = { jsm, names, wanted, after: options.after ?? 0, ackMillis, maxPayloadBytes }
    const { group } = options
    const deliveries = group === undefined ? deliveriesInOrder(asked) : deliveriesToGroup(asked, group)
    for await (const { message, done } of deliveries) {
      let isRead = false
      try {
        const isWanted = wanted.names?.includes(names.eventName(message.subject)) ?? true
        const events = isWanted ? await eventsIn(message, names, schemas, wanted.onDamage ?? warn) : undefined
        if (events !== undefined) yield events
        isRead = true
      } finally {
        done(isRead)
      }
    }
  }
  // A group reads what it read first: names that have come since would be another group's.
  return options.group === undefined ? { read, names: () => eventNames(connection, names) } : { read }
}

/** The names of all events that the stream has. */
async function eventNames(connection: NatsConnection, names: Names): Promise<string[]> {
  try {
    const { state } = await (await manager(connection)).streams.info(names.events, {
      subjects_filter: names.allEvents,
    })
    return Object.keys(state.subjects ?? {}).map((subject) => names.eventName(subject))
  } catch (error) {
    throw refusal(`list the events of ${names.events}`, error)
  }
}

async function manager(connection: NatsConnection): Promise<JetStreamManager> {
  return jetstreamManager(connection, { checkAPI: false })
}

/** What a message holds; `undefined` where that is nothing, and has been told. */
async function eventsIn(
  message: JsMsg,
  names: Names,
  schemas: SchemaCache,
  onDamage: (error: EventsError) => void,
): Promise<JetStreamEvents | undefined> {
  const { subject, seq: sequence, data } = message
  try {
    const { kind } = await schemas.find(fingerprintOf(data))
    if (kind.name !== names.eventName(subject))
      throw new EventsError("ERR_EVENTS_FOREIGN", `It holds events ${kind.name}, which have another subject`)
    return {
      name: kind.name,
      writer: kind.stored,
      sequence,
      place: `message ${sequence} of ${names.events}`,
      ...contentOf(data),
    }
  } catch (cause) {
    const { code, message: why } = refusal("get its schema", cause)
    const told = `Cannot read message ${sequence} of ${names.events}, at ${subject}: ${why}`
    const error = new EventsError(code, told, { cause })
    if (code !== "ERR_EVENTS_FOREIGN") throw error
    onDamage(error)
    return undefined
  }
}

const warn = (error: EventsError): void => process.emitWarning(error.message, "EventsWarning", error.code)
