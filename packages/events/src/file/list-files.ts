// Which event files a directory has.

import { readdir, stat } from "node:fs/promises"
import { join } from "node:path"
import { startOf } from "./file-name.ts"

/** An event file, as its name has it. */
export interface EventFileName {
  readonly path: string
  /** The full name of the event. */
  readonly name: string
  /** No event in it was recorded before: milliseconds since 1970. `undefined` for a file that is not named as ours. */
  readonly startMillis: number | undefined
}

/** An event file as it is now. */
export interface FileOnDisk extends EventFileName {
  readonly size: number
  /** When it was last modified: milliseconds since 1970. */
  readonly modifiedMillis: number
}

/**
 * The container files of a directory that hold events of some names, or all there are; oldest first. Files of other
 * kinds, and a directory that is not there, are nothing.
 */
export async function listEventFiles(directory: string, names?: readonly string[]): Promise<EventFileName[]> {
  const folders = names?.filter(isName) ?? (await foldersOf(directory))
  const files = await Promise.all(folders.map((name) => filesOf(directory, name)))
  return files
    .flat()
    .toSorted((a, b) => (a.startMillis ?? 0) - (b.startMillis ?? 0) || (a.path < b.path ? -1 : 1))
}

/** What names of events are: nothing else is to lead to a folder, and not out of the directory. */
const isName = (text: string): boolean => /^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$/.test(text)

async function foldersOf(directory: string): Promise<string[]> {
  const entries = await orNone(readdir(directory, { withFileTypes: true }))
  return entries.filter((entry) => entry.isDirectory() && isName(entry.name)).map(({ name }) => name)
}

async function filesOf(directory: string, name: string): Promise<EventFileName[]> {
  const entries = await orNone(readdir(join(directory, name), { withFileTypes: true }))
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith(".avro"))
  return files.map((file) => ({
    path: join(directory, name, file.name),
    name,
    startMillis: startOf(file.name),
  }))
}

/** A folder may not be there yet, or no more. */
async function orNone<T>(entries: Promise<T[]>): Promise<T[]> {
  try {
    return await entries
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return []
    throw error
  }
}

/** A file as it is now; `undefined` where it was removed since it was listed. */
export async function statFile(file: EventFileName): Promise<FileOnDisk | undefined> {
  try {
    const { size, mtimeMs } = await stat(file.path)
    return { ...file, size, modifiedMillis: mtimeMs }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined
    throw error
  }
}
