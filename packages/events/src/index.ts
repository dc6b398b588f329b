// Everything that is public in @avrolet/events, in the order one meets it.

export {
  type AggregatedEvent,
  type AggregateOptions,
  type AggregateProgress,
  type Aggregates,
  aggregate,
  type Group,
  type GroupKey,
} from "./aggregate/aggregate.ts"
export { createSummary, type GrowingSummary, type Summary } from "./aggregate/summary.ts"
export { EventsError, type EventsErrorCode } from "./errors.ts"
export { type EventKind, kindOf } from "./kind.ts"
export type { EventBatch, EventSink } from "./sink.ts"
export type { EventSource, StoredEvents, WantedEvents } from "./source.ts"
export type { Moment } from "./time.ts"
