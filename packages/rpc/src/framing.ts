// Message framing: how a message becomes buffers on a byte stream, and back.
//
//   message    = buffer* terminator
//   buffer     = length:uint32be data:byte[length]
//   terminator = 00 00 00 00
//
// https://avro.apache.org/docs/1.12.0/specification/#message-framing

import { RpcError } from "./errors.ts"

const LENGTH_BYTES = 4

/** Frames a message as a single buffer. */
export function frame(message: Uint8Array): Uint8Array {
  if (message.length === 0) return new Uint8Array(LENGTH_BYTES)
  const framed = new Uint8Array(LENGTH_BYTES + message.length + LENGTH_BYTES)
  new DataView(framed.buffer).setUint32(0, message.length)
  framed.set(message, LENGTH_BYTES)
  return framed
}

/** Collects the one message of a body whose chunks may start and end anywhere. */
export interface Unframer {
  /** Takes the next chunk, which it may keep. Throws `ERR_RPC_MESSAGE_SIZE`. */
  push(chunk: Uint8Array): void
  /** The message. Throws `ERR_RPC_TRUNCATED` when the body ended before it did. */
  finish(): Uint8Array
}

/**
 * Collects a message of at most `maxMessageBytes`, counted with its framing. What follows the first
 * terminator is ignored: Java's client ends a request without parameters with two.
 */
export function createUnframer(maxMessageBytes: number): Unframer {
  const parts: Uint8Array[] = []
  let received = 0
  let header = 0 // the length being read, and how many of its bytes are
  let headerBytes = 0
  let left = 0 // of the buffer that the length announced
  let complete = false

  function readHeader(byte: number): void {
    header = header * 256 + byte
    if (++headerBytes < LENGTH_BYTES) return
    // The peer chose this number: nothing is allocated for it, and no more is awaited than allowed.
    if (header > maxMessageBytes) throw tooLarge(maxMessageBytes)
    complete = header === 0
    left = header
    header = 0
    headerBytes = 0
  }

  return {
    push(chunk) {
      received += chunk.length
      if (received > maxMessageBytes) throw tooLarge(maxMessageBytes)
      for (let offset = 0; offset < chunk.length && !complete; ) {
        if (left === 0) {
          readHeader(chunk[offset++] as number)
          continue
        }
        const part = chunk.subarray(offset, offset + left)
        parts.push(part)
        offset += part.length
        left -= part.length
      }
    },
    finish() {
      if (!complete) throw new RpcError("ERR_RPC_TRUNCATED", "The body ended in the middle of a message")
      return concat(parts)
    },
  }
}

/** The error of a message over the limit. */
export function tooLarge(maxMessageBytes: number): RpcError {
  return new RpcError(
    "ERR_RPC_MESSAGE_SIZE",
    `Message is larger than ${maxMessageBytes} bytes; raise maxMessageBytes to accept it`,
  )
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts
  if (parts.length === 1 && only !== undefined) return only
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0))
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}
