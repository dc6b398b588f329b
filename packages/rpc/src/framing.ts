// Message framing: how a message becomes buffers on a byte stream, and back.
//
//   message    = buffer* terminator
//   buffer     = length:uint32be data:byte[length]
//   terminator = 00 00 00 00
//
// https://avro.apache.org/docs/1.12.0/specification/#message-framing

import { RpcError } from "./errors.ts"

const LENGTH_BYTES = 4
const NOTHING = new Uint8Array(0)

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
 * Collects a message of at most `maxMessageBytes`, counted with its framing, of however many buffers: what has come
 * takes no more memory than that. What follows the first terminator is ignored: Java's client ends a request without
 * parameters with two.
 */
export function createUnframer(maxMessageBytes: number): Unframer {
  return new MessageUnframer(maxMessageBytes)
}

class MessageUnframer implements Unframer {
  readonly #maxMessageBytes: number
  /** The message, if it came as nearly all do: in one chunk, as one buffer. */
  #whole: Uint8Array | undefined
  // Any other is copied together. Kept in the parts that it came in, one of buffers or chunks of a byte each would
  // take 20 times its bytes.
  #data = NOTHING
  #size = 0
  #received = 0
  #header = 0 // the length being read, and how many of its bytes are
  #headerBytes = 0
  #left = 0 // of the buffer that the length announced
  #isComplete = false

  constructor(maxMessageBytes: number) {
    this.#maxMessageBytes = maxMessageBytes
  }

  push(chunk: Uint8Array): void {
    if (this.#received === 0) this.#whole = onlyBuffer(chunk)
    this.#received += chunk.length
    if (this.#received > this.#maxMessageBytes) throw tooLarge(this.#maxMessageBytes)
    if (this.#whole !== undefined) return // what follows is ignored
    this.#makeRoom(chunk.length)
    for (let offset = 0; offset < chunk.length && !this.#isComplete; ) {
      if (this.#left === 0) {
        this.#readHeader(chunk[offset++] as number)
        continue
      }
      const part = chunk.subarray(offset, offset + this.#left)
      this.#data.set(part, this.#size)
      this.#size += part.length
      offset += part.length
      this.#left -= part.length
    }
  }

  finish(): Uint8Array {
    if (this.#whole !== undefined) return this.#whole
    if (!this.#isComplete)
      throw new RpcError("ERR_RPC_TRUNCATED", "The body ended in the middle of a message")
    return this.#data.subarray(0, this.#size)
  }

  /** Grows with what has come, not with what was announced. */
  #makeRoom(bytes: number): void {
    const needed = this.#size + bytes
    if (this.#isComplete || needed <= this.#data.length) return
    const grown = new Uint8Array(Math.max(needed, Math.min(this.#data.length * 2, this.#maxMessageBytes)))
    grown.set(this.#data.subarray(0, this.#size))
    this.#data = grown
  }

  #readHeader(byte: number): void {
    this.#header = this.#header * 256 + byte
    if (++this.#headerBytes < LENGTH_BYTES) return
    // The peer chose this number: nothing is allocated for it, and no more is awaited than allowed.
    if (this.#header > this.#maxMessageBytes) throw tooLarge(this.#maxMessageBytes)
    this.#isComplete = this.#header === 0
    this.#left = this.#header
    this.#header = 0
    this.#headerBytes = 0
  }
}

/** The data of the one buffer that a chunk is, with its terminator; `undefined` for any other chunk. */
function onlyBuffer(chunk: Uint8Array): Uint8Array | undefined {
  const end = chunk.length - LENGTH_BYTES
  if (end <= LENGTH_BYTES || uint32(chunk, 0) !== end - LENGTH_BYTES || uint32(chunk, end) !== 0)
    return undefined
  return chunk.subarray(LENGTH_BYTES, end)
}

function uint32(bytes: Uint8Array, offset: number): number {
  const high = ((bytes[offset] as number) << 8) | (bytes[offset + 1] as number)
  const low = ((bytes[offset + 2] as number) << 8) | (bytes[offset + 3] as number)
  return high * 65536 + low
}

/** The error of a message over the limit. */
export function tooLarge(maxMessageBytes: number): RpcError {
  return new RpcError(
    "ERR_RPC_MESSAGE_SIZE",
    `Message is larger than ${maxMessageBytes} bytes; raise maxMessageBytes to accept it`,
  )
}
