// Which files may have what is wanted, as far as their names and their times of modification tell: none is opened.

import { NANOS_A_MILLI } from "../clock.ts"
import type { WantedEvents } from "../source.ts"
import { type FileOnDisk, listEventFiles, statFile } from "./list-files.ts"

/** The files of a directory that may have what is wanted, oldest first. */
export async function wantedFiles(directory: string, wanted: WantedEvents): Promise<FileOnDisk[]> {
  const files: FileOnDisk[] = []
  for (const listed of await listEventFiles(directory, wanted.names)) {
    const file = await statFile(listed)
    if (file !== undefined && mayHave(file, wanted)) files.push(file)
  }
  return files
}

/** Clocks of file servers differ from ours. */
const SLACK_MILLIS = 60_000

/** Whether a file may have events of the time wanted. */
export function mayHave(
  { startMillis, modifiedMillis }: FileOnDisk,
  { since, until }: WantedEvents,
): boolean {
  if (until !== undefined && BigInt(startMillis ?? 0) * NANOS_A_MILLI >= until) return false
  return since === undefined || modifiedMillis >= Number(since / NANOS_A_MILLI) - SLACK_MILLIS
}
