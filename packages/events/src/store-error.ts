// What a file system refuses, in the words that sinks have for it: whoever tries again learns whether to.

import { EventsError, type EventsErrorCode } from "./errors.ts"

const CODES: Readonly<Record<string, EventsErrorCode>> = {
  ENOSPC: "ERR_EVENTS_FULL",
  EDQUOT: "ERR_EVENTS_FULL",
  EFBIG: "ERR_EVENTS_FULL",
  EACCES: "ERR_EVENTS_FORBIDDEN",
  EPERM: "ERR_EVENTS_FORBIDDEN",
  EROFS: "ERR_EVENTS_FORBIDDEN",
  EEXIST: "ERR_EVENTS_STORE",
  ENOTDIR: "ERR_EVENTS_STORE",
}

/** An error of Node's with the directory that it is about; of those that are none of Node's nothing is made. */
export function storeError(directory: string, cause: unknown): unknown {
  const { code, message, syscall } = cause as NodeJS.ErrnoException
  if (code === undefined || syscall === undefined) return cause
  return new EventsError(
    CODES[code] ?? "ERR_EVENTS_UNAVAILABLE",
    `Cannot record into ${directory}: ${message}`,
    { cause },
  )
}
