// One process has a directory at a time. The lock is a file with its pid and when it started, since a pid comes
// again; who died has no lock.

import { link, readFile, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { EventsError } from "../errors.ts"

/** Held until it is released. */
export interface Lock {
  release(): Promise<void>
}

/** Throws `ERR_EVENTS_SPOOL` where a process that lives has the directory, be it this one. */
export async function lockDirectory(directory: string): Promise<Lock> {
  const path = join(directory, "lock")
  const own = join(directory, `lock.${process.pid}.${Date.now()}`)
  try {
    await writeFile(own, `${process.pid} ${(await startOf(process.pid)) ?? ""}`)
    // Two processes may find the same dead one, and one of them then finds the other.
    for (let tries = 0; tries < 10; tries++) {
      if (await isLinked(own, path)) return { release: () => rm(path, { force: true }) }
      const holder = await readFile(path, "utf8").catch(() => undefined)
      if (holder === undefined) continue
      if (await lives(holder)) throw inUse(directory, holder)
      if ((await readFile(path, "utf8").catch(() => undefined)) === holder) await rm(path, { force: true })
    }
  } finally {
    await rm(own, { force: true })
  }
  throw inUse(directory, "another")
}

/** A link appears with all that is in the file, or not at all. */
async function isLinked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false
    throw error
  }
}

async function lives(holder: string): Promise<boolean> {
  const [pid, start] = holder.split(" ")
  try {
    process.kill(Number(pid), 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"
  }
  const startNow = await startOf(Number(pid))
  return startNow === undefined || startNow === start
}

/** When a process started, as Linux counts it; `undefined` elsewhere, where the pid has to do. */
async function startOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined)
  // After the name, which may hold anything, in parentheses: field 3 and the following. The start is field 22.
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19]
}

const inUse = (directory: string, holder: string): EventsError =>
  new EventsError(
    "ERR_EVENTS_SPOOL",
    `Cannot use ${directory} as a spool: process ${holder.split(" ")[0]} uses it; give each process a directory of its own`,
  )
