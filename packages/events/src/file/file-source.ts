// Container files → stored events, in the order of their blocks' first events.

import { checkIntegers, checkTexts, MAX_TIMER_MILLIS } from "../check-options.ts"
import type { EventSource, WantedEvents } from "../source.ts"
import { warnOfDamage } from "../warn.ts"
import { FileReadings } from "./file-readings.ts"
import { followFiles } from "./follow-files.ts"
import { listEventFiles } from "./list-files.ts"
import { mergeFiles } from "./merge-files.ts"
import type { FileBlock } from "./read-file.ts"
import { storedSchemas } from "./stored-schemas.ts"
import { wantedFiles } from "./wanted-files.ts"

/** Options of `fileSource`. */
export interface FileSourceOptions {
  /** How often a reading that follows looks for what is new where the file system does not tell. Default 1000. */
  readonly pollMillis?: number
}

/**
 * Reads the events of a directory, which others may write to. A directory that is not there has none.
 *
 * A file that begins too late by its name, or was last modified more than a minute before what is wanted, is not
 * opened: copies should keep the time of modification, or have a later one. A file that ends within a block is read
 * up to there. What is damaged or foreign is told and left out (see `onDamage` of `readEvents`). Where more than 256
 * files overlap in time, the others of them come after one of those has ended. Throws a `TypeError` for an option that
 * is none.
 */
export function fileSource(directory: string, options: FileSourceOptions = {}): EventSource {
  const { pollMillis = 1000 } = options
  checkTexts({ directory })
  checkIntegers({ pollMillis }, MAX_TIMER_MILLIS)
  return {
    read: (wanted) => read(directory, wanted, pollMillis),
    names: async () => [...new Set((await listEventFiles(directory)).map(({ name }) => name))],
    schemas: async (name) => (await storedSchemas(directory, [name])).map(({ schema }) => schema),
  }
}

async function* read(
  directory: string,
  wanted: WantedEvents,
  pollMillis: number,
): AsyncGenerator<FileBlock, undefined> {
  const { signal, onDamage = warnOfDamage, onProgress, follow } = wanted
  const readings = new FileReadings(onDamage)
  const files = await wantedFiles(directory, wanted)
  const totalBytes = files.reduce((sum, { size }) => sum + size, 0)
  let bytes = 0
  const blocks = mergeFiles(files, (file) => readings.blocks(file), wanted)
  for await (const block of blocks) {
    signal?.throwIfAborted()
    yield block
    bytes += block.storedBytes
    onProgress?.({ bytes: Math.min(bytes, totalBytes), totalBytes })
  }
  if (follow === true) yield* followFiles(directory, readings, wanted, pollMillis)
  else onProgress?.({ bytes: totalBytes, totalBytes })
}
