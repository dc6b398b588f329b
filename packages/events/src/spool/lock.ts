// One process has a directory at a time. The lock is a file with its pid and when it started, since a pid comes
// again; who died has no lock.

import { randomBytes } from "node:crypto"
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
  const own = join(directory, `lock.${process.pid}.${randomBytes(6).toString("hex")}`)
  try {
    await writeFile(own, `${process.pid} ${(await statusOf(process.pid))?.start ?? ""}`)
    const holder = await take(path, own)
    if (holder !== undefined) throw inUse(directory, holder)
    return { release: () => rm(path, { force: true }) }
  } finally {
    await rm(own, { force: true })
  }
}

/** Links `own` to `path`. Resolves to who prevents that: one who lives and has it, or is about to take it. */
async function take(path: string, own: string): Promise<string | undefined> {
  for (;;) {
    if (await isLinked(own, path)) return undefined
    const holder = await holderOf(path)
    if (holder === undefined) continue // it was let go of
    if (await lives(holder)) return holder
    const other = await removeDead(path, own)
    if (other !== undefined) return other
  }
}

/**
 * For this, too, there is a lock, and who has it looks again: several may have found the same dead one, and what one of
 * them took by now no other may remove.
 */
async function removeDead(path: string, own: string): Promise<string | undefined> {
  const taking = `${path}-taking`
  const other = await take(taking, own)
  if (other !== undefined) return other
  try {
    const holder = await holderOf(path)
    if (holder !== undefined && !(await lives(holder))) await rm(path, { force: true })
    return undefined
  } finally {
    await rm(taking, { force: true })
  }
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

async function holderOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8")
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined
    throw error
  }
}

async function lives(holder: string): Promise<boolean> {
  const [, pid, start] = /^([1-9]\d*) (\d*)$/.exec(holder) ?? []
  if (pid === undefined) return false // a loss of power left it
  try {
    process.kill(Number(pid), 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false // it is not another user's either
  }
  const now = await statusOf(Number(pid))
  return now === undefined || (now.start === start && now.state !== "Z") // a zombie: nobody asked how it ended
}

/** What Linux tells of a process, and when it started, as Linux counts it; elsewhere the pid has to do. */
async function statusOf(
  pid: number,
): Promise<{ state: string | undefined; start: string | undefined } | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined)
  if (stat === undefined) return undefined
  // After the name, which may hold anything, in parentheses: field 3 and the following. The start is field 22.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  return { state: fields[0], start: fields[19] }
}

const inUse = (directory: string, holder: string): EventsError =>
  new EventsError(
    "ERR_EVENTS_SPOOL",
    `Cannot use ${directory} as a spool: process ${holder.split(" ")[0]} uses it; give each process a directory of its own`,
  )
