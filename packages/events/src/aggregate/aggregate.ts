// Events → a row for each group of them, in memory that does not grow with the events. What is read of an event is what
// the schema names: one with two fields of ten passes over the other eight, without making anything of them.

import type { Schema } from "@avrolet/avro"
import { namesOf } from "../names.ts"
import type { EventSource } from "../source.ts"
import { createStoredCursor, type Envelope } from "../stored-cursor.ts"
import { type Moment, rangeOf } from "../time.ts"
import { Groups } from "./groups.ts"
import type { Summary } from "./summary.ts"

/** What events can be grouped by. */
export type GroupKey = string | number | bigint | boolean | null | undefined

/** An event as `by` and the measures get it. Valid for the call: the next event takes its place. */
export interface AggregatedEvent<Value> extends Envelope {
  readonly value: Value
}

/** Options of `aggregate`. */
export interface AggregateOptions<Value, Key extends GroupKey, Name extends string> {
  /** What to group by: `({ value }) => value.route`. One group for all where left out. */
  readonly by?: (event: AggregatedEvent<Value>) => Key
  /** Groups anew for each so many milliseconds, counted from 1970: 60_000 for each minute. */
  readonly everyMillis?: number
  /** Numbers to summarise, by name: `{ millis: ({ value }) => value.millis }`. What is null is left out. */
  readonly measures?: Readonly<
    Record<Name, (event: AggregatedEvent<Value>) => number | bigint | null | undefined>
  >
  /** Leaves out what was recorded before; a bigint is nanoseconds since 1970. */
  readonly since?: Moment
  /** Leaves out what was recorded then or later. */
  readonly until?: Moment
  /** How many groups are kept apart. Events of further ones are counted in `others`. Default 10 000. */
  readonly maxGroups?: number
  /** Called now and then with how many events were read, and at the end. */
  readonly onProgress?: (progress: AggregateProgress) => void
  readonly signal?: AbortSignal
}

/** How far `aggregate` has come. */
export interface AggregateProgress {
  readonly events: number
}

/** The events of one group. */
export interface Group<Key, Name extends string> {
  /** What `by` gave for each of them. */
  readonly by: Key
  /** When their interval begins. Not there without `everyMillis`. */
  readonly from: Date | undefined
  readonly count: number
  /** How many a second: over the interval, from `since` to `until`, or from the first event to the last of all groups. */
  readonly perSecond: number
  readonly measures: Readonly<Record<Name, Summary>>
}

/** What `aggregate` makes of events. */
export interface Aggregates<Key, Name extends string> {
  /** By interval, the earliest first; then by count, the largest first. */
  readonly groups: readonly Group<Key, Name>[]
  /** What no group was left for, whatever its `by` and its interval. Not there where `maxGroups` was enough. */
  readonly others: Group<undefined, Name> | undefined
  /** How many events there were, in all groups and others. */
  readonly count: number
}

/**
 * Counts and measures events by group. Give a schema with the fields that are needed and no others: what it leaves
 * out is passed over, which is several times as fast as reading it.
 *
 * Throws a `RangeError` for options that are none, `ERR_AVRO_RESOLUTION` where stored events cannot be read with
 * `event`, what `decode` throws, and what the source throws.
 */
export async function aggregate<Value, Key extends GroupKey = undefined, Name extends string = never>(
  source: EventSource,
  event: Schema<Value, unknown>,
  options: AggregateOptions<Value, Key, Name> = {},
): Promise<Aggregates<Key, Name>> {
  const { onProgress, signal } = options
  const range = rangeOf(options)
  const groups = new Groups(options)
  const cursor = createStoredCursor(event, range)
  const names = namesOf(event)
  let events = 0
  let toldAt = Date.now()
  for await (const batch of source.read({ names, ...range, ...(signal && { signal }) })) {
    signal?.throwIfAborted()
    if (!names.includes(batch.name)) continue
    cursor.open(batch)
    while (cursor.next()) groups.add(cursor, cursor.atMillis)
    events += batch.count
    if (onProgress !== undefined && Date.now() - toldAt >= PROGRESS_MILLIS) {
      onProgress({ events })
      toldAt = Date.now()
    }
  }
  onProgress?.({ events })
  return groups.finish(range)
}

const PROGRESS_MILLIS = 100
