// A small file of the system that is read again when it changes.
//
// It is looked at by whoever needs it, at most once a second, as Go's resolver does: one `stat` of some
// microseconds. So there is nothing to close, and a change is seen where notifications are not delivered: of
// a file that is mounted into a container, or is on a network. It is read synchronously because an
// asynchronous read is work for the thread pool, which may be what everyone waits for.

import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from "node:fs"
import { type Clock, refreshed } from "./clock.ts"

/** A file that was written so shortly before it was read may be written again and bear the same time. */
const SETTLED_MILLIS = 2000

/**
 * Gives what `parse` makes of the file at `path`, as it was within the last second; while its text stays the
 * same, the same object. A file that is not there is an empty one. One that cannot be read is what it was, at first
 * empty, and is tried again a second later. Of a file larger than `maxBytes` the lines beyond are not read.
 */
export function watchedFile<Parsed>(
  path: string,
  maxBytes: number,
  parse: (text: string) => Parsed,
  now: Clock,
): () => Parsed {
  let seen: string | undefined
  let known: { readonly text: string; readonly parsed: Parsed } | undefined
  const read = (): Parsed => {
    const stats = statsOf(path)
    const state = stats === undefined ? "none" : `${stats.dev} ${stats.ino} ${stats.size} ${stats.mtimeMs}`
    if (known === undefined || state !== seen) {
      const text = stats === undefined ? "" : textOf(path, maxBytes)
      known = text === known?.text ? known : { text, parsed: parse(text) }
      const isSettled = stats === undefined || Math.abs(Date.now() - stats.mtimeMs) > SETTLED_MILLIS
      seen = isSettled ? state : undefined
    }
    return known.parsed
  }
  return refreshed(read, now, () => parse(""))
}

/** Undefined where there is no such file. */
function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === "ENOENT" || code === "ENOTDIR") return undefined
    throw error
  }
}

function textOf(path: string, maxBytes: number): string {
  // Not to wait for a writer, where the path is that of a pipe.
  const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  try {
    return fstatSync(file).isFile() ? readUpTo(file, maxBytes) : ""
  } finally {
    closeSync(file)
  }
}

function readUpTo(file: number, maxBytes: number): string {
  const size = Math.min(fstatSync(file).size, maxBytes + 1)
  const bytes = Buffer.alloc(size)
  let length = 0
  while (length < size) {
    const read = readSync(file, bytes, length, size - length, null)
    if (read === 0) break
    length += read
  }
  const text = bytes.toString("utf8", 0, length)
  return length > maxBytes ? text.slice(0, text.lastIndexOf("\n")) : text
}
