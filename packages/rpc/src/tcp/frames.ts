// Reads the frames of a connection that many calls share.
//
//   frame  = serial:int32be count:uint32be buffer[count]
//   buffer = length:uint32be data:byte[length]
//
// The buffers of a frame, joined, are one message. An answer has the serial of its request. This is the
// format of Java's `org.apache.avro.ipc.netty.NettyTransportCodec`.

import { RpcError } from "../errors.ts"
import { tooLarge } from "../framing.ts"

export const DEFAULT_MAX_MESSAGE_BYTES = 4 * 1024 * 1024

/** How large a frame may be. */
export interface FrameLimits {
  /** The largest message accepted, and by a client sent, with its framing. Default 4 MiB. */
  readonly maxMessageBytes?: number | undefined
  /** The most buffers that a message may be split into. Default: one for every 4 KiB of the largest message. */
  readonly maxBuffersPerMessage?: number | undefined
}

/** The bytes before the data of a frame with a single buffer: its serial, the count 1, a length. */
export const HEADER_BYTES = 12

const COUNT_END = 8
const LENGTH_BYTES = 4
const MIN_PARTIAL_BYTES = 1024

/** Takes the bytes of a connection as they come and hands out its messages, one at a time. */
export class FrameReader {
  readonly #maxMessageBytes: number
  readonly #maxBuffers: number
  readonly #onMessage: (serial: number, message: Uint8Array) => void

  // The frame being read: how many of its bytes have to be there for the next step, how many buffers it
  // has (-1: not known yet), and how many of their lengths are still to come.
  #needed = COUNT_END
  #count = -1
  #lengthsLeft = 0

  // A frame that is split over chunks is copied together; one that is whole is read where it lies.
  #partial = new Uint8Array(0)
  #partialBytes = 0
  #partialSince = 0

  #stopped = false
  #held: Uint8Array | undefined

  /** `onMessage` gets bytes that it may keep; what it throws, `push` and `go` throw. */
  constructor(
    {
      maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES,
      maxBuffersPerMessage = Math.max(64, Math.ceil(maxMessageBytes / 4096)),
    }: FrameLimits,
    onMessage: (serial: number, message: Uint8Array) => void,
  ) {
    this.#maxMessageBytes = maxMessageBytes
    this.#maxBuffers = maxBuffersPerMessage
    this.#onMessage = onMessage
  }

  /** When the frame that is incomplete began, as `performance.now()`; `undefined` if there is none, or nobody reads. */
  get incompleteSince(): number | undefined {
    return this.#partialBytes > 0 && !this.#stopped ? this.#partialSince : undefined
  }

  /** Whether the bytes so far end in the middle of a frame. */
  get isIncomplete(): boolean {
    return this.#partialBytes > 0
  }

  /**
   * Takes the next bytes. Throws `ERR_RPC_MESSAGE_SIZE` for a frame over a limit, as soon as that is announced, and
   * `ERR_RPC_HANDSHAKE` for text.
   */
  push(chunk: Uint8Array): void {
    let offset = 0
    while (offset < chunk.length) {
      if (this.#stopped) {
        this.#held = chunk.subarray(offset)
        return
      }
      offset = this.#partialBytes > 0 ? this.#complete(chunk, offset) : this.#takeWhole(chunk, offset)
    }
  }

  /** Hands out nothing more until `go`. Call it from `onMessage`, and push no more than what is already under way. */
  stop(): void {
    this.#stopped = true
  }

  /** Goes on with what was pushed and not handed out. */
  go(): void {
    this.#stopped = false
    this.#partialSince = performance.now() // the peer is not to blame for the pause
    const held = this.#held
    this.#held = undefined
    if (held !== undefined) this.push(held)
  }

  /** Reads the frame that begins at `offset`, or keeps what there is of it. Returns where it stopped. */
  #takeWhole(chunk: Uint8Array, offset: number): number {
    const available = chunk.length - offset
    if (this.#advance(chunk, offset, available)) {
      const end = offset + this.#needed
      this.#handOut(chunk, offset)
      return end
    }
    this.#partialSince = performance.now()
    this.#keep(chunk, offset, available)
    return chunk.length
  }

  /** Adds to the incomplete frame what it needs. Returns where it stopped. */
  #complete(chunk: Uint8Array, offset: number): number {
    while (offset < chunk.length) {
      const size = Math.min(this.#needed - this.#partialBytes, chunk.length - offset)
      this.#keep(chunk, offset, size)
      offset += size
      if (this.#advance(this.#partial, 0, this.#partialBytes)) {
        this.#handOut(this.#partial, 0)
        break
      }
    }
    return offset
  }

  /** Grows with what has come, not with what was announced; and by a quarter at least, else each small buffer were a copy. */
  #keep(chunk: Uint8Array, offset: number, size: number): void {
    const bytes = this.#partialBytes + size
    if (bytes > this.#partial.length) {
      const more = Math.min(this.#partial.length * 1.25, this.#maxMessageBytes)
      const grown = new Uint8Array(
        Math.max(bytes, Math.min(this.#needed, bytes * 2), more, MIN_PARTIAL_BYTES),
      )
      grown.set(this.#partial.subarray(0, this.#partialBytes))
      this.#partial = grown
    }
    this.#partial.set(chunk.subarray(offset, offset + size), this.#partialBytes)
    this.#partialBytes = bytes
  }

  /** Reads as many counts and lengths as `available` bytes at `start` hold. Returns whether they hold the whole frame. */
  #advance(bytes: Uint8Array, start: number, available: number): boolean {
    while (available >= this.#needed) {
      if (this.#count === -1) {
        this.#count = this.#lengthsLeft = uint32(bytes, start + 4)
        if (this.#count > this.#maxBuffers)
          throw tooManyBuffers(bytes.subarray(start, start + COUNT_END), this.#count, this.#maxBuffers)
        if (this.#count > 0) this.#needed += LENGTH_BYTES
      } else if (this.#lengthsLeft > 0) {
        const length = uint32(bytes, start + this.#needed - LENGTH_BYTES)
        this.#lengthsLeft--
        this.#needed += length + (this.#lengthsLeft > 0 ? LENGTH_BYTES : 0)
      } else {
        return true
      }
      if (this.#needed > this.#maxMessageBytes) throw tooLarge(this.#maxMessageBytes)
    }
    return false
  }

  #handOut(bytes: Uint8Array, start: number): void {
    const serial = uint32(bytes, start) | 0
    const message =
      this.#count === 1
        ? bytes.subarray(start + HEADER_BYTES, start + this.#needed)
        : join(bytes, start + COUNT_END, start + this.#needed)
    this.#needed = COUNT_END
    this.#count = -1
    if (this.#partialBytes > 0) {
      this.#partial = new Uint8Array(0) // the message may be kept
      this.#partialBytes = 0
    }
    this.#onMessage(serial, message)
  }
}

/** The data of the buffers from `start` to `end`, in one. */
function join(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const joined = new Uint8Array(end - start)
  let size = 0
  for (let offset = start; offset < end; ) {
    const data = offset + LENGTH_BYTES
    offset = data + uint32(bytes, offset)
    joined.set(bytes.subarray(data, offset), size)
    size += offset - data
  }
  return joined.subarray(0, size)
}

function uint32(bytes: Uint8Array, offset: number): number {
  const high = ((bytes[offset] as number) << 8) | (bytes[offset + 1] as number)
  const low = ((bytes[offset + 2] as number) << 8) | (bytes[offset + 3] as number)
  return high * 65536 + low
}

/** Text, as HTTP's, has for its count the number that four letters are: there is no use in asking for a higher limit. */
function tooManyBuffers(head: Uint8Array, count: number, most: number): RpcError {
  const text = String.fromCharCode(...head)
  if (/^[ -~]+$/.test(text))
    return new RpcError("ERR_RPC_HANDSHAKE", `What came is no Avro message: it begins with "${text}"`)
  return new RpcError(
    "ERR_RPC_MESSAGE_SIZE",
    `Message is of ${count} buffers, more than ${most}; raise maxBuffersPerMessage to accept it`,
  )
}
