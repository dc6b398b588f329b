// What a repair finds again behind a damage, and what a hostile file makes it read.

import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs"
import { type FileHandle, open } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest"
import { parseSchema } from "../schema/schema.ts"
import { readAll } from "../testing/container.ts"
import { createBlockFramer } from "./block-framer.ts"
import { type ContainerIndex, indexContainer } from "./block-index.ts"
import type { ContainerCodec } from "./codec.ts"
import { repairContainer } from "./repair.ts"

let folder = ""
let files = 0
const newPath = (): string => join(folder, `${files++}.avro`)
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "avrolet-repair-"))
})
afterAll(() => rmSync(folder, { recursive: true }))

const TEN = 10
const ten = (value: number): Uint8Array => new Uint8Array(TEN).fill(value)

/** A file of six blocks of 28 bytes, each with a value of its own, and what is wrong with it. */
async function damaged(damage: (file: Uint8Array, index: ContainerIndex) => void): Promise<string> {
  const framer = await createBlockFramer(parseSchema({ type: "fixed", name: "Ten", size: TEN }))
  const blocks = await Promise.all([0, 1, 2, 3, 4, 5].map((value) => framer.frame(1, ten(value))))
  const path = newPath()
  writeFileSync(path, Buffer.concat([framer.header, ...blocks]))
  const bytes = readFileSync(path)
  damage(bytes, await indexContainer(path))
  writeFileSync(path, bytes)
  return path
}

const BLOCK_BYTES = 28
const startOf = (block: number, { header }: ContainerIndex): number => header.bytes + block * BLOCK_BYTES
const marker =
  (...blocks: number[]) =>
  (file: Uint8Array, index: ContainerIndex): void => {
    for (const block of blocks) {
      const last = startOf(block + 1, index) - 1
      file[last] = (file[last] as number) ^ 1
    }
  }

describe("a block is lost alone", () => {
  test.for<{ what: string; damage: Parameters<typeof damaged>[0]; lost: number[] }>([
    { what: "whose marker is damaged", damage: marker(2), lost: [2] },
    { what: "that is the first", damage: marker(0), lost: [0] },
    { what: "that is the last", damage: marker(5), lost: [5] },
    { what: "beside another whose marker is damaged", damage: marker(1, 2), lost: [1, 2] },
    { what: "as are two with one between them", damage: marker(1, 3), lost: [1, 3] },
    {
      what: "whose marker and data are damaged",
      damage: (file, index) => file.fill(7, startOf(2, index) + 4, startOf(3, index)),
      lost: [2],
    },
    {
      what: "whose size reaches to the end of the next one",
      damage: (file, index) => (file[startOf(2, index) + 1] = (TEN + BLOCK_BYTES) * 2),
      lost: [2],
    },
    {
      what: "that announces another count of values",
      damage: (file, index) => (file[startOf(2, index)] = 2 * 2),
      lost: [2],
    },
  ])("$what", async ({ damage, lost }) => {
    const [from, to] = [await damaged(damage), newPath()]
    const repair = await repairContainer(from, to)
    const kept = [0, 1, 2, 3, 4, 5].filter((block) => !lost.includes(block))
    expect((await readAll(to)).values).toEqual(kept.map(ten))
    expect(repair).toMatchObject({ blocks: kept.length, values: kept.length })
    const lostBytes = repair.lost.reduce((sum, { start, end }) => sum + end - start, 0)
    expect(lostBytes).toBe(lost.length * BLOCK_BYTES)
  })

  test("and the only one that has kept its marker is found", async () => {
    const path = newPath()
    const framer = await createBlockFramer(parseSchema("bytes"))
    const block = await framer.frame(1, Uint8Array.of(2, 7))
    const torn = block.with(block.length - 1, (block.at(-1) as number) ^ 1)
    writeFileSync(path, Buffer.concat([framer.header, ...Array<Uint8Array>(2000).fill(torn), block]))
    const { blocks, lost } = await repairContainer(path, newPath())
    expect([blocks, lost.length]).toEqual([1, 1])
  })

  test("though it announces more values without bytes than are read of a file", async () => {
    const framer = await createBlockFramer(parseSchema("null"))
    const nothing = new Uint8Array(0)
    const blocks = [framer.frame(1, nothing), framer.frame(200_000, nothing), framer.frame(2, nothing)]
    const [from, to] = [newPath(), newPath()]
    writeFileSync(from, Buffer.concat([framer.header, ...(await Promise.all(blocks))]))
    expect(await repairContainer(from, to)).toMatchObject({ blocks: 2, values: 3 })
  })
})

describe("a repair that does not come to its end", () => {
  test("leaves no file that can be taken for a whole one", async () => {
    const [from, to] = [newPath(), join(mkdtempSync(join(folder, "slow-")), "to.avro")]
    const plain: ContainerCodec = { compress: (data) => data, decompress: (data) => data }
    let read = 0
    let meanwhile: unknown
    const slow: ContainerCodec = {
      compress: (data) => data,
      decompress: async (data) => {
        if (++read === 3) ({ error: meanwhile } = await readAll(to, undefined, { codecs: { slow: plain } }))
        return data
      },
    }
    const framer = await createBlockFramer(parseSchema("bytes"), { codec: "slow", codecs: { slow } })
    const block = await framer.frame(1, Uint8Array.of(2, 7))
    writeFileSync(from, Buffer.concat([framer.header, block, block, block]))
    expect(await repairContainer(from, to, { codecs: { slow } })).toMatchObject({ blocks: 3, lost: [] })
    expect(meanwhile).toMatchObject({ code: "ERR_AVRO_TRUNCATED" })
    expect(readdirSync(dirname(to))).toEqual(["to.avro"])
  })

  test("comes to it though the file becomes shorter meanwhile", async () => {
    const from = newPath()
    const cutting: ContainerCodec = {
      compress: (data) => data,
      decompress: (data) => {
        truncateSync(from, readFileSync(from).length - BLOCK_BYTES)
        return data
      },
    }
    const ofTen = parseSchema({ type: "fixed", name: "Ten", size: TEN })
    const framer = await createBlockFramer(ofTen, { codec: "cutting", codecs: { cutting } })
    const blocks = await Promise.all([0, 1, 2, 3, 4, 5].map((value) => framer.frame(1, ten(value))))
    writeFileSync(from, Buffer.concat([framer.header, ...blocks]))
    const repair = await repairContainer(from, newPath(), { codecs: { cutting } })
    const start = framer.header.length + 3 * BLOCK_BYTES
    expect(repair).toMatchObject({ blocks: 3, lost: [{ start, end: start + 3 * BLOCK_BYTES }] })
  })

  test("leaves nothing where it fails", async () => {
    const from = await damaged(() => {})
    const to = join(mkdtempSync(join(folder, "full-")), "to.avro")
    const file = await open(from)
    const prototype = Object.getPrototypeOf(file) as FileHandle
    await file.close()
    const full = Object.assign(new Error("no space left on device"), { code: "ENOSPC" })
    const spy = vi.spyOn(prototype, "writev").mockImplementation(async function (this: FileHandle, buffers) {
      if (spy.mock.calls.length > 2) throw full
      const { bytesWritten } = await this.write(Buffer.concat(buffers as Uint8Array[]))
      return { bytesWritten, buffers }
    })
    try {
      await expect(repairContainer(from, to)).rejects.toBe(full)
    } finally {
      spy.mockRestore()
    }
    expect(readdirSync(dirname(to))).toEqual([])
    expect(await repairContainer(from, to)).toMatchObject({ blocks: 6, lost: [] })
  })
})

describe("a file with a head behind every marker whose size reaches to the last one", () => {
  const [heads, step, headBytes] = [2000, 64, 5]

  async function hostile(): Promise<string> {
    const framer = await createBlockFramer(parseSchema("bytes"), { codec: "counted", codecs: { counted } })
    const sync = framer.header.subarray(-16)
    const parts = [framer.header]
    for (let left = heads; left > 0; left--) {
      const between = left === 1 ? step - headBytes : step - headBytes - sync.length
      parts.push(Uint8Array.of(2, ...long(left * step - headBytes)), new Uint8Array(between), sync)
    }
    const path = newPath()
    writeFileSync(path, Buffer.concat(parts))
    return path
  }

  /** A size in four bytes. */
  const long = (size: number): number[] =>
    [0, 7, 14, 21].map((shift) => (((size * 2) >> shift) & 0x7f) | (shift < 21 ? 0x80 : 0))

  let decompressed = 0
  const counted: ContainerCodec = {
    compress: (data) => data,
    decompress: (data) => {
      decompressed += data.length
      return data
    },
  }

  test("has no byte read more than a few times, nor decompressed", async () => {
    const path = await hostile()
    const file = await open(path)
    const prototype = Object.getPrototypeOf(file) as FileHandle
    const [{ size }] = [await file.stat(), await file.close()]
    const [opens, reads] = [vi.spyOn(prototype, "stat"), vi.spyOn(prototype, "read")]
    try {
      const { blocks, lost } = await repairContainer(path, newPath(), { codecs: { counted } })
      expect(blocks).toBe(0)
      expect(lost).toMatchObject([{ end: size }])
      expect(decompressed).toBeLessThan(6 * size)
      const results = await Promise.all(
        reads.mock.results.map(({ value }) => value as ReturnType<typeof file.read>),
      )
      expect(results.reduce((sum, { bytesRead }) => sum + bytesRead, 0)).toBeLessThan(10 * size)
      expect(opens.mock.calls.length).toBeLessThan(10)
    } finally {
      opens.mockRestore()
      reads.mockRestore()
    }
  })
})
