// Files that are gone on with, looked through and mended.

import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { schema } from "../schema/schema.ts"
import { fileOf, readAll } from "../testing/container.ts"
import { appendContainer } from "./append.ts"
import { indexContainer } from "./block-index.ts"
import type { ContainerCodecName } from "./codec.ts"
import { readContainer } from "./read.ts"
import { repairContainer } from "./repair.ts"

const Event = schema({
  type: "record",
  name: "Event",
  fields: [
    { name: "id", type: "long" },
    { name: "text", type: "string", default: "" },
  ],
})
const events = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => ({ id: from + index, text: `event ${from + index}` }))

let folder = ""
let files = 0
const newPath = (): string => join(folder, `${files++}.avro`)
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "avrolet-container-"))
})
afterAll(() => rmSync(folder, { recursive: true }))

async function written(count: number, codec: ContainerCodecName = "null", blockBytes = 200): Promise<string> {
  const path = newPath()
  writeFileSync(
    path,
    await fileOf(Event, events(0, count), { codec, blockBytes, metadata: { made: "here" } }),
  )
  return path
}

describe("appendContainer", () => {
  test.for<ContainerCodecName>(["null", "deflate", "zstandard"])(
    "keeps schema, codec, metadata and marker of a %s file (G15)",
    async (codec) => {
      const path = await written(100, codec)
      const before = readFileSync(path)
      for (const [from, to] of [
        [100, 101],
        [101, 300],
      ] as const) {
        const writer = await appendContainer(Event, path, { blockBytes: 300 })
        for (const event of events(from, to)) await writer.write(event)
        await writer.close()
      }
      expect(readFileSync(path).subarray(0, before.length).equals(before)).toBe(true)
      expect(await readAll(path, Event)).toEqual({ values: events(0, 300), error: undefined })
    },
  )

  test("goes on with a file that has no values yet, and leaves a file as it was if none come", async () => {
    const path = await written(0)
    const before = readFileSync(path)
    await (await appendContainer(Event, path)).close()
    expect(readFileSync(path).equals(before)).toBe(true)
    const writer = await appendContainer(Event, path)
    await writer.write({ id: 1 })
    await writer.close()
    expect((await readAll(path)).values).toEqual([{ id: 1, text: "" }])
  })

  test("refuses a file of another schema, and a file that is none", async () => {
    const path = await written(3)
    const before = readFileSync(path)
    const error = { code: "ERR_AVRO_CONTAINER" }
    await expect(appendContainer(schema("string"), path)).rejects.toMatchObject(error)
    const text = newPath()
    writeFileSync(text, "not a container")
    await expect(appendContainer(Event, text)).rejects.toMatchObject(error)
    await expect(appendContainer(Event, newPath())).rejects.toMatchObject({ code: "ENOENT" })
    expect(readFileSync(path).equals(before)).toBe(true)
  })

  test("refuses a file with a torn tail, wherever it is torn", async () => {
    const path = await written(20)
    const { blocks, header } = await indexContainer(path)
    const whole = readFileSync(path)
    const ends = new Set([header.bytes, ...blocks.map(({ offset, bytes }) => offset + bytes)])
    for (let end = whole.length; end >= header.bytes; end--) {
      truncateSync(path, end)
      const appending = appendContainer(Event, path)
      if (ends.has(end)) await (await appending).close()
      else await expect(appending).rejects.toMatchObject({ code: "ERR_AVRO_TRUNCATED" })
    }
  })
})

describe("indexContainer", () => {
  test.for<ContainerCodecName>(["null", "deflate"])("finds every block of a %s file (G9)", async (codec) => {
    const path = await written(500, codec)
    const { header, blocks, count } = await indexContainer(path)
    expect(count).toBe(500)
    expect(header.codec).toBe(codec)
    expect(blocks.length).toBeGreaterThan(20)
    expect(blocks[0]?.offset).toBe(header.bytes)
    const size = blocks.reduce((sum, { bytes }) => sum + bytes, header.bytes)
    expect(size).toBe(readFileSync(path).length)
  })

  test("lets blocks be read alone (G9)", async () => {
    const path = await written(500, "deflate")
    const { blocks } = await indexContainer(path)
    let first = 0
    for (const { offset, bytes, count } of blocks) {
      const range = { start: offset, end: offset + bytes }
      expect((await readAll(path, Event, { range })).values).toEqual(events(first, first + count))
      first += count
    }
  })

  test("tells a torn tail and a damage as reading does", async () => {
    const path = await written(100)
    const { blocks } = await indexContainer(path)
    const last = blocks.at(-1)?.offset
    truncateSync(path, readFileSync(path).length - 1)
    const error = { block: blocks.length - 1, offset: last, code: "ERR_AVRO_TRUNCATED" }
    await expect(indexContainer(path)).rejects.toMatchObject(error)
    expect((await readAll(path)).error).toMatchObject(error)
    appendFileSync(path, Buffer.alloc(20))
    await expect(indexContainer(path)).rejects.toMatchObject({ ...error, code: "ERR_AVRO_CONTAINER" })
  })
})

describe("repairContainer", () => {
  test("leaves a whole file as it is", async () => {
    const path = await written(100, "deflate")
    const to = newPath()
    expect(await repairContainer(path, to)).toMatchObject({ values: 100, lost: [] })
    expect(readFileSync(to).equals(readFileSync(path))).toBe(true)
  })

  test("keeps all whole blocks of a file that is torn anywhere, and appending goes on", async () => {
    const whole = readFileSync(await written(30))
    const path = newPath()
    writeFileSync(path, whole)
    const { header } = await indexContainer(path)
    for (let end = whole.length; end >= header.bytes; end -= 7) {
      truncateSync(path, end)
      const [{ values }, to] = [await readAll(path, Event), newPath()]
      const repair = await repairContainer(path, to)
      expect(repair.values).toBe(values.length)
      expect(repair.lost.every((part) => part.end === end)).toBe(true)
      const writer = await appendContainer(Event, to)
      await writer.write({ id: -1 })
      await writer.close()
      expect((await readAll(to, Event)).values).toEqual([...values, { id: -1, text: "" }])
    }
  })

  test.for<ContainerCodecName>(["null", "deflate", "snappy"])(
    "keeps the blocks around a damage of a %s file, and says what is lost",
    async (codec) => {
      const path = await written(200, codec)
      const { blocks } = await indexContainer(path)
      const [broken] = blocks.slice(3)
      if (broken === undefined) throw new Error("Too few blocks")
      const bytes = readFileSync(path)
      bytes.fill(0xff, broken.offset + 8, broken.offset + 20)
      writeFileSync(path, bytes)
      const to = newPath()
      const repair = await repairContainer(path, to)
      expect(repair).toMatchObject({
        blocks: blocks.length - 1,
        values: 200 - broken.count,
        lost: [{ start: broken.offset, end: broken.offset + broken.bytes }],
      })
      const before = blocks.slice(0, 3).reduce((sum, { count }) => sum + count, 0)
      expect(await readAll(to, Event)).toEqual({
        values: [...events(0, before), ...events(before + broken.count, 200)],
        error: undefined,
      })
    },
  )

  test("makes a file that can be read whole of one that is damaged anyhow", async () => {
    const path = await written(60, "deflate", 100)
    const { header } = await indexContainer(path)
    const whole = readFileSync(path)
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(damage, async (changes) => {
        const wrong = Buffer.from(whole)
        for (const [at, byte] of changes) wrong[header.bytes + (at % (whole.length - header.bytes))] = byte
        const [from, to] = [newPath(), newPath()]
        writeFileSync(from, wrong)
        const repair = await repairContainer(from, to)
        const { values, error } = await readAll(to, Event)
        expect([values.length, error]).toEqual([repair.values, undefined])
      }),
      { numRuns: 60 },
    )
  })

  test("does not write over a file, and needs a header", async () => {
    const path = await written(3)
    await expect(repairContainer(path, path)).rejects.toMatchObject({ code: "EEXIST" })
    const torn = newPath()
    writeFileSync(torn, readFileSync(path).subarray(0, 20))
    await expect(repairContainer(torn, newPath())).rejects.toMatchObject({ code: "ERR_AVRO_TRUNCATED" })
  })

  test("a repair ends where reading the header did, with the file let go", async () => {
    const path = await written(3)
    const reading = readContainer()(path)
    expect((await reading.header()).codec).toBe("null")
    expect(await reading.return()).toEqual({ done: true, value: undefined })
    expect(await reading.next()).toEqual({ done: true, value: undefined })
  })
})
