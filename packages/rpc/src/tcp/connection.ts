// One socket that carries frames both ways: what client and server have in common.

import type { Socket } from "node:net"
import type { Writer } from "@avrolet/avro/binary"
import { type FrameLimits, FrameReader } from "./frames.ts"
import { Outbox } from "./outbox.ts"

/** What the owner of a connection is told. */
export interface ConnectionEvents {
  /** A message; what this throws ends the connection. */
  onMessage(serial: number, message: Uint8Array): void
  /** The connection is over: why, unless one side just ended it. Called once. */
  onClose(error: unknown): void
  /** The peer has taken everything that was sent. */
  onDrain?(): void
}

/** Frames over a socket, which may still be connecting. */
export class Connection {
  readonly socket: Socket
  readonly #frames: FrameReader
  readonly #outbox: Outbox
  #error: unknown
  #isPaused = false

  constructor(socket: Socket, limits: FrameLimits, events: ConnectionEvents) {
    this.socket = socket
    this.#frames = new FrameReader(limits, (serial, message) => events.onMessage(serial, message))
    this.#outbox = new Outbox((bytes) => {
      if (socket.writable) socket.write(bytes)
    })
    socket.setNoDelay(true)
    socket.on("data", (chunk: Uint8Array) => this.#read(() => this.#frames.push(chunk)))
    socket.on("drain", () => events.onDrain?.())
    socket.on("error", (error) => {
      this.#error ??= error
    })
    socket.on("close", () => events.onClose(this.#error))
  }

  /** Whether what was received ends in the middle of a message. */
  get isIncomplete(): boolean {
    return this.#frames.isIncomplete
  }

  /** Since when a message is incomplete, as `performance.now()`. */
  get incompleteSince(): number | undefined {
    return this.#frames.incompleteSince
  }

  /** How much was sent that the peer has not taken. */
  get unsentBytes(): number {
    return this.socket.writableLength
  }

  /** Sends a message at the end of this turn of the event loop. What `write` throws is thrown. */
  send(serial: number, write: (writer: Writer) => void): void {
    this.#outbox.add(serial, write)
  }

  /** Reads nothing more until `resume`. At most one chunk of what was received waits here, the rest with the peer. */
  pause(): void {
    if (this.#isPaused) return
    this.#isPaused = true
    this.#frames.stop()
    this.socket.pause()
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#read(() => this.#frames.go())
    if (!this.#isPaused) this.socket.resume()
  }

  /** Sends what is to be sent, and then no more. */
  end(): void {
    this.#outbox.flush()
    this.socket.end()
  }

  /** Sends what is to be sent, and goes without waiting for the peer. */
  close(): void {
    this.#outbox.flush()
    this.socket.destroySoon()
  }

  /** Breaks the connection off. */
  destroy(error?: unknown): void {
    this.#error ??= error
    this.#frames.stop() // what else the chunk holds is not for the owner any more
    this.socket.destroy()
  }

  #read(read: () => void): void {
    try {
      if (!this.socket.destroyed) read()
    } catch (error) {
      this.destroy(error)
    }
  }
}
