// A cursor over bytes that arrive in chunks. What is asked for is never allocated before it has arrived.

import { type Chunks, type ContainerSource, chunksOf, isFile } from "./chunks.ts"
import { joined } from "./joined.ts"
import { plainBytes } from "./plain-bytes.ts"

const EMPTY = new Uint8Array(0)

export class ByteSource {
  readonly #source: ContainerSource
  #chunks: Chunks | undefined
  #buffer: Uint8Array = EMPTY
  /** What of the last chunk comes behind the buffer. */
  #rest: Uint8Array = EMPTY
  /** Index in the buffer of the next byte. */
  #position = 0
  /** Where in the source the buffer begins. */
  #bufferOffset = 0
  #ended = false
  /** What the source itself failed with. */
  #failure: { readonly error: unknown } | undefined

  constructor(source: ContainerSource) {
    this.#source = source
  }

  /** How many bytes there are in all, where that is known: once the first are read. */
  get totalBytes(): number | undefined {
    return this.#chunks?.totalBytes
  }

  /** Where in the source the next byte is. */
  get offset(): number {
    return this.#bufferOffset + this.#position
  }

  /** The bytes that have arrived and are not taken, at least as many as `fill` found. A view. */
  get arrived(): Uint8Array {
    return this.#buffer.subarray(this.#position)
  }

  /** How many these are. */
  get available(): number {
    return this.#buffer.length - this.#position
  }

  /** Waits until `size` bytes have arrived. Returns whether there are so many before the end. */
  async fill(size: number): Promise<boolean> {
    if (size <= this.available) return true
    const parts = [this.arrived, this.#rest]
    let surplus = this.available + this.#rest.length - size
    while (surplus < 0) {
      const chunk = await this.#nextChunk()
      if (chunk === undefined) break
      parts.push(chunk)
      surplus += chunk.length
    }
    this.#bufferOffset += this.#position
    this.#position = 0
    this.#join(parts, Math.max(0, surplus))
    return surplus >= 0
  }

  /** Makes one buffer of parts. A chunk is not copied but for what of it is wanted together with the one before. */
  #join(parts: readonly Uint8Array[], surplus: number): void {
    const filled = parts.filter(({ length }) => length > 0)
    const last = filled.pop() ?? EMPTY
    const wanted = filled.length === 0 ? last.length : last.length - surplus
    this.#buffer = joined([...filled, last.subarray(0, wanted)])
    this.#rest = last.subarray(wanted)
  }

  /** To be called where bytes are missing: throws what the source failed with, if that is why it ended. */
  checkEnd(): void {
    if (this.#failure !== undefined) throw this.#failure.error
  }

  /** The next `size` bytes, which have to have arrived. A view. */
  take(size: number): Uint8Array {
    const start = this.#position
    this.#position = start + size
    return this.#buffer.subarray(start, this.#position)
  }

  /** Goes to a later byte: at once in a file, by reading what lies between in a stream. */
  async skipTo(offset: number): Promise<void> {
    if (isFile(this.#source) && offset > this.#bufferOffset + this.#buffer.length + this.#rest.length) {
      await this.close()
      this.#chunks = chunksOf(this.#source, offset)
      this.#ended = false
      this.#bufferOffset = offset
    }
    while (this.offset < offset) {
      if (this.#position === this.#buffer.length && !(await this.fill(1))) return
      this.#position = Math.min(this.#buffer.length, offset - this.#bufferOffset)
    }
  }

  /** Closes the file, or tells the stream that no more is wanted. */
  async close(): Promise<void> {
    this.#buffer = EMPTY
    this.#rest = EMPTY
    this.#position = 0
    this.#ended = true
    await this.#chunks?.stop()
  }

  /** The next chunk; `undefined` at the end. What has arrived before a failure is not lost by it. */
  async #nextChunk(): Promise<Uint8Array | undefined> {
    if (this.#ended) return undefined
    try {
      this.#chunks ??= chunksOf(this.#source)
      const chunk = await this.#chunks.next()
      if (chunk !== undefined) return plainBytes(chunk)
    } catch (error) {
      this.#failure = { error }
    }
    this.#ended = true
    return undefined
  }
}
