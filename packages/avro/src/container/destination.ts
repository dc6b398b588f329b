// Where a container file is written to: a file, a node stream or a web stream, by one interface.

import { type FileHandle, open } from "node:fs/promises"
import type { Socket } from "node:net"
import type { Writable } from "node:stream"

/** The path of a file, which is replaced, or a web or node stream. */
export type ContainerDestination = string | URL | Writable | WritableStream<Uint8Array>

export interface Destination {
  /** Writes one after another. Resolves once the destination takes more. */
  write(chunks: readonly Uint8Array[]): Promise<void>
  close(): Promise<void>
  /** Closes a file, and breaks off a stream, so that whoever reads it does not take it for whole. */
  giveUp(reason: unknown): Promise<void>
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
    giveUp: () => file.close(),
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
    giveUp: (reason) => writer.abort(reason),
  }
}

function nodeDestination(stream: Writable): Destination {
  let isGone = false
  let fail: (error: Error) => void = () => {}
  const loss = (): Error | undefined =>
    stream.errored ?? (isGone || isDestroyed(stream) ? prematureClose() : undefined)
  /** One call at a time. Node does not call back for all that is under way in a stream that goes away. */
  const unlessLost = (action: (done: (error?: Error | null) => void) => void): Promise<void> =>
    new Promise((resolve, reject) => {
      const before = loss()
      if (before !== undefined) return reject(before)
      fail = reject
      action((error) => (error ? reject(error) : resolve()))
    })
  const gone = (): void => {
    isGone = true
    fail(loss() as Error) // behind an end that was heard of, to no one
  }
  stream.on("error", () => {}) // what is under way tells, or what comes next
  stream.on("close", gone)
  stream.on("aborted", gone) // HTTP/2 of Node 20 does not close what was reset
  return {
    write: (chunks) =>
      unlessLost((done) => {
        chunks.forEach((chunk, index) => {
          if (index < chunks.length - 1) stream.write(chunk)
          else stream.write(chunk, (error) => done(error ?? loss())) // whichever failed, the last one is told
        })
      }),
    close: () => unlessLost((done) => stream.end(done)),
    giveUp: async (reason) => {
      stream.destroy(reason instanceof Error ? reason : new Error(String(reason)))
    },
  }
}

/** A response does not know of it at once, and Node 20 calls back as if its socket had written what it lost. */
function isDestroyed(stream: Writable & { readonly socket?: Socket | null }): boolean {
  return stream.destroyed || stream.socket?.destroyed === true
}

/** As Node's `pipeline` tells it. */
function prematureClose(): Error {
  const error = new Error("The stream was closed before the container file was at its end")
  return Object.assign(error, { code: "ERR_STREAM_PREMATURE_CLOSE" })
}
