// What a container file is read from, as chunks of bytes. Whoever stops early is not kept waiting by a stream that is
// idle.

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

/** The chunks of a source. One call at a time, but for `stop`. */
export interface Chunks {
  /** How many bytes there are in all, where that is known. For files, once the first are read. */
  readonly totalBytes: number | undefined
  /** The next bytes; `undefined` at the end. Throws what the source fails with. */
  next(): Promise<Uint8Array | undefined>
  /** Closes the file, or tells the stream that no more is wanted. */
  stop(): Promise<void>
}

export const isFile = (source: ContainerSource): source is string | URL =>
  typeof source === "string" || source instanceof URL

/** Opens a source at its first call of `next`; a file from the byte `start` on. */
export function chunksOf(source: ContainerSource, start = 0): Chunks {
  if (isFile(source)) return new FileChunks(source, start)
  if (source instanceof Uint8Array) return new IteratedChunks([source].values(), source.length)
  if (source instanceof ReadableStream) return new IteratedChunks(readerOf(source))
  if (Symbol.asyncIterator in source) return new IteratedChunks(iteratorOf(source))
  if (Symbol.iterator in source) return new IteratedChunks(source[Symbol.iterator]())
  throw new TypeError("A container file is read from a path, a stream, an iterable of bytes, or bytes")
}

interface Iterated {
  next(): Promise<IteratorResult<Uint8Array, unknown>> | IteratorResult<Uint8Array, unknown>
  return?(): unknown
}

class IteratedChunks implements Chunks {
  readonly totalBytes: number | undefined
  readonly #iterated: Iterated
  #isWaiting = false

  constructor(iterated: Iterated, totalBytes?: number) {
    this.#iterated = iterated
    this.totalBytes = totalBytes
  }

  async next(): Promise<Uint8Array | undefined> {
    this.#isWaiting = true
    try {
      const { value, done } = await this.#iterated.next()
      if (done === true) return undefined
      if (value instanceof Uint8Array) return value
      throw new TypeError(`A container file is made of bytes, got a ${typeof value}`)
    } finally {
      this.#isWaiting = false
    }
  }

  /** A generator that waits for something cannot be interrupted: it is told, and not waited for. */
  async stop(): Promise<void> {
    const stopped = Promise.resolve(this.#iterated.return?.())
    if (this.#isWaiting) stopped.catch(() => {})
    else await stopped
  }
}

/** A web stream. Its own iterator does not end before the next chunk has come. */
function readerOf(stream: ReadableStream<Uint8Array>): Iterated {
  const reader = stream.getReader()
  return {
    next: () => reader.read(),
    return: () => reader.cancel(),
  }
}

/** A node stream, whose iterator does not end before the next chunk either; or anything else. */
function iteratorOf(source: AsyncIterable<Uint8Array> & { destroy?: unknown }): Iterated {
  const iterator = source[Symbol.asyncIterator]()
  return {
    next: () => iterator.next(),
    return: () => {
      if (typeof source.destroy === "function") source.destroy()
      return iterator.return?.()
    },
  }
}

const CHUNK_BYTES = 256 * 1024

/** A file. From the second chunk on, one is read while the one before it is used. */
class FileChunks implements Chunks {
  totalBytes: number | undefined
  readonly #path: string | URL
  #position: number
  #file: Promise<FileHandle> | undefined
  #ahead: Promise<Uint8Array> | undefined

  constructor(path: string | URL, start: number) {
    this.#path = path
    this.#position = start
  }

  async next(): Promise<Uint8Array | undefined> {
    const isFirst = this.#file === undefined
    const file = await (this.#file ??= this.#open())
    const chunk = await (this.#ahead ?? readChunk(file, this.#position))
    this.#position += chunk.length
    if (chunk.length === 0) return undefined
    if (!isFirst) {
      this.#ahead = readChunk(file, this.#position)
      this.#ahead.catch(() => {}) // its turn comes
    }
    return chunk
  }

  async stop(): Promise<void> {
    const file = await this.#file?.catch(() => undefined)
    await this.#ahead?.catch(() => {})
    await file?.close()
  }

  async #open(): Promise<FileHandle> {
    const file = await open(this.#path)
    this.totalBytes = (await file.stat()).size
    return file
  }
}

async function readChunk(file: FileHandle, position: number): Promise<Uint8Array> {
  const { bytesRead, buffer } = await file.read(Buffer.allocUnsafeSlow(CHUNK_BYTES), { position })
  return buffer.subarray(0, bytesRead)
}
