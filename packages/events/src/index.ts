// Everything that is public in @avrolet/events, in the order one meets it.

export { EventsError, type EventsErrorCode } from "./errors.ts"
export { type EventKind, kindOf } from "./kind.ts"
export type { EventBatch, EventSink } from "./sink.ts"
export type { EventSource, StoredEvents, WantedEvents } from "./source.ts"
