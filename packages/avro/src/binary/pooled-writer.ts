// The one writer that `encode` uses again and again. What it wrote is handed out without a copy where a
// copy would cost more than the rest: results of more than 64 bytes share a buffer of 8 KiB with their
// neighbours, as Node's own Buffers do, so that one kept result keeps at most that much. V8 allocates up
// to 64 bytes on its own heap, in a tenth of the time (38 ns and 300 ns, Node 20): those are copied.

import { type Limits, withDefaults } from "../limits.ts"
import { ByteWriter } from "./writer.ts"

const POOL_BYTES = 8192
const MAX_COPIED_BYTES = 64

const defaults = withDefaults(undefined)
let idle: ByteWriter | undefined = new ByteWriter(defaults, POOL_BYTES)

/** The writer, or a new one where it is in use: what is encoded may itself encode, in a getter. */
export function borrowWriter(limits: Partial<Limits> | undefined): ByteWriter {
  if (limits !== undefined || idle === undefined) return new ByteWriter(withDefaults(limits), POOL_BYTES)
  const writer = idle
  idle = undefined
  return writer
}

/** Takes a borrowed writer back, without what is left on it. */
export function giveBack(writer: ByteWriter): void {
  if (writer.limits !== defaults) return
  writer["~position"] = writer["~start"]
  idle = writer
}

/** What was written, off the writer, which goes on behind it. */
export function takeWritten(writer: ByteWriter): Uint8Array {
  const { "~bytes": bytes, "~start": start, "~position": end } = writer
  const length = end - start
  if (length <= MAX_COPIED_BYTES) return bytes.slice(start, end)
  const result = new Uint8Array(bytes.buffer, start, length)
  if (bytes.length > POOL_BYTES)
    writer["~renew"](POOL_BYTES) // made for this result: nothing else goes in
  else writer["~start"] = end
  return result
}
