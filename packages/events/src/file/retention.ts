// Removing old files: by age, and by what all of them take together. Never one that may still be written.

import { unlink } from "node:fs/promises"
import { type FileOnDisk, listEventFiles, statFile } from "./list-files.ts"
import { GRACE_MILLIS, overAt } from "./max-age.ts"
import { readFileHeader } from "./read-file.ts"

/** What is kept of a directory's events. */
export interface Retention {
  /** Files in which nothing is younger are removed. Default: kept for ever. */
  readonly ageMillis?: number
  /** The oldest files are removed while all together take more. Default: no bound. */
  readonly bytes?: number
}

/**
 * Removes the files that are no longer to be kept; gives their paths. Of those in `ended` it is known that nobody writes
 * to them; those that are gone are taken out of it.
 */
export async function removeOldFiles(
  directory: string,
  retention: Retention,
  ended = new Set<string>(),
): Promise<string[]> {
  const { ageMillis = Number.POSITIVE_INFINITY, bytes = Number.POSITIVE_INFINITY } = retention
  const endedBefore = [...ended]
  const files = await ourFiles(directory)
  const paths = new Set(files.map(({ path }) => path))
  for (const path of endedBefore) if (!paths.has(path)) ended.delete(path)
  let total = files.reduce((sum, { size }) => sum + size, 0)
  const removed: string[] = []
  for (const file of files) {
    const isOld = Date.now() - file.modifiedMillis > ageMillis
    if (!(isOld || total > bytes) || !(ended.has(file.path) || (await isOver(file)))) continue
    await unlink(file.path).catch(ignoreMissing)
    total -= file.size
    removed.push(file.path)
  }
  return removed
}

interface OurFile extends FileOnDisk {
  readonly startMillis: number
}

/** Only files that are named as ours: others are nothing to us. */
async function ourFiles(directory: string): Promise<OurFile[]> {
  const files: OurFile[] = []
  for (const listed of await listEventFiles(directory)) {
    const { startMillis } = listed
    if (startMillis === undefined) continue
    const file = await statFile(listed)
    if (file !== undefined) files.push({ ...file, startMillis })
  }
  return files
}

/**
 * Whether no writer has it open, in this process or in another: none writes to a file older than the age that stands in
 * its header. A file without a header that can be read is over once nobody has written to it for a minute.
 */
async function isOver(file: OurFile): Promise<boolean> {
  const { startMillis, modifiedMillis } = file
  const now = Date.now()
  const header = await readFileHeader(file, () => {})
  const overMillis = header && overAt(startMillis, header)
  return now >= (overMillis ?? modifiedMillis + GRACE_MILLIS)
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error
}
