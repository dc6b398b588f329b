// The bytes of one message after another, from one writer: to make a new one for each took 0.4 µs, and there
// were three in a call.

import { createWriter, type Writer } from "@avrolet/avro/binary"

const MAX_KEPT_BYTES = 64 * 1024

let idle: Writer | undefined

/** What `write` writes. What that throws is thrown. */
export function messageBytes(write: (writer: Writer) => void): Uint8Array {
  const writer = idle ?? createWriter()
  idle = undefined // a getter of what is written may make a call itself
  try {
    write(writer)
    return writer.finish()
  } finally {
    if (writer.length <= MAX_KEPT_BYTES) {
      writer.truncate(0)
      idle = writer
    }
  }
}
