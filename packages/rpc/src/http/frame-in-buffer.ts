// Frames a message as Node's sockets take it: `frame` of framing.ts, without a buffer that has to be zeroed.

const LENGTH_BYTES = 4

/** Frames a message as a single buffer. */
export function frameInBuffer(message: Uint8Array): Buffer {
  const { length } = message
  if (length === 0) return Buffer.alloc(LENGTH_BYTES)
  const framed = Buffer.allocUnsafe(LENGTH_BYTES + length + LENGTH_BYTES)
  framed.writeUInt32BE(length, 0)
  framed.set(message, LENGTH_BYTES)
  framed.writeUInt32BE(0, LENGTH_BYTES + length)
  return framed
}
