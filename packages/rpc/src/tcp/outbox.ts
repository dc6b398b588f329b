// Gathers the messages of one turn of the event loop into one write: with a write for every message, 128
// calls in flight take four times as long. But a long turn is sent in parts, or else client and server would
// take turns at working: that is worth half again as many calls.

import { createWriter, type Writer } from "@avrolet/avro/binary"
import { HEADER_BYTES } from "./frames.ts"

const MIN_EARLY_BYTES = 1024
const MAX_EARLY_BYTES = 32 * 1024
const MAX_KEPT_BYTES = 64 * 1024
const HEADER = new Uint8Array(HEADER_BYTES)

/** Frames messages and sends them together, at the end of the turn at the latest. */
export class Outbox {
  readonly #send: (bytes: Uint8Array) => void
  #writer = createWriter()
  /** For every frame in the writer, its serial and its length. */
  #frames: number[] = []
  #aside: [serial: number, message: Uint8Array][] = []
  #isWriting = false
  #isScheduled = false

  #earlyBytes = MIN_EARLY_BYTES
  #bytesThisTurn = 0
  #bytesPerTurn = 0

  constructor(send: (bytes: Uint8Array) => void) {
    this.#send = send
  }

  /** Adds the message that `write` writes. What it throws is thrown, and nothing is added. */
  add(serial: number, write: (writer: Writer) => void): void {
    if (this.#isWriting) {
      // A getter of the value that is being written makes a call itself.
      const writer = createWriter()
      write(writer)
      this.#aside.push([serial, writer.finish()])
      return
    }
    const writer = this.#writer
    const start = writer.length
    this.#isWriting = true
    try {
      writer.writeFixed(HEADER)
      write(writer)
      this.#frames.push(serial, writer.length - start)
    } catch (error) {
      writer.truncate(start)
      throw error
    } finally {
      this.#isWriting = false
      this.#addAside()
    }
    if (writer.length >= this.#earlyBytes) this.flush()
    if (this.#isScheduled) return
    this.#isScheduled = true
    process.nextTick(endTurn, this)
  }

  #addAside(): void {
    if (this.#aside.length === 0) return
    for (const [serial, message] of this.#aside.splice(0)) {
      this.add(serial, (writer) => writer.writeFixed(message))
    }
  }

  /** Sends what is gathered. */
  flush(): void {
    if (this.#frames.length === 0) return
    const bytes = this.#writer.finish()
    putHeaders(bytes, this.#frames)
    this.#frames = []
    if (bytes.length > MAX_KEPT_BYTES) this.#writer = createWriter()
    else this.#writer.truncate(0)
    this.#bytesThisTurn += bytes.length
    this.#send(bytes)
  }

  /** Sends the rest of the turn, and learns from it: a third of what recent turns sent is a good part. */
  endTurn(): void {
    this.#isScheduled = false
    this.flush()
    this.#bytesPerTurn = (this.#bytesPerTurn * 3 + this.#bytesThisTurn) / 4
    this.#bytesThisTurn = 0
    this.#earlyBytes = Math.min(MAX_EARLY_BYTES, Math.max(MIN_EARLY_BYTES, this.#bytesPerTurn / 3))
  }
}

const endTurn = (outbox: Outbox): void => outbox.endTurn()

/** Writes over the room that was left for them: the serial, the count of buffers, and the length of the one. */
function putHeaders(bytes: Uint8Array, frames: readonly number[]): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let offset = 0
  for (let index = 0; index < frames.length; index += 2) {
    const length = frames[index + 1] as number
    view.setInt32(offset, frames[index] as number)
    view.setUint32(offset + 4, 1)
    view.setUint32(offset + 8, length - HEADER_BYTES)
    offset += length
  }
}
