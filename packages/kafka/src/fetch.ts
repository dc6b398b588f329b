// What the brokers that lead some partitions have for a reader of them.

import { EventsError } from "@avrolet/events"
import { type ClusterMetadata, type Consumer, ProtocolError } from "@platformatic/kafka"
import { EARLIEST, offsetsAt } from "./offsets.ts"
import type { Asked, FoundRecord, Reading } from "./reading.ts"
import { isKafkaError } from "./refusal.ts"

type FetchResponse = Awaited<ReturnType<Consumer["fetch"]>>

const WAIT_MILLIS = 500
const IS_CONTROL = 0b10_0000

/** How far a partition is read. */
export interface Place {
  readonly topic: string
  readonly partition: number
  /** The offset to read next. */
  next: bigint
}

/** Messages of a partition. Its place is to be moved behind them once they are handed out, and no sooner. */
interface Found {
  readonly place: Place
  readonly records: FoundRecord[]
  readonly behind: bigint
}

/** What some brokers have answered, and why the others have not: `undefined` where all have. */
export interface Fetched {
  readonly found: readonly Found[]
  readonly failure: unknown
}

/** Asks each broker for what it leads, and waits a little where there is nothing. */
export async function fetchFrom(consumer: Consumer, open: readonly Place[], asked: Asked): Promise<Fetched> {
  if (open.length === 0) return { found: [], failure: undefined }
  const metadata = await consumer.metadata({ topics: [...new Set(open.map(({ topic }) => topic))] })
  const answers = await Promise.allSettled(
    [...groupByLeader(open, metadata)].map(async ([node, places]) => {
      if (!metadata.brokers.has(node)) throw new ProtocolError("LEADER_NOT_AVAILABLE")
      const response = await consumer.fetch({
        node,
        topics: requestFor(places, metadata, asked.fetchBytes),
        maxWaitTime: WAIT_MILLIS,
        minBytes: 1,
        maxBytes: asked.fetchBytes,
      })
      return foundIn(response, places, metadata)
    }),
  )
  const failures = answers.flatMap((answer) =>
    answer.status === "rejected" ? [answer.reason as unknown] : [],
  )
  return {
    found: answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : [])),
    failure: failures.length > 1 ? new AggregateError(failures) : failures[0],
  }
}

/** By the broker that leads it; -1 where none does. */
function groupByLeader(open: readonly Place[], metadata: ClusterMetadata): Map<number, Place[]> {
  const byLeader = new Map<number, Place[]>()
  for (const place of open) {
    const leader = metadata.topics.get(place.topic)?.partitions[place.partition]?.leader ?? -1
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

function foundIn(response: FetchResponse, places: readonly Place[], metadata: ClusterMetadata): Found[] {
  return response.responses.flatMap(({ topicId, partitions }) =>
    partitions.flatMap(({ partitionIndex, records: batches = [] }) => {
      const place = places.find(
        ({ topic, partition }) => partition === partitionIndex && metadata.topics.get(topic)?.id === topicId,
      )
      if (place === undefined) return []
      const { topic, partition, next } = place
      const records: FoundRecord[] = []
      let behind = next
      for (const batch of batches) {
        if ((batch.attributes & IS_CONTROL) === 0) {
          for (const { offsetDelta, value } of batch.records) {
            const offset = batch.firstOffset + BigInt(offsetDelta)
            if (offset >= next) records.push({ topic, partition, offset, value })
          }
        }
        const end = batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n
        if (end > behind) behind = end
      }
      return [{ place, records, behind }]
    }),
  )
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
