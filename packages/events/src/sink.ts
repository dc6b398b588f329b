// Where events go. A recorder encodes, batches and waits; a sink stores what is encoded, and knows nothing else.

import type { EventKind } from "./kind.ts"

/** Stores events: `fileSink`, `jetStreamSink`, `kafkaSink`, or one of your own. */
export interface EventSink {
  /**
   * Called once before the first batch of a kind. Rejects with `ERR_EVENTS_SCHEMA` where what is stored already
   * cannot be read with the kind's schema: a recorder then refuses the events, and says why.
   */
  open(kind: EventKind): Promise<void>
  /**
   * Stores a batch. Resolves once it is acknowledged: what that is worth the sink says. Called again before it has
   * resolved; batches of one kind are stored in the order of the calls. Of a batch that is rejected a sink that divides
   * it may have stored a part.
   *
   * Rejects with `ERR_EVENTS_UNAVAILABLE`, `ERR_EVENTS_FULL` or `ERR_EVENTS_FORBIDDEN` for what may be stored when
   * it is tried again; then the batches of this kind that were given after it are rejected too, so that whoever
   * tries again keeps the order: what of them was under way and stored all the same comes before, and how far a sink
   * prevents that it says. Any other error is of this batch alone, and those after it are stored.
   */
  write(batch: EventBatch): Promise<void>
  /** Stores at once what it would have stored later: somebody waits for its acknowledgement. */
  flush?(): Promise<void>
  /** Stores what it still holds, and lets go of what it has open. */
  close(): Promise<void>
}

/** Events of one kind, encoded as its stored schema has them, in the order they were recorded. */
export interface EventBatch {
  readonly kind: EventKind
  /**
   * What tells this batch from all others, and is the same each time that it is tried, in another process too: a
   * store that leaves out duplicates knows them by it. Where it is not given, a sink makes one for its own tries.
   */
  readonly id?: string
  readonly count: number
  /** The events, one after another: what a block of a container file holds. The sink may keep them. */
  readonly bytes: Uint8Array
  /** Where in `bytes` each event ends, for sinks whose messages hold one event. */
  readonly ends: Uint32Array
  /** When the earliest and the latest of them were recorded: nanoseconds since 1970. */
  readonly firstAt: bigint
  readonly lastAt: bigint
}
