// A container file that is written value by value, for as long as a program likes.

import type { Schema } from "../schema/schema.ts"
import { BlockEncoder, randomSync } from "./block-encoder.ts"
import { BlockQueue } from "./block-queue.ts"
import { loadCodec } from "./codec.ts"
import { type ContainerDestination, type Destination, openDestination } from "./destination.ts"
import { encodeHeader } from "./header.ts"
import type { WriteContainerOptions } from "./write.ts"

/** A container file that is being written. */
export interface ContainerWriter<Input> extends AsyncDisposable {
  /**
   * Adds a value. Wait for it where it returns a promise: the destination has enough for now. Throws what
   * `encode` throws, and leaves out the value; what the destination failed with, the promise rejects with: a node
   * stream that is closed by others, with Node's `ERR_STREAM_PREMATURE_CLOSE`.
   */
  write(value: Input): Promise<void> | undefined
  /** Ends the block, and resolves once all that was written so far is at the destination. */
  flush(): Promise<void>
  /** `flush`, and closes the file or ends the stream, which is broken off where not all is there. */
  close(): Promise<void>
}

/**
 * Writes a container file, or to a stream, until it is closed. A file that is there is replaced;
 * `appendContainer` goes on with it. Rejects with `ERR_AVRO_CODEC` for a codec that is not known or not
 * installed, and with Node's error for a file that cannot be opened.
 */
export async function createContainerWriter<Input>(
  schema: Schema<unknown, Input>,
  destination: ContainerDestination,
  options: WriteContainerOptions = {},
): Promise<ContainerWriter<Input>> {
  const { codec: name = "null", codecs, metadata = {} } = options
  const sync = randomSync()
  const encoder = new BlockEncoder(schema, await loadCodec(name, codecs), sync, options)
  const header = encodeHeader(schema, name, sync, metadata)
  const opened = await openDestination(destination)
  try {
    await opened.write([header])
  } catch (error) {
    await opened.giveUp(error).catch(() => {})
    throw error
  }
  return writerTo(opened, encoder)
}

/** Writes blocks to a destination, one after another. */
export function writerTo<Input>(
  destination: Destination,
  encoder: BlockEncoder<Input>,
): ContainerWriter<Input> {
  const blocks = new BlockQueue(destination)
  let closed: Promise<void> | undefined

  const flush = (): Promise<void> => {
    if (encoder.count > 0) void blocks.add(encoder.take())
    return blocks.sent()
  }
  const close = async (): Promise<void> => {
    try {
      await flush()
    } catch (error) {
      await destination.giveUp(error).catch(() => {}) // what was lost is told, and not that it cannot be closed either
      throw error
    }
    await destination.close()
  }
  return {
    write: (value) => {
      if (closed !== undefined) throw new TypeError("Cannot write to a container file that is closed")
      if (!encoder.add(value)) return undefined
      return blocks.add(encoder.take())
    },
    flush,
    close: () => (closed ??= close()),
    [Symbol.asyncDispose]: () => (closed ??= close()),
  }
}
