// Container files in memory.

import type { ContainerSource } from "../container/chunks.ts"
import type { ReadContainerOptions } from "../container/file-blocks.ts"
import { readContainer } from "../container/read.ts"
import { type WriteContainerOptions, writeContainer } from "../container/write.ts"
import type { Schema } from "../schema/schema.ts"

/** The bytes of a container file. */
export async function fileOf<Input>(
  schema: Schema<unknown, Input>,
  values: Iterable<NoInfer<Input>>,
  options?: WriteContainerOptions,
): Promise<Uint8Array> {
  return joined(writeContainer(schema, options)(values))
}

/** All bytes of a stream. */
export async function joined(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const chunk of chunks) parts.push(chunk)
  return new Uint8Array(Buffer.concat(parts))
}

export interface ReadResult<Value> {
  readonly values: Value[]
  /** What reading ended with, where it ended with an error. */
  readonly error: unknown
}

/** What is read of a source, up to its end or its error. */
export async function readAll<Value = unknown>(
  source: ContainerSource,
  schema?: Schema<Value, unknown>,
  options?: ReadContainerOptions,
): Promise<ReadResult<Value>> {
  const values: Value[] = []
  try {
    for await (const value of readContainer(schema, options)(source)) values.push(value)
    return { values, error: undefined }
  } catch (error) {
    return { values, error }
  }
}

/** Bytes in chunks of so many. */
export async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size)
}
