// Messages → stored events: the schema of each by its id, and those that follow each other with one schema together.

import type { Schema } from "@avrolet/avro"
import { EventsError, storedEvent } from "@avrolet/events"
import { whereOf } from "./connection.ts"
import { unframe } from "./framing.ts"
import { pause } from "./pause.ts"
import type { FoundRecord, KafkaEvents, KafkaSourceOptions, Reading } from "./reading.ts"
import { refusal } from "./refusal.ts"

/** Events that follow each other, and the message of the last. */
interface Run {
  readonly name: string
  readonly writer: Schema
  readonly events: Buffer[]
  last: FoundRecord
}

/**
 * Makes events of messages of one partition. It tells of those that are none, and rejects where that cannot be known; who
 * follows waits for a registry that is away. Returns whether it came to their end, before reading was ended.
 */
export function eventsReader(options: KafkaSourceOptions, reading: Reading) {
  return async function* read(records: readonly FoundRecord[]): AsyncGenerator<KafkaEvents, boolean> {
    let run: Run | undefined
    for (const record of records) {
      const found = await attempt(record, options, reading)
      if (reading.signal?.aborted === true) return false
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
    return true
  }
}

/** `undefined` for what is told as no event, and for events that share the topic and are not wanted. */
async function attempt(record: FoundRecord, options: KafkaSourceOptions, reading: Reading) {
  try {
    const { schemaId, value: event } = unframe(record.value)
    if (event.length === 0)
      // its envelope alone has some bytes
      throw new EventsError("ERR_EVENTS_FOREIGN", "The id of a schema, and no event behind it")
    const writer = await schemaOf(schemaId, options, reading)
    const { name = "" } = storedEvent(writer)
    if (whereOf(options, name).topic !== record.topic)
      throw new EventsError("ERR_EVENTS_FOREIGN", `An event ${name}, which has another topic`)
    return reading.names.includes(name) ? { name, event, writer } : undefined
  } catch (cause) {
    if (reading.signal?.aborted === true) return undefined
    const { code, message } = refusal("get its schema", cause)
    const error = new EventsError(code, `Cannot read ${placeOf(record)}: ${message}`, { cause })
    if (code !== "ERR_EVENTS_FOREIGN") throw error
    reading.onDamage(error)
    return undefined
  }
}

async function schemaOf(id: number, { registry }: KafkaSourceOptions, reading: Reading): Promise<Schema> {
  for (;;) {
    try {
      return await registry.find(id)
    } catch (error) {
      const mayCome = error instanceof EventsError && error.code === "ERR_EVENTS_UNAVAILABLE"
      if (!mayCome || reading.follow !== true || reading.signal?.aborted === true) throw error
      await pause(reading.signal)
    }
  }
}

function together({ name, writer, events, last }: Run): KafkaEvents {
  const { topic, partition, offset } = last
  const [count, bytes, place] = [events.length, Buffer.concat(events), placeOf(last)]
  return { name, writer, count, bytes, place, topic, partition, offset }
}

const placeOf = ({ topic, partition, offset }: FoundRecord): string =>
  `message ${offset} of partition ${partition} of ${topic}`
