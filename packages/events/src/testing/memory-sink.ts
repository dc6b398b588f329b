// A store that a test can look into, hold up, and let fail.

import type { EventKind } from "../kind.ts"
import type { EventBatch, EventSink } from "../sink.ts"
import type { EventSource, StoredEvents } from "../source.ts"

export class MemorySink implements EventSink, EventSource {
  readonly opened: EventKind[] = []
  readonly batches: EventBatch[] = []
  isClosed = false
  /** What the sink does before it stores a batch: waits, or fails. */
  beforeWrite: () => Promise<void> = async () => {}
  beforeOpen: () => Promise<void> = async () => {}

  async open(kind: EventKind): Promise<void> {
    await this.beforeOpen()
    this.opened.push(kind)
  }

  async write(batch: EventBatch): Promise<void> {
    await this.beforeWrite()
    this.batches.push(batch)
  }

  async close(): Promise<void> {
    this.isClosed = true
  }

  async *read(): AsyncGenerator<StoredEvents> {
    for (const { kind, count, bytes } of this.batches) {
      yield { name: kind.name, writer: kind.stored, count, bytes }
    }
  }
}
