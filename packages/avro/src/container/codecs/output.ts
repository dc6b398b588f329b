// What a codec makes of a block, piece by piece, up to so many bytes.

import { blockTooLarge } from "../limits.ts"

const FIRST_BYTES = 64 * 1024
/** By much: what is outgrown is held until it is collected, and what is not yet written takes no memory. */
const GROWTH = 8

export class Output {
  readonly #maxBytes: number
  #bytes: Uint8Array
  #length = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
    this.#bytes = new Uint8Array(Math.min(FIRST_BYTES, maxBytes))
  }

  /** Throws `ERR_AVRO_LIMIT` where that is too much. */
  writeByte(byte: number): void {
    if (this.#length === this.#bytes.length) this.#grow(this.#length + 1)
    this.#bytes[this.#length++] = byte
  }

  /** Throws `ERR_AVRO_LIMIT` where that is too much. */
  write(bytes: Uint8Array): void {
    const length = this.#length + bytes.length
    if (length > this.#bytes.length) this.#grow(length)
    this.#bytes.set(bytes, this.#length)
    this.#length = length
  }

  /** All of it. A view. */
  written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  #grow(length: number): void {
    if (length > this.#maxBytes) throw blockTooLarge(this.#maxBytes)
    const larger = new Uint8Array(Math.min(length * GROWTH, this.#maxBytes))
    larger.set(this.written())
    this.#bytes = larger
  }
}
