// A file that is there only once it is whole.

import { randomUUID } from "node:crypto"
import { open, rename, rm } from "node:fs/promises"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { type Destination, fileDestination } from "./destination.ts"

/**
 * Makes a file, which must not be there. It is empty until all of it is written, to another one in its folder: what a
 * crash leaves cannot be taken for the whole. Neither is left where writing fails. Rejects with Node's errors, and with
 * what `write` rejects with.
 */
export async function writeWhole<T>(
  path: string | URL,
  write: (destination: Destination) => Promise<T>,
): Promise<T> {
  await (await open(path, "wx")).close()
  const partial = join(dirname(path instanceof URL ? fileURLToPath(path) : path), `.${randomUUID()}.partial`)
  try {
    const result = await writtenTo(partial, write)
    await rename(partial, path)
    return result
  } catch (error) {
    await Promise.allSettled([partial, path].map((left) => rm(left, { force: true })))
    throw error
  }
}

async function writtenTo<T>(path: string, write: (destination: Destination) => Promise<T>): Promise<T> {
  const file = await open(path, "wx")
  try {
    const result = await write(fileDestination(file, 0))
    await file.sync()
    return result
  } finally {
    await file.close()
  }
}
