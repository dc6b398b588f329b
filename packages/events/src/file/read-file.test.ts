// A file grows while it is read. Here it does at the moment when the reader meets its end, in Node's own file handle.

import { appendFile, type FileHandle, open, readFile, truncate, writeFile } from "node:fs/promises"
import { indexContainer } from "@avrolet/avro/container"
import { afterEach, describe, expect, test, vi } from "vitest"
import type { EventsError } from "../errors.ts"
import { Counted, counted, upTo, valuesOf } from "../fixtures/batches.ts"
import { kindOf } from "../kind.ts"
import { filesIn, newDirectory } from "../testing/directory.ts"
import { fileSink, fileSource } from "./index.ts"

afterEach(() => {
  vi.restoreAllMocks()
})

describe("a block that is written while it is read", () => {
  test("is given, and what is behind it; nothing is damaged", async () => {
    const { directory, path, bytes, blocks } = await threeBlocks()
    const half = middleOf(blocks[1])
    await truncate(path, half)
    await whenReadToItsEnd(() => appendFile(path, bytes.subarray(half)))
    expect(await read(directory)).toEqual({ counts: upTo(30), told: [] })
  })

  test("is given behind damage, which alone is told", async () => {
    const { directory, path, bytes, blocks } = await threeBlocks()
    bytes[blocks[0].offset] = 0x13 // a count of -10
    const half = middleOf(blocks[1])
    await writeFile(path, bytes.subarray(0, half))
    await whenReadToItsEnd(() => appendFile(path, bytes.subarray(half)))
    expect(await read(directory)).toEqual({
      counts: upTo(30).slice(10),
      told: [expect.stringContaining(`bytes ${blocks[0].offset} to ${blocks[1].offset} of`)],
    })
  })

  test("is damaged where it cannot be read a second time either", async () => {
    const { directory, path, bytes, blocks } = await threeBlocks()
    const start = blocks[1].offset
    bytes.set([0x14, 0xfe, 0x7f], start) // ten events, said to take more bytes than the file has left
    await writeFile(path, bytes)
    expect(await read(directory)).toEqual({
      counts: [...upTo(10), ...upTo(30).slice(20)],
      told: [expect.stringContaining(`bytes ${start} to ${blocks[2].offset} of`)],
    })
  })
})

test("a file that is emptied while it is read ends there", async () => {
  const { directory, path, blocks } = await threeBlocks()
  await truncate(path, middleOf(blocks[1]))
  await whenReadToItsEnd(() => truncate(path, 0))
  expect(await read(directory)).toEqual({ counts: upTo(10), told: [] })
})

interface Place {
  readonly offset: number
  readonly bytes: number
}

interface ThreeBlocks {
  readonly directory: string
  readonly path: string
  readonly bytes: Uint8Array
  readonly blocks: readonly [Place, Place, Place]
}

/** A file of three blocks, of ten events each. */
async function threeBlocks(): Promise<ThreeBlocks> {
  const directory = await newDirectory()
  const sink = fileSink(directory)
  await sink.open(kindOf(Counted))
  const now = BigInt(Date.now()) * 1_000_000n
  for (const from of [0, 10, 20]) await sink.write(counted("a", from, from + 10, now))
  await sink.close()
  const [path = ""] = await filesIn(directory)
  const { blocks } = await indexContainer(path)
  return { directory, path, bytes: await readFile(path), blocks: blocks as never }
}

const middleOf = ({ offset, bytes }: Place): number => offset + Math.floor(bytes / 2)

async function read(directory: string): Promise<{ counts: number[]; told: string[] }> {
  const told: string[] = []
  const counts: number[] = []
  const onDamage = ({ message }: EventsError): void => void told.push(message)
  for await (const events of fileSource(directory).read({ onDamage })) {
    counts.push(...valuesOf(Counted, events).map(({ count }) => count))
  }
  return { counts, told }
}

/** Does something once, after a read that found no more bytes and before the reader goes on. */
async function whenReadToItsEnd(act: () => Promise<void>): Promise<void> {
  const opened = await open(import.meta.filename)
  await opened.close()
  const handle = Object.getPrototypeOf(opened) as FileHandle
  // oxlint-disable-next-line typescript/unbound-method -- called with its object
  const readBytes = handle.read as (this: FileHandle, ...where: unknown[]) => ReturnType<FileHandle["read"]>
  let isDone = false
  const readAndAct = async function (this: FileHandle, ...where: unknown[]) {
    const result = await readBytes.apply(this, where)
    if (result.bytesRead === 0 && !isDone) {
      isDone = true
      await act()
    }
    return result
  }
  vi.spyOn(handle, "read").mockImplementation(readAndAct)
}
