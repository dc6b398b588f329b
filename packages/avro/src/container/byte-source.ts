// A cursor over bytes that arrive in chunks. What is asked for is never allocated before it has arrived.

import { type FileHandle, open } from "node:fs/promises"

/**
 * Where a container file is read from: the path of a file, a web or node stream, anything that gives
 * chunks, or all the bytes at once.
 */
export type ContainerSource =
  | string
  | URL
  | Uint8Array
  | AsyncIterable<Uint8Array>
  | Iterable<Uint8Array>
  | ReadableStream<Uint8Array>

const CHUNK_BYTES = 256 * 1024
const EMPTY = new Uint8Array(0)

export class ByteSource {
  /** How many bytes there are in all, where that is known. For files, once the first are read. */
  totalBytes: number | undefined
  #source: ContainerSource
  #chunks: AsyncIterator<Uint8Array> | Iterator<Uint8Array> | undefined
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
    this.totalBytes = source instanceof Uint8Array ? source.length : undefined
  }

  /** Where in the source the next byte is. */
  get offset(): number {
    return this.#bufferOffset + this.#position
  }

  /** The bytes that have arrived and are not taken, at least as many as `fill` found. A view. */
  get arrived(): Uint8Array {
    return this.#buffer.subarray(this.#position)
  }

  /** Waits until `size` bytes have arrived. Returns whether there are so many before the end. */
  async fill(size: number): Promise<boolean> {
    if (size <= this.#buffer.length - this.#position) return true
    const parts = [this.arrived, this.#rest]
    let surplus = this.arrived.length + this.#rest.length - size
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
    const isFile = typeof this.#source === "string" || this.#source instanceof URL
    if (isFile && offset > this.#bufferOffset + this.#buffer.length + this.#rest.length) {
      await this.close()
      this.#chunks = this.#fileChunks(this.#source as string | URL, offset)
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
    const chunks = this.#chunks
    this.#buffer = EMPTY
    this.#rest = EMPTY
    this.#position = 0
    this.#ended = true
    await chunks?.return?.()
  }

  /** The next chunk; `undefined` at the end. What has arrived before a failure is not lost by it. */
  async #nextChunk(): Promise<Uint8Array | undefined> {
    if (this.#ended) return undefined
    try {
      this.#chunks ??= this.#open(this.#source)
      const { value, done } = await this.#chunks.next()
      if (done !== true && value instanceof Uint8Array) return value
      this.#ended = true
      if (done !== true) throw new TypeError(`A container file is made of bytes, got a ${typeof value}`)
    } catch (error) {
      this.#ended = true
      this.#failure = { error }
    }
    return undefined
  }

  #open(source: ContainerSource): AsyncIterator<Uint8Array> | Iterator<Uint8Array> {
    if (typeof source === "string" || source instanceof URL) return this.#fileChunks(source, 0)
    if (source instanceof Uint8Array) return [source].values()
    if (Symbol.asyncIterator in source) return source[Symbol.asyncIterator]()
    if (Symbol.iterator in source) return source[Symbol.iterator]()
    throw new TypeError("A container file is read from a path, a stream, an iterable of bytes, or bytes")
  }

  /** The chunks of a file. From the second on, one is read while the one before it is used. */
  async *#fileChunks(path: string | URL, start: number): AsyncGenerator<Uint8Array> {
    const file = await open(path)
    let ahead: Promise<Uint8Array> | undefined
    try {
      this.totalBytes = (await file.stat()).size
      for (let position = start; ; ) {
        const chunk = await (ahead ?? readChunk(file, position))
        if (chunk.length === 0) return
        if (position > start) ahead = readChunk(file, position + chunk.length)
        ahead?.catch(() => {}) // its turn comes
        position += chunk.length
        yield chunk
      }
    } finally {
      await ahead?.catch(() => {})
      await file.close()
    }
  }
}

async function readChunk(file: FileHandle, position: number): Promise<Uint8Array> {
  const { bytesRead, buffer } = await file.read(Buffer.allocUnsafeSlow(CHUNK_BYTES), { position })
  return buffer.subarray(0, bytesRead)
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [first = EMPTY] = parts
  if (parts.length < 2) return first
  const all = new Uint8Array(parts.reduce((size, { length }) => size + length, 0))
  let position = 0
  for (const part of parts) {
    all.set(part, position)
    position += part.length
  }
  return all
}
