// Batches of one kind that the other sink will never take: in files of their own, each with batches of one schema and
// under the ids that they had, so that they can be sent later as what waits is.

import type { EventBatch } from "../sink.ts"
import { createSegment, frameOfBatch, type SegmentWriter, schemaText } from "./segment.ts"

/** How these files are written. */
export interface RejectedSettings {
  readonly fsync: boolean
  /** A path that no file of the log has. */
  readonly nextPath: (ending: string) => string
}

/** Batches that were refused for good. */
export class Rejected {
  readonly #settings: RejectedSettings
  #writing: { readonly file: SegmentWriter; readonly kind: EventBatch["kind"] } | undefined
  #last: Promise<unknown> = Promise.resolve()

  constructor(settings: RejectedSettings) {
    this.#settings = settings
  }

  /** Resolves, once the batch is stored, to the path of its file. Several come at a time, and are stored in turn. */
  add(batch: EventBatch): Promise<string> {
    const added = this.#last.then(async () => {
      const file = await this.#fileFor(batch)
      await file.append(frameOfBatch(batch, batch.id))
      return file.path
    })
    this.#last = added.catch(() => undefined)
    return added
  }

  async close(): Promise<void> {
    await this.#last
    await this.#writing?.file.close()
  }

  async #fileFor({ kind }: EventBatch): Promise<SegmentWriter> {
    if (this.#writing !== undefined) {
      const { file, kind: before } = this.#writing
      if (kind === before || schemaText(kind) === schemaText(before)) return file
      this.#writing = undefined
      await file.close()
    }
    const { nextPath, fsync } = this.#settings
    const file = await createSegment(nextPath("rejected"), kind, fsync)
    this.#writing = { file, kind }
    return file
  }
}
