// The messages that fall to one member of a consumer group. The client of Kafka joins the group and stays in it; what is
// fetched and committed is ours, since versions of the client differ in what a committed offset is. Here it is what all
// others of Kafka's clients mean: the offset to read next.

import { Consumer } from "@platformatic/kafka"
import { answered } from "./answered.ts"
import { closeClient } from "./connection.ts"
import { fetchFrom, hasSkipped, type Place } from "./fetch.ts"
import { EARLIEST, LATEST, metadataOf, offsetsAt } from "./offsets.ts"
import { pause } from "./pause.ts"
import type { Asked, FoundRecord } from "./reading.ts"
import { isKafkaError, refusal } from "./refusal.ts"

const COMMIT_MILLIS = 1000
/** How long a coordinator may take to be there: for the first group of a broker one has to be made. */
const COORDINATOR_MILLIS = 15_000

/** Ends once the group has read what is there now, unless it is to follow. Gives messages of one partition at a time. */
export async function* recordsForGroup(
  asked: Asked,
  group: string,
  sessionMillis: number,
): AsyncGenerator<FoundRecord[]> {
  const { wanted } = asked
  const deadline = Date.now() + COORDINATOR_MILLIS
  while (wanted.signal?.aborted !== true) {
    const member = new Member(asked, group, sessionMillis)
    try {
      yield* member.records()
      return
    } catch (error) {
      const refused = refusal(`read ${asked.topics.join(", ")} as ${group}`, error)
      const mayCome = wanted.follow === true || (isCoordinatorAway(error) && Date.now() < deadline)
      if (!mayCome || refused.code !== "ERR_EVENTS_UNAVAILABLE") throw refused
      await pause(wanted.signal)
    } finally {
      await member.close()
    }
  }
}

const isCoordinatorAway = (error: unknown): boolean =>
  ["COORDINATOR_NOT_AVAILABLE", "COORDINATOR_LOAD_IN_PROGRESS", "NOT_COORDINATOR"].some((name) =>
    isKafkaError(error, name),
  )

class Member {
  readonly #asked: Asked
  readonly #consumer: Consumer
  readonly #session: { readonly sessionTimeout: number; readonly heartbeatInterval: number }
  #places = new Map<string, Place>()
  /** What the places are of. */
  #assignments: Consumer["assignments"] | undefined
  /** What is read and not committed, by partition: the last message. */
  readonly #read = new Map<string, FoundRecord>()
  #committedAt = Date.now()
  /** Why the client could not join again when the group was shared out anew: it then sends no heartbeats any more. */
  #lost: Error | undefined

  constructor(asked: Asked, group: string, sessionMillis: number) {
    this.#asked = asked
    this.#session = { sessionTimeout: sessionMillis, heartbeatInterval: Math.ceil(sessionMillis / 10) }
    this.#consumer = answered(Consumer, { ...asked.client, groupId: group })
    this.#consumer.on("error", (error: Error) => (this.#lost ??= error)) // one that nobody listens to ends the process
  }

  async *records(): AsyncGenerator<FoundRecord[]> {
    const { wanted } = this.#asked
    const topics = await this.#topicsThere()
    if (topics.length === 0) return
    this.#consumer.topics.trackAll(...topics)
    await this.#consumer.joinGroup({ ...this.#session })
    const ends = wanted.follow === true ? undefined : await this.#ends(topics)
    const isOver = (): boolean => wanted.signal?.aborted === true
    while (!isOver()) {
      if (this.#lost !== undefined) throw this.#lost
      await this.#findPlaces()
      const places = [...this.#places.values()]
      const { found, failure } = await fetchFrom(this.#consumer, places, this.#asked)
      for (const { place, records, behind } of found) {
        if (isOver() || this.#lost !== undefined || !this.#isMine(place)) continue
        if (records.length > 0) yield records
        place.next = behind
        this.#markRead(records)
        if (Date.now() - this.#committedAt >= COMMIT_MILLIS) await this.#commit()
      }
      if (failure !== undefined && !(await hasSkipped(this.#consumer, places, failure, wanted))) throw failure
      const isIdle = found.every(({ records }) => records.length === 0)
      if (ends !== undefined && isIdle && (await this.#isRead(ends))) return
      if (this.#places.size === 0) await pause(wanted.signal)
    }
  }

  /** Who follows waits for all of them. */
  async #topicsThere(): Promise<string[]> {
    const { topics, wanted } = this.#asked
    const there: string[] = []
    for (const topic of topics) {
      if (wanted.follow === true || (await metadataOf(this.#consumer, topic)) !== undefined) there.push(topic)
    }
    return there
  }

  async close(): Promise<void> {
    await this.#commit()
    await closeClient(this.#consumer)
  }

  /**
   * Partitions come and go with the members of the group. The client has other assignments each time they are shared out
   * anew; it knows its generation sooner than these.
   */
  async #findPlaces(): Promise<void> {
    const { assignments } = this.#consumer
    if (this.#assignments === assignments) return
    const before = this.#places
    const places = new Map<string, Place>()
    for (const { topic, partitions } of assignments ?? []) {
      const ends = await offsetsAt(this.#consumer, topic, LATEST) // before the starts, as in partitions.ts
      const starts = await offsetsAt(this.#consumer, topic, this.#startTime())
      const committed = await this.#consumer.listCommittedOffsets({ topics: [{ topic, partitions }] })
      for (const partition of partitions) {
        const key = `${topic}:${partition}`
        const known = committed.get(topic)?.[partition] ?? -1n
        const start = starts[partition] ?? 0n
        const next = known >= 0n ? known : start >= 0n ? start : (ends[partition] ?? 0n)
        places.set(key, before.get(key) ?? { topic, partition, next })
      }
    }
    this.#places = places
    this.#assignments = assignments
  }

  /** Where a group begins that has read nothing yet. */
  #startTime(): bigint {
    const { since } = this.#asked.wanted
    return since === undefined ? EARLIEST : since / 1_000_000n
  }

  #isMine({ topic, partition }: Pick<Place, "topic" | "partition">): boolean {
    const { assignments } = this.#consumer
    return assignments?.some((mine) => mine.topic === topic && mine.partitions.includes(partition)) === true
  }

  #markRead(records: readonly FoundRecord[]): void {
    const last = records.at(-1)
    if (last !== undefined) this.#read.set(`${last.topic}:${last.partition}`, last)
  }

  /** Only of partitions that are still this member's: those of others have been read further by now. */
  async #commit(): Promise<void> {
    const offsets = [...this.#read.values()]
      .filter((record) => this.#isMine(record))
      .map(({ topic, partition, offset }) => ({ topic, partition, offset: offset + 1n, leaderEpoch: -1 }))
    this.#read.clear()
    this.#committedAt = Date.now()
    if (offsets.length > 0) await this.#consumer.commit({ offsets }).catch(() => undefined) // then they come again
  }

  /** Where each partition ends now; 0 for those that have nothing. */
  async #ends(topics: readonly string[]): Promise<Map<string, bigint[]>> {
    const ends = new Map<string, bigint[]>()
    for (const topic of topics) {
      const starts = await offsetsAt(this.#consumer, topic, EARLIEST)
      const latest = await offsetsAt(this.#consumer, topic, LATEST)
      ends.set(
        topic,
        latest.map((end, partition) => (starts[partition] === end ? 0n : end)),
      )
    }
    return ends
  }

  /** Whether the group has read that far, whoever of it. */
  async #isRead(ends: ReadonlyMap<string, readonly bigint[]>): Promise<boolean> {
    await this.#commit()
    const topics = [...ends].map(([topic, of]) => ({ topic, partitions: [...of.keys()] }))
    const committed = await this.#consumer.listCommittedOffsets({ topics })
    return [...ends].every(([topic, of]) =>
      of.every((end, partition) => end === 0n || this.#isBehind(topic, partition, end, committed.get(topic))),
    )
  }

  /** By what is committed, or by where this member is: with `since` it may have nothing to commit. */
  #isBehind(
    topic: string,
    partition: number,
    end: bigint,
    committed: readonly bigint[] | undefined,
  ): boolean {
    const mine = this.#places.get(`${topic}:${partition}`)?.next ?? -1n
    return mine >= end || (committed?.[partition] ?? -1n) >= end
  }
}
