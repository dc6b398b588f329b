// Where a container file is written to: a file, a node stream or a web stream, by one interface.

import { type FileHandle, open } from "node:fs/promises"
import type { Writable } from "node:stream"

/** The path of a file, which is replaced, or a web or node stream. */
export type ContainerDestination = string | URL | Writable | WritableStream<Uint8Array>

export interface Destination {
  /** Writes one after another. Resolves once the destination takes more. */
  write(chunks: readonly Uint8Array[]): Promise<void>
  close(): Promise<void>
}

/** Opens a destination. Rejects with Node's error for a file that cannot be opened. */
export async function openDestination(destination: ContainerDestination): Promise<Destination> {
  if (typeof destination === "string" || destination instanceof URL) {
    return fileDestination(await open(destination, "w"), 0)
  }
  return destination instanceof WritableStream ? webDestination(destination) : nodeDestination(destination)
}

/** Writes to a file, from a byte of it on. */
export function fileDestination(file: FileHandle, start: number): Destination {
  let position = start
  return {
    write: async (chunks) => {
      for (let left = chunks; left.length > 0; ) {
        const { bytesWritten } = await file.writev(left, position)
        position += bytesWritten
        left = behind(left, bytesWritten)
      }
    },
    close: () => file.close(),
  }
}

/** What is left of chunks, of which so many bytes are done. */
function behind(chunks: readonly Uint8Array[], bytes: number): readonly Uint8Array[] {
  let done = bytes
  const left: Uint8Array[] = []
  for (const chunk of chunks) {
    if (done < chunk.length) left.push(chunk.subarray(done))
    done = Math.max(0, done - chunk.length)
  }
  return left
}

function webDestination(stream: WritableStream<Uint8Array>): Destination {
  const writer = stream.getWriter()
  return {
    write: async (chunks) => {
      for (const chunk of chunks) {
        await writer.ready
        await writer.write(chunk)
      }
    },
    close: () => writer.close(),
  }
}

function nodeDestination(stream: Writable): Destination {
  stream.on("error", () => {}) // the write that failed tells, or `close`
  return {
    write: (chunks) =>
      new Promise((resolve, reject) => {
        const done = (error?: Error | null): void => (error ? reject(error) : resolve())
        chunks.forEach((chunk, index) => {
          if (index < chunks.length - 1) stream.write(chunk)
          else stream.write(chunk, done) // whichever failed, the last one is told
        })
      }),
    close: () =>
      new Promise((resolve, reject) => {
        if (stream.errored) reject(stream.errored)
        else stream.end((error?: Error | null) => (error ? reject(error) : resolve()))
      }),
  }
}
