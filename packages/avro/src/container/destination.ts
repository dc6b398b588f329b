// Where a container file is written to: a file, a node stream or a web stream, by one interface.

import { type FileHandle, open } from "node:fs/promises"
import type { Writable } from "node:stream"

/** The path of a file, which is replaced, or a web or node stream. */
export type ContainerDestination = string | URL | Writable | WritableStream<Uint8Array>

export interface Destination {
  /** Resolves once the destination takes more. */
  write(bytes: Uint8Array): Promise<void>
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
    write: async (bytes) => {
      for (let done = 0; done < bytes.length; ) {
        const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position)
        done += bytesWritten
        position += bytesWritten
      }
    },
    close: () => file.close(),
  }
}

function webDestination(stream: WritableStream<Uint8Array>): Destination {
  const writer = stream.getWriter()
  return {
    write: async (bytes) => {
      await writer.ready
      await writer.write(bytes)
    },
    close: () => writer.close(),
  }
}

function nodeDestination(stream: Writable): Destination {
  stream.on("error", () => {}) // the write that failed tells, or `close`
  return {
    write: (bytes) =>
      new Promise((resolve, reject) => {
        stream.write(bytes, (error) => (error ? reject(error) : resolve()))
      }),
    close: () =>
      new Promise((resolve, reject) => {
        if (stream.errored) reject(stream.errored)
        else stream.end((error?: Error | null) => (error ? reject(error) : resolve()))
      }),
  }
}
