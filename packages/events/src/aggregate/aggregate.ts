// Events → a row for each group of them, in memory that does not grow with the events. What is read of an event is what
// the schema names: one with two fields of ten passes over the other eight, without making anything of them.

import type { Schema } from "@avrolet/avro"
import { namesOf } from "../names.ts"
import type { ReadEventsOptions } from "../read-events.ts"
import type { RecordedEvent } from "../recorded-event.ts"
import type { EventSource } from "../source.ts"
import { StoredCursor } from "../stored-cursor.ts"
import { StoredFormats } from "../stored-formats.ts"
import { wantedOf } from "../wanted.ts"
import { Groups } from "./groups.ts"
import type { Summary } from "./summary.ts"

/** What events can be grouped by. */
export type GroupKey = string | number | bigint | boolean | null | undefined

/** Options of `aggregate`. */
export interface AggregateOptions<Value, Key extends GroupKey, Name extends string>
  extends ReadEventsOptions {
  /**
   * What to group by: `({ value }) => value.route`. One group of all where left out. The event is valid for the call:
   * the next one takes its place, here and in the measures.
   */
  readonly by?: (event: RecordedEvent<Value>) => Key
  /** Groups anew for each so many milliseconds, counted from 1970: 60_000 for each minute. */
  readonly everyMillis?: number
  /** Numbers to summarise, by name: `{ millis: ({ value }) => value.millis }`. What is null is left out. */
  readonly measures?: Readonly<
    Record<Name, (event: RecordedEvent<Value>) => number | bigint | null | undefined>
  >
  /** How many groups are kept apart. Events of further ones are counted in `others`. Default 10 000. */
  readonly maxGroups?: number
}

/** The events of one group. */
export interface Group<Key, Name extends string> {
  /** What `by` gave for each of them. */
  readonly by: Key
  /** When their interval begins. Not there without `everyMillis`. */
  readonly from: Date | undefined
  readonly count: number
  /**
   * How many a second: of the interval, or from `since`, or the first of all events, to `until`, or the last; `NaN` where
   * that is no time at all.
   */
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
 * out is passed over, and nothing is made of it.
 *
 * Throws a `RangeError` for options that are none, `ERR_EVENTS_SCHEMA` for stored events that the schema cannot read,
 * and what the source throws.
 */
export async function aggregate<Value, Key extends GroupKey = undefined, Name extends string = never>(
  source: EventSource,
  event: Schema<Value, unknown>,
  options: AggregateOptions<Value, Key, Name> = {},
): Promise<Aggregates<Key, Name>> {
  const groups = new Groups(options)
  const names = namesOf(event)
  const wanted = { ...wantedOf(options), names }
  const cursor = new StoredCursor(new StoredFormats(event), wanted)
  for await (const batch of source.read(wanted)) {
    options.signal?.throwIfAborted()
    if (!names.includes(batch.name)) continue
    cursor.open(batch)
    while (cursor.next()) groups.add(cursor, cursor.time)
  }
  return groups.finish(wanted)
}
