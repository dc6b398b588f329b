// Container files → stored events, in the order of their blocks' first events.

import { stat } from "node:fs/promises"
import { checkIntegers, checkTexts, MAX_TIMER_MILLIS } from "../check-options.ts"
import { NANOS_A_MILLI } from "../clock.ts"
import type { EventSource, WantedEvents } from "../source.ts"
import { warnOfDamage } from "../warn.ts"
import { FileReadings } from "./file-readings.ts"
import { followFiles } from "./follow-files.ts"
import { type EventFileName, listEventFiles } from "./list-files.ts"
import { mergeFiles } from "./merge-files.ts"
import type { FileBlock } from "./read-file.ts"
import { storedSchemas } from "./stored-schemas.ts"

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
  const files = await filesWithin(directory, wanted)
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

interface SizedFile extends EventFileName {
  readonly size: number
}

/** Clocks of file servers differ from ours. */
const SLACK_MILLIS = 60_000

/** The files that may have what is wanted. */
async function filesWithin(directory: string, { names, since, until }: WantedEvents): Promise<SizedFile[]> {
  const within: SizedFile[] = []
  const sinceMillis =
    since === undefined ? Number.NEGATIVE_INFINITY : Number(since / NANOS_A_MILLI) - SLACK_MILLIS
  for (const file of await listEventFiles(directory, names)) {
    if (until !== undefined && BigInt(file.startMillis ?? 0) * NANOS_A_MILLI >= until) continue
    try {
      const { size, mtimeMs } = await stat(file.path)
      if (mtimeMs >= sinceMillis) within.push({ ...file, size })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error // removed since it was listed
    }
  }
  return within
}
