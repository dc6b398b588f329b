// Everything that is public in @avrolet/events, in the order one meets it.

export {
  type AggregateOptions,
  type Aggregates,
  aggregate,
  type Group,
  type GroupKey,
} from "./aggregate/aggregate.ts"
export { createSummary, type GrowingSummary, type Summary } from "./aggregate/summary.ts"
export { EventsError, type EventsErrorCode } from "./errors.ts"
export { type EventKind, kindOf } from "./kind.ts"
export { namesOf } from "./names.ts"
export { type ReadEventsOptions, readEvents, tail } from "./read-events.ts"
export type { RecordedEvent } from "./recorded-event.ts"
export { createRecorder, type Recorder } from "./recorder.ts"
export type { RecorderOptions, RecorderStats } from "./recorder-options.ts"
export type { EventBatch, EventSink } from "./sink.ts"
export type { EventSource, ReadProgress, StoredEvents, WantedEvents } from "./source.ts"
export { storedEvent } from "./stored-event.ts"
