// Standard error, whatever the main thread does: a worker's process.stderr goes through that, which may be blocked.

import { writeSync } from "node:fs"

const STDERR = 2
const WRITE_ATTEMPTS = 20
const WRITE_RETRY_MILLIS = 5

/** Writes to the descriptor, and holds the calling thread until that has taken it, or is seen not to. */
export function writeToStderr(text: string): void {
  let unwritten = Buffer.from(text)
  for (let attempt = 0; unwritten.length > 0 && attempt < WRITE_ATTEMPTS; attempt++) {
    try {
      unwritten = unwritten.subarray(writeSync(STDERR, unwritten))
    } catch (error) {
      if (!isPipeFull(error)) return // closed: nobody to tell it to
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WRITE_RETRY_MILLIS) // a pipe that is full
    }
  }
}

const isPipeFull = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "EAGAIN"
