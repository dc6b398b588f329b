// How a client says that nobody waits for a call any more, which Avro has no word for: a ping, which calls
// nothing, with the call's serial in its metadata. A server that knows nothing of it just answers the ping.

import type { Writer } from "@avrolet/avro/binary"
import { writePing } from "../call.ts"
import type { Metadata } from "../metadata.ts"

const KEY = "avrolet.cancel"
const SERIAL_BYTES = 4

/** Writes the ping that gives up the call with this serial. */
export function writeCancelPing(writer: Writer, serial: number): void {
  const bytes = new Uint8Array(SERIAL_BYTES)
  new DataView(bytes.buffer).setInt32(0, serial)
  writePing(writer, [KEY, bytes])
}

/** The serial of the call that a ping gives up, if it does. */
export function serialToCancel(metadata: Metadata): number | undefined {
  const bytes = metadata[KEY]
  if (bytes?.length !== SERIAL_BYTES) return undefined
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getInt32(0)
}
