import { mkdir } from "node:fs/promises"
import { dirname } from "node:path"
import { syncDirectory } from "./sync-directory.ts"

/** Makes a folder and those it is to be in, where they are not there, and the names of the new ones durable if asked. */
export async function makeFolder(folder: string, isSynced: boolean): Promise<void> {
  const firstCreated = await mkdir(folder, { recursive: true })
  if (!isSynced || firstCreated === undefined) return
  for (let inner = folder; ; inner = dirname(inner)) {
    await syncDirectory(dirname(inner))
    if (inner === firstCreated || inner === dirname(inner)) return
  }
}
