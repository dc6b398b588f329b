// A store that can be away: in memory, and like a broker it leaves out what it has by its id.

import type { EventsError } from "../errors.ts"
import type { EventKind } from "../kind.ts"
import type { EventBatch, EventSink } from "../sink.ts"

/** What it has, and what it answers. */
export interface DistantSink extends EventSink {
  readonly batches: EventBatch[]
  readonly opened: EventKind[]
  closed: boolean
  /** What everything is refused with, while there is something. */
  refusal: ((batch: EventBatch | undefined) => EventsError | undefined) | undefined
}

/** Makes one that takes everything. */
export function distantSink(): DistantSink {
  const ids = new Set<string>()
  const sink: DistantSink = {
    batches: [],
    opened: [],
    closed: false,
    refusal: undefined,
    async open(kind) {
      await new Promise(setImmediate)
      const refused = sink.refusal?.(undefined)
      if (refused !== undefined) throw refused
      sink.opened.push(kind)
    },
    async write(batch) {
      const refused = sink.refusal?.(batch)
      if (refused === undefined && !ids.has(batch.id ?? "")) {
        if (batch.id !== undefined) ids.add(batch.id)
        sink.batches.push(batch)
      }
      await new Promise(setImmediate)
      if (refused !== undefined) throw refused
    },
    async close() {
      sink.closed = true
    },
  }
  return sink
}
