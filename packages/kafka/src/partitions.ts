// All messages of some topics, each partition in its order, for one reader alone: no group, whose members would have to
// agree first.

import { randomUUID } from "node:crypto"
import { setTimeout as sleep } from "node:timers/promises"
import { EventsError } from "@avrolet/events"
import { type ClusterMetadata, Consumer, ProtocolError } from "@platformatic/kafka"
import { answered } from "./answered.ts"
import { closeClient } from "./connection.ts"
import type { Asked, FoundRecord, Reading } from "./reading.ts"
import { isKafkaError, isUnknownTopic, refusal } from "./refusal.ts"

type FetchResponse = Awaited<ReturnType<Consumer["fetch"]>>

/** Times that stand for the ends of a partition. */
export const EARLIEST = -2n
export const LATEST = -1n
const NANOS_A_MILLI = 1_000_000n
const WAIT_MILLIS = 500
const PAUSE_MILLIS = 500
/** How often in a row to ask again who leads a partition: for ten seconds. */
const MAX_MOVES = 20
const IS_CONTROL = 0b10_0000

/** How far a partition is read. */
export interface Place {
  readonly topic: string
  readonly partition: number
  /** The offset to read next. */
  next: bigint
}

/** And up to where there is something, when reading begins. */
interface BoundedPlace extends Place {
  readonly end: bigint
}

/** Ends with what is there now, unless it is to follow. Gives messages of one partition at a time. */
export async function* recordsInPartitions(asked: Asked): AsyncGenerator<FoundRecord[]> {
  const { wanted, client } = asked
  const consumer = answered(Consumer, { ...client, groupId: `avrolet-${randomUUID()}` })
  const places = new Map<string, BoundedPlace>()
  try {
    const isOver = (): boolean => wanted.signal?.aborted === true
    let moves = 0
    while (!isOver()) {
      let found: FoundRecord[][]
      try {
        await findPlaces(consumer, asked, places)
        const follow = wanted.follow === true
        const open = [...places.values()].filter(({ next, end }) => follow || next < end)
        if (open.length === 0 && !follow) return
        if (open.length === 0) await pause(wanted.signal)
        found = await fetchFrom(consumer, open, asked)
        moves = 0
      } catch (error) {
        if (hasMoved(error) && moves++ < MAX_MOVES) {
          consumer.clearMetadata()
          await pause(wanted.signal)
          continue
        }
        await recover(consumer, places, error, asked)
        continue
      }
      for (const records of found) {
        if (isOver()) return
        if (records.length > 0) yield records
      }
    }
  } finally {
    await closeClient(consumer)
  }
}

/** Topics, and partitions, may be made while they are followed. */
async function findPlaces(
  consumer: Consumer,
  asked: Asked,
  places: Map<string, BoundedPlace>,
): Promise<void> {
  const { wanted, topics, options } = asked
  const known = new Set([...places.values()].map(({ topic }) => topic))
  const missing = topics.filter((topic) => !known.has(topic))
  for (const topic of missing) {
    const metadata = await metadataOf(consumer, topic)
    if (metadata === undefined) continue
    const [starts, ends] = await Promise.all([
      offsetsAt(consumer, topic, wanted.since === undefined ? EARLIEST : wanted.since / NANOS_A_MILLI),
      offsetsAt(consumer, topic, LATEST),
    ])
    for (const [partition, end] of ends.entries()) {
      const after = options.after?.find((place) => place.topic === topic && place.partition === partition)
      const start = starts[partition] ?? end
      // Nothing as late as `since` is there yet: what comes is.
      const next = after === undefined ? (start < 0n ? end : start) : after.offset + 1n
      places.set(`${topic}:${partition}`, { topic, partition, next, end })
    }
  }
}

/** `undefined` where there is no such topic. */
export async function metadataOf(
  client: Pick<Consumer, "metadata">,
  topic: string,
): Promise<ClusterMetadata | undefined> {
  try {
    return await client.metadata({ topics: [topic], autocreateTopics: false })
  } catch (error) {
    if (isUnknownTopic(error)) return undefined
    throw error
  }
}

/** The offset of each partition at a time: that of the first message as late, and -1 where there is none. */
export const offsetsAt = async (consumer: Consumer, topic: string, timestamp: bigint): Promise<bigint[]> =>
  (await consumer.listOffsets({ topics: [topic], timestamp })).get(topic) ?? []

/** Asks each broker for what it leads, and waits a little where there is nothing. The places are then behind it. */
export async function fetchFrom(
  consumer: Consumer,
  open: readonly Place[],
  asked: Asked,
): Promise<FoundRecord[][]> {
  if (open.length === 0) return []
  const metadata = await consumer.metadata({ topics: [...new Set(open.map(({ topic }) => topic))] })
  const byLeader = groupByLeader(open, metadata)
  const answers = await Promise.all(
    [...byLeader].map(async ([node, places]) => {
      const response = await consumer.fetch({
        node,
        topics: requestFor(places, metadata, asked.fetchBytes),
        maxWaitTime: WAIT_MILLIS,
        minBytes: 1,
        maxBytes: asked.fetchBytes,
      })
      return recordsIn(response, places, metadata)
    }),
  )
  return answers.flat()
}

function groupByLeader(open: readonly Place[], metadata: ClusterMetadata): Map<number, Place[]> {
  const byLeader = new Map<number, Place[]>()
  for (const place of open) {
    const leader = metadata.topics.get(place.topic)?.partitions[place.partition]?.leader ?? -1
    if (!metadata.brokers.has(leader)) throw new ProtocolError("LEADER_NOT_AVAILABLE")
    byLeader.set(leader, [...(byLeader.get(leader) ?? []), place])
  }
  return byLeader
}

function requestFor(places: readonly Place[], metadata: ClusterMetadata, fetchBytes: number) {
  return places.map(({ topic, partition, next }) => ({
    topicId: metadata.topics.get(topic)?.id ?? "",
    partitions: [
      {
        partition,
        fetchOffset: next,
        partitionMaxBytes: fetchBytes,
        currentLeaderEpoch: -1,
        lastFetchedEpoch: -1,
      },
    ],
  }))
}

/** The messages of each partition; the places are then behind them. */
function recordsIn(
  response: FetchResponse,
  places: readonly Place[],
  metadata: ClusterMetadata,
): FoundRecord[][] {
  return response.responses.flatMap(({ topicId, partitions }) =>
    partitions.map(({ partitionIndex, records: batches = [] }) => {
      const place = places.find(
        ({ topic, partition }) => partition === partitionIndex && metadata.topics.get(topic)?.id === topicId,
      )
      if (place === undefined) return []
      const { topic, partition } = place
      const found: FoundRecord[] = []
      for (const batch of batches) {
        if ((batch.attributes & IS_CONTROL) === 0) {
          for (const { offsetDelta, value } of batch.records) {
            const offset = batch.firstOffset + BigInt(offsetDelta)
            if (offset >= place.next) found.push({ topic, partition, offset, value })
          }
        }
        const behind = batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n
        if (behind > place.next) place.next = behind
      }
      return found
    }),
  )
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

/**
 * Where retention was faster than the reader: tells what is gone, and moves the places to what is left. `false` where
 * that is not why a fetch failed.
 */
export async function hasSkipped(
  consumer: Consumer,
  places: Iterable<Place>,
  error: unknown,
  { onDamage }: Reading,
): Promise<boolean> {
  if (!isKafkaError(error, "OFFSET_OUT_OF_RANGE")) return false
  let isSkipped = false
  for (const place of places) {
    const { topic, partition, next } = place
    const start = (await offsetsAt(consumer, topic, EARLIEST))[partition] ?? 0n
    if (next >= start) continue
    const gone = `Messages ${next} to ${start - 1n} of partition ${partition} of ${topic} are no longer there`
    onDamage(
      new EventsError("ERR_EVENTS_DAMAGED", `${gone}: the topic's retention was faster than its reader`),
    )
    place.next = start
    isSkipped = true
  }
  return isSkipped
}

/** A little time, unless reading is over. */
export const pause = (signal: AbortSignal | undefined): Promise<void> =>
  sleep(PAUSE_MILLIS, undefined, signal === undefined ? {} : { signal }).catch(() => undefined)
