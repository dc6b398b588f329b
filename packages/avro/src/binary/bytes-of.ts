// One message after another, from one writer: for who writes many.

import { borrowWriter, giveBack, takeWritten } from "./pooled-writer.ts"
import type { ByteWriter } from "./writer.ts"

/**
 * The bytes that `write` writes: faster than with a writer of their own. They are the caller's; where there are
 * more than 64, their `buffer` is shared with others, as that of Node's Buffers is: copy what is to be transferred
 * to another thread. What `write` throws is thrown.
 */
export function bytesOf(write: (writer: ByteWriter) => void): Uint8Array {
  const writer = borrowWriter(undefined)
  try {
    write(writer)
    return takeWritten(writer)
  } finally {
    giveBack(writer)
  }
}
