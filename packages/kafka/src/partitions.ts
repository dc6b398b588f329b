// All messages of some topics, each partition in its order, for one reader alone: no group, whose members would have to
// agree first.

import { randomUUID } from "node:crypto"
import type { EventsError } from "@avrolet/events"
import { Consumer } from "@platformatic/kafka"
import { answered } from "./answered.ts"
import { closeClient } from "./connection.ts"
import { type Fetched, fetchFrom, hasSkipped, type Place } from "./fetch.ts"
import { EARLIEST, LATEST, metadataOf, offsetsAt } from "./offsets.ts"
import { pause } from "./pause.ts"
import type { Asked, FoundRecord } from "./reading.ts"
import { isKafkaError, refusal } from "./refusal.ts"

const NANOS_A_MILLI = 1_000_000n
/** How often in a row to ask again who leads a partition: for ten seconds. */
const MAX_MOVES = 20

/** How old what is known of topics may be: that long it takes to see that one was given more partitions. */
const METADATA_MILLIS = 5000

/** A place, and up to where there is something when reading begins. */
interface BoundedPlace extends Place {
  readonly end: bigint
}

/** Ends with what is there now, unless it is to follow. Gives messages of one partition at a time. */
export async function* recordsInPartitions(asked: Asked): AsyncGenerator<FoundRecord[]> {
  const { wanted, client } = asked
  const settings = { ...client, groupId: `avrolet-${randomUUID()}`, metadataMaxAge: METADATA_MILLIS }
  const consumer = answered(Consumer, settings)
  const places = new Map<string, BoundedPlace>()
  try {
    const isOver = (): boolean => wanted.signal?.aborted === true
    let moves = 0
    while (!isOver()) {
      const fetched = await fetchOpen(consumer, asked, places)
      if (fetched === undefined) return
      const { found, failure } = fetched
      for (const { place, records, behind } of found) {
        if (isOver()) return
        if (records.length > 0) yield records
        place.next = behind
      }
      if (failure === undefined) moves = 0
      else if (hasMoved(failure) && moves++ < MAX_MOVES) {
        consumer.clearMetadata()
        await pause(wanted.signal)
      } else await recover(consumer, places, failure, asked)
    }
  } finally {
    await closeClient(consumer)
  }
}

/** `undefined` where everything is read. */
async function fetchOpen(
  consumer: Consumer,
  asked: Asked,
  places: Map<string, BoundedPlace>,
): Promise<Fetched | undefined> {
  const { follow = false, signal } = asked.wanted
  try {
    await findPlaces(consumer, asked, places)
    const open = [...places.values()].filter(({ next, end }) => follow || next < end)
    if (open.length === 0 && !follow) return undefined
    if (open.length === 0) await pause(signal)
    return await fetchFrom(consumer, open, asked)
  } catch (failure) {
    return { found: [], failure }
  }
}

/** Topics, and partitions, may be made while they are followed. */
async function findPlaces(
  consumer: Consumer,
  asked: Asked,
  places: Map<string, BoundedPlace>,
): Promise<void> {
  const { wanted, topics, options } = asked
  for (const topic of topics) {
    const known = [...places.values()].filter((place) => place.topic === topic).length
    if (known > 0 && wanted.follow !== true) continue
    const metadata = await metadataOf(consumer, topic) // which the client has, as a rule
    if ((metadata?.topics.get(topic)?.partitionsCount ?? 0) <= known) continue
    const ends = await offsetsAt(consumer, topic, LATEST) // before the starts: what comes in between is behind it
    const since = wanted.since === undefined ? EARLIEST : wanted.since / NANOS_A_MILLI
    const starts = await offsetsAt(consumer, topic, since)
    for (const [partition, end] of ends.entries()) {
      const key = `${topic}:${partition}`
      if (places.has(key)) continue
      const after = options.after?.find((place) => place.topic === topic && place.partition === partition)
      const start = starts[partition] ?? end
      // Nothing as late as `since` is there yet: what comes is.
      const next = after === undefined ? (start < 0n ? end : start) : after.offset + 1n
      places.set(key, { topic, partition, next, end })
    }
  }
}

/** Whether another broker leads a partition by now, or the same one anew: after it was away for a moment, say. */
const hasMoved = (error: unknown): boolean =>
  ["FENCED_LEADER_EPOCH", "UNKNOWN_LEADER_EPOCH", "NOT_LEADER_OR_FOLLOWER", "LEADER_NOT_AVAILABLE"].some(
    (name) => isKafkaError(error, name),
  )

/** Waits for a broker that is away, while it follows. */
async function recover(
  consumer: Consumer,
  places: Map<string, Place>,
  error: unknown,
  asked: Asked,
): Promise<void> {
  consumer.clearMetadata()
  if (await hasSkipped(consumer, places.values(), error, asked.wanted)) return
  const refused: EventsError = refusal(`read ${asked.topics.join(", ")}`, error)
  if (asked.wanted.follow !== true || refused.code !== "ERR_EVENTS_UNAVAILABLE") throw refused
  await pause(asked.wanted.signal)
}
