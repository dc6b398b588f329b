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

export function openDestination(destination: ContainerDestination): Destination {
  if (typeof destination === "string" || destination instanceof URL) {
    return fileDestination(open(destination, "w"))
  }
  return destination instanceof WritableStream ? webDestination(destination) : nodeDestination(destination)
}

/** Writes where the file is opened for it. */
export function fileDestination(opening: Promise<FileHandle>): Destination {
  opening.catch(() => {}) // the first write tells
  return {
    write: async (bytes) => {
      const file = await opening
      await file.appendFile(bytes)
    },
    close: async () => {
      const file = await opening
      await file.close()
    },
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
