// The one writer that `encode` uses again and again. What it wrote is handed out without a copy where a
// copy would cost more than the rest: results of more than 64 bytes share a buffer with their neighbours.
// V8 allocates up to 64 bytes on its own heap, in a tenth of the time (35 ns and 300 ns, Node 20): those are
// copied. Shared buffers are zeroed, at a third of their price: a result's `buffer` shows other results at
// worst.

import { type Limits, withDefaults } from "../limits.ts"
import { MAX_POOL_BYTES, MIN_POOL_BYTES, PoolSize } from "./pool-size.ts"
import { markAsShared } from "./shared-buffer.ts"
import { ByteWriter } from "./writer.ts"

const MAX_COPIED_BYTES = 64

const defaults = withDefaults(undefined)
const poolSize = new PoolSize()
let idle: ByteWriter | undefined = new ByteWriter(defaults, MIN_POOL_BYTES)

/** The writer, or a new one where it is in use: what is encoded may itself encode, in a getter. */
export function borrowWriter(limits: Partial<Limits> | undefined): ByteWriter {
  if (limits !== undefined || idle === undefined) return new ByteWriter(withDefaults(limits), MIN_POOL_BYTES)
  const writer = idle
  idle = undefined
  return writer
}

/** Takes a borrowed writer back, without what is left on it. */
export function giveBack(writer: ByteWriter): void {
  if (writer.limits !== defaults) return
  writer["~position"] = writer["~start"]
  writer.depth = 0
  idle = writer
}

/** What was written, off the writer, which goes on behind it. */
export function takeWritten(writer: ByteWriter): Uint8Array {
  const { "~bytes": bytes, "~start": start, "~position": end } = writer
  const length = end - start
  if (length <= MAX_COPIED_BYTES) return bytes.slice(start, end)
  writer["~size"] = poolSize.after(length)
  const result = new Uint8Array(bytes.buffer, start, length)
  if (bytes.length > MAX_POOL_BYTES)
    writer["~renew"](writer["~size"]) // made for this result: nothing else goes in
  else {
    if (start === 0) markAsShared(bytes.buffer)
    writer["~start"] = end
  }
  return result
}
