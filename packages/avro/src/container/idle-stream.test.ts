import { PassThrough } from "node:stream"
import { describe, expect, test } from "vitest"
import { schema } from "../schema/schema.ts"
import { fileOf } from "../testing/container.ts"
import type { ContainerSource } from "./chunks.ts"
import { readContainer, readContainerBlocks } from "./read.ts"

describe("a stream that is idle", () => {
  const values = Array.from({ length: 100 }, (_, index) => index)
  const Int = schema("int")
  /** Gives the file and then nothing, not even an end. */
  const idle: Record<string, (file: Uint8Array) => ContainerSource> = {
    "a generator": async function* (file) {
      yield file
      await new Promise(() => {})
    },
    "a node stream": (file) => {
      const stream = new PassThrough()
      stream.write(file)
      return stream
    },
    "a web stream": (file) => new ReadableStream({ start: (controller) => controller.enqueue(file) }),
  }

  test.for(Object.keys(idle))("%s: gives all values that have come, and lets go who stops", async (kind) => {
    for (const blockBytes of [1, 50, 1000]) {
      const file = await fileOf(Int, values, { blockBytes })
      const seen: number[] = []
      for await (const value of readContainer(Int)(idle[kind]?.(file) as ContainerSource)) {
        seen.push(value)
        if (seen.length === values.length) break
      }
      expect(seen).toEqual(values)
    }
  })

  test.for(Object.keys(idle))("%s: gives all blocks that have come, and lets go who stops", async (kind) => {
    const file = await fileOf(Int, values, { blockBytes: 1, codec: "deflate" })
    const seen: number[] = []
    for await (const block of readContainerBlocks(Int)(idle[kind]?.(file) as ContainerSource)) {
      seen.push(...(await block.values()))
      if (seen.length === values.length) break
    }
    expect(seen).toEqual(values)
  })

  test("is closed by who stops", async () => {
    const stream = new PassThrough()
    stream.write(await fileOf(Int, values))
    for await (const _ of readContainer(Int)(stream)) break
    expect(stream.destroyed).toBe(true)
  })

  test("is not waited for by who wants the header", async () => {
    const file = await fileOf(Int, values)
    const { bytes } = await readContainer()(file).header()
    const stream = new PassThrough()
    stream.write(file.subarray(0, bytes))
    const reading = readContainer(Int)(stream)
    expect((await reading.header()).bytes).toBe(bytes)
    await reading.return()
  })
})
