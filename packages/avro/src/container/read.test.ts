import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { pathToFileURL } from "node:url"
import { deflateRawSync } from "node:zlib"
import { afterAll, beforeAll, describe, expect, expectTypeOf, test } from "vitest"
import { parseSchema, schema } from "../schema/schema.ts"
import { fileOf, inChunks, joined, readAll } from "../testing/container.ts"
import { createBlockFramer } from "./block-framer.ts"
import type { ContainerSource } from "./chunks.ts"
import type { ContainerCodec } from "./codec.ts"
import { readContainer, readContainerBlocks } from "./read.ts"

const User = schema({
  type: "record",
  name: "User",
  fields: [
    { name: "id", type: "long" },
    { name: "name", type: "string" },
  ],
})
const users = Array.from({ length: 1000 }, (_, id) => ({ id, name: `user ${id}` }))

describe("a file is read from", () => {
  let folder = ""
  let file: Uint8Array = new Uint8Array(0)
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "avrolet-container-"))
    file = await fileOf(User, users, { codec: "deflate", blockBytes: 1000 })
    writeFileSync(join(folder, "users.avro"), file)
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  const web = (bytes: Uint8Array): ReadableStream<Uint8Array> => new Blob([new Uint8Array(bytes)]).stream()

  test.for<[string, () => ContainerSource]>([
    ["its path", () => join(folder, "users.avro")],
    ["its URL", () => pathToFileURL(join(folder, "users.avro"))],
    ["its bytes", () => file],
    ["a node stream", () => Readable.from(inChunks(file, 100))],
    ["a web stream", () => web(file)],
    ["an async iterable", () => inChunks(file, 777)],
    ["an iterable", () => [file.subarray(0, 10), new Uint8Array(0), file.subarray(10)]],
    ["a byte at a time", () => inChunks(file, 1)],
    ["Buffers", () => [Buffer.from(file)]],
  ])("%s", async ([, source]) => {
    expect(await readAll(source(), User)).toEqual({ values: users, error: undefined })
  })

  test("a pipeline", async () => {
    const names: string[] = []
    await pipeline(inChunks(file, 500), readContainer(User), async (values) => {
      for await (const { name } of values) names.push(name)
    })
    expect(names).toEqual(users.map(({ name }) => name))
  })

  test("a file that is not there is Node's error, and a stream that fails its own", async () => {
    expect((await readAll(join(folder, "none.avro"))).error).toMatchObject({ code: "ENOENT" })
    const broken = async function* () {
      yield file.subarray(0, file.length - 10)
      throw new Error("the network is gone")
    }
    const { values, error } = await readAll(broken(), User)
    expect(error).toMatchObject({ message: "the network is gone" })
    expect(values.length).toBeGreaterThan(900)
  })

  test("what is no source is a TypeError", async () => {
    expect((await readAll(["text"] as never)).error).toBeInstanceOf(TypeError)
    expect((await readAll(42 as never)).error).toBeInstanceOf(TypeError)
  })
})

describe("values", () => {
  test("are of the type of the schema, and unknown without one", async () => {
    const file = await fileOf(User, users.slice(0, 2))
    const values = readContainer(User)(file)
    expectTypeOf(values.next()).resolves.toEqualTypeOf<
      IteratorResult<{ id: number; name: string }, undefined>
    >()
    expectTypeOf(readContainer()(file)[Symbol.asyncIterator]().next()).resolves.toEqualTypeOf<
      IteratorResult<unknown, undefined>
    >()
    expect(await readAll(file)).toEqual({ values: users.slice(0, 2), error: undefined })
  })

  test("are resolved to a schema other than the writer's", async () => {
    const Newer = schema({
      type: "record",
      name: "User",
      fields: [
        { name: "name", type: "string" },
        { name: "email", type: ["null", "string"], default: null },
      ],
    })
    expect(await readAll(await fileOf(User, users.slice(0, 2)), Newer)).toMatchObject({
      values: [
        { name: "user 0", email: null },
        { name: "user 1", email: null },
      ],
    })
  })

  test("of a writer that cannot be resolved are refused before the first", async () => {
    const { values, error } = await readAll(await fileOf(User, users), schema("int"))
    expect([values, error]).toEqual([[], expect.objectContaining({ code: "ERR_AVRO_RESOLUTION" })])
  })

  test("follow the options for the schema in the file", async () => {
    const file = await fileOf(schema("long"), [2n ** 60n])
    expect((await readAll(file)).error).toMatchObject({ code: "ERR_AVRO_LONG_RANGE", block: 0 })
    expect(await readAll(file, undefined, { writerOptions: { long: "bigint" } })).toMatchObject({
      values: [2n ** 60n],
    })
  })

  test("may be asked for all at once", async () => {
    const reading = readContainer(User)(await fileOf(User, users, { blockBytes: 100 }))
    const results = await Promise.all(Array.from({ length: 1002 }, () => reading.next()))
    expect(results.slice(0, 1000).map(({ value }) => value)).toEqual(users)
    expect(results.slice(1000)).toEqual([
      { done: true, value: undefined },
      { done: true, value: undefined },
    ])
  })

  test("that are decoded already are answered at once", async () => {
    const reading = readContainer(User)(await fileOf(User, users, { blockBytes: 10_000 }))
    await reading.next()
    await reading.next()
    let answered: unknown
    void reading.next().then(({ value }) => (answered = value))
    await Promise.resolve()
    expect(answered).toEqual(users[2])
    await reading.return()
  })

  test("that are not wanted any more let the source go", async () => {
    let isClosed = false
    const file = await fileOf(User, users, { blockBytes: 100 })
    const source = async function* () {
      try {
        yield* inChunks(file, 50)
      } finally {
        isClosed = true
      }
    }
    for await (const { id } of readContainer(User)(source())) if (id === 100) break
    expect(isClosed).toBe(true)
  })

  test("of strings that are not UTF-8 can be had with U+FFFD", async () => {
    const file = await fileOf(schema("bytes"), [Uint8Array.of(0x61, 0xff)])
    const text = Buffer.from(file).toString("latin1").replace('"bytes"', '"string"').replace("\x0e", "\x10")
    const broken = new Uint8Array(Buffer.from(text, "latin1"))
    expect((await readAll(broken)).error).toMatchObject({ code: "ERR_AVRO_DATA", block: 0 })
    expect(await readAll(broken, undefined, { invalidUtf8: "replace" })).toMatchObject({
      values: ["a\uFFFD"],
    })
  })
})

describe("progress", () => {
  test("is bytes of the total, where that is known", async () => {
    const file = await fileOf(User, users, { blockBytes: 500 })
    const reading = readContainer(User)(file)
    const seen: number[] = []
    for await (const _ of reading) seen.push(reading.progress.bytes)
    expect(seen[0]).toBeLessThan(file.length / 5)
    expect(seen).toEqual(seen.toSorted((a, b) => a - b))
    expect(reading.progress.totalBytes).toBe(file.length)
    expect(seen.at(-1)).toBe(file.length)
  })

  test("of a stream has no total", async () => {
    const reading = readContainer(User)(inChunks(await fileOf(User, users), 100))
    await reading.next()
    expect(reading.progress.totalBytes).toBeUndefined()
  })
})

describe("blocks", () => {
  test("can be passed over, and are then not even decompressed", async () => {
    const file = await fileOf(User, users, {
      codec: "counted",
      blockBytes: 1000,
      codecs: { counted: counted([]) },
    })
    const opened: number[] = []
    const ids: number[] = []
    let count = 0
    const blocks = readContainerBlocks(User, { codecs: { counted: counted(opened) } })(file)
    for await (const block of blocks) {
      count += block.count
      if (block.number % 3 === 1) ids.push(...(await block.values()).map(({ id }) => id))
    }
    expect(count).toBe(1000)
    expect(ids.length).toBeGreaterThan(100)
    expect(ids).toEqual(users.map(({ id }) => id).filter((id) => ids.includes(id)))
    expect(opened.length).toBeLessThan(6)
  })

  const counted = (opened: number[]) => ({
    compress: (block: Uint8Array) => block,
    decompress: (data: Uint8Array) => {
      opened.push(data.length)
      return data
    },
  })
})

describe("ranges", () => {
  test("split a file anywhere, and every value is in exactly one of them (G9)", async () => {
    const file = await fileOf(User, users, { codec: "deflate", blockBytes: 300 })
    for (let cut = 0; cut <= file.length + 20; cut += 13) {
      const ranges = [
        { start: 0, end: cut },
        { start: cut, end: Number.POSITIVE_INFINITY },
      ]
      const parts = await Promise.all(ranges.map((range) => readAll(file, User, { range })))
      expect(parts.map(({ error }) => error)).toEqual([undefined, undefined])
      expect(parts.flatMap(({ values }) => values)).toEqual(users)
    }
  })

  test("may be cut between two bytes, as half of an odd size is", async () => {
    const folder = mkdtempSync(join(tmpdir(), "avrolet-container-"))
    try {
      const file = await fileOf(User, users, { blockBytes: 300 })
      const path = join(folder, "users.avro")
      writeFileSync(path, file)
      const { bytes: start } = await readContainer()(file).header()
      for (let cut = start - 0.5; cut < file.length; cut += 97) {
        const ranges = [
          { start: 0, end: cut },
          { start: cut, end: file.length },
        ]
        for (const source of [path, file]) {
          const parts = await Promise.all(ranges.map((range) => readAll(source, User, { range })))
          expect(parts.flatMap(({ values }) => values)).toEqual(users)
        }
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test("are read from the middle of a file, from where they begin", async () => {
    const folder = mkdtempSync(join(tmpdir(), "avrolet-container-"))
    try {
      const path = join(folder, "users.avro")
      const many = Array.from({ length: 200_000 }, (_, id) => ({ id, name: "x".repeat(10) }))
      const file = await fileOf(User, many)
      writeFileSync(path, file)
      const thirds = [0, 1, 2].map((part) => ({
        start: Math.floor((file.length * part) / 3),
        end: part === 2 ? Number.POSITIVE_INFINITY : Math.floor((file.length * (part + 1)) / 3),
      }))
      const parts = await Promise.all(thirds.map((range) => readAll(path, User, { range })))
      expect(parts.flatMap(({ values }) => values.map(({ id }) => id))).toEqual(many.map(({ id }) => id))
      for (const { values } of parts) expect(values.length).toBeGreaterThan(60_000)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test.for([
    { start: 10, end: 5 },
    { start: -1, end: 5 },
    { start: Number.NaN, end: 5 },
  ])("a range of %j is a TypeError", (range) => {
    expect(() => readContainer(User, { range })).toThrow(TypeError)
  })
})

describe("limits", () => {
  test("a block that decompresses to one byte more than maxBlockBytes is refused", async () => {
    const file = await fileOf(schema("bytes"), [new Uint8Array(997)], { codec: "deflate" })
    const read = (maxBlockBytes: number) => readAll(file, undefined, { limits: { maxBlockBytes } })
    expect((await read(999)).error).toBeUndefined() // two bytes are the length
    expect((await read(998)).error).toMatchObject({
      code: "ERR_AVRO_LIMIT",
      block: 0,
      message: expect.stringContaining("limits.maxBlockBytes"),
    })
  })

  test("a codec of the caller's that makes more than it was told to is refused", async () => {
    const bomb = { compress: (block: Uint8Array) => block, decompress: () => new Uint8Array(101) }
    const file = await fileOf(schema("bytes"), [new Uint8Array(9)], { codec: "bomb", codecs: { bomb } })
    const { error } = await readAll(file, undefined, { codecs: { bomb }, limits: { maxBlockBytes: 100 } })
    expect(error).toMatchObject({ code: "ERR_AVRO_LIMIT" })
  })

  test("by default a block of more than 200 MiB is refused, however few bytes it is stored in", async () => {
    const zeros = deflateRawSync(Buffer.alloc(201 * 2 ** 20), { level: 1 })
    const bomb = { compress: () => zeros, decompress: () => zeros }
    const file = await fileOf(schema("bytes"), [new Uint8Array(1)], {
      codec: "deflate",
      codecs: { deflate: bomb },
    })
    expect(file.length).toBeLessThan(2 ** 20)
    expect((await readAll(file)).error).toMatchObject({ code: "ERR_AVRO_LIMIT", block: 0 })
  })

  test("a header of one byte more than maxHeaderBytes is refused", async () => {
    const file = await fileOf(User, users, { metadata: { filler: "x".repeat(10_000) } })
    const { bytes } = await readContainer()(file).header()
    const read = (maxHeaderBytes: number) => readAll(file, undefined, { limits: { maxHeaderBytes } })
    expect((await read(bytes)).error).toBeUndefined()
    expect((await read(bytes - 1)).error).toMatchObject({
      code: "ERR_AVRO_LIMIT",
      message: expect.stringContaining("limits.maxHeaderBytes"),
    })
  })

  test("a header of more than 10,000 entries is refused, before they are read, and is not written either", async () => {
    const start = (await fileOf(User, [])).subarray(0, 4)
    const count = Buffer.from("c0843d", "hex") // 500,000, of two bytes each
    const file = Buffer.concat([start, count, new Uint8Array(1_000_000)])
    expect((await readAll(file)).error).toMatchObject({ code: "ERR_AVRO_LIMIT" })
    const metadata = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`key${i}`, ""]))
    await expect(fileOf(User, [], { metadata })).rejects.toMatchObject({ code: "ERR_AVRO_LIMIT" })
  })

  test("an endless header is given up after a mebibyte", async () => {
    const start = (await fileOf(User, [])).subarray(0, 4)
    let sent = 0
    const endless = async function* () {
      yield start
      for (;;) {
        const chunk = new Uint8Array(1000).fill(2)
        sent += chunk.length
        yield chunk
      }
    }
    expect((await readAll(endless())).error).toMatchObject({ code: "ERR_AVRO_LIMIT" })
    expect(sent).toBeLessThan(3 * 2 ** 20)
  })

  test("values that take no bytes are counted over the whole file", async () => {
    const nothing = parseSchema("null")
    const file = await fileOf(
      nothing,
      Array.from({ length: 1000 }, () => null),
    )
    const read = (maxEmptyItems: number) => readAll(file, undefined, { limits: { maxEmptyItems } })
    expect((await read(1000)).values).toHaveLength(1000)
    expect((await read(999)).error).toMatchObject({ code: "ERR_AVRO_LIMIT", block: 0 })
  })

  test("of values that take no bytes, blocks are counted in their order, whichever is decompressed first", async () => {
    const ends: (() => void)[] = []
    const slow: ContainerCodec = {
      compress: (data) => data,
      decompress: (data) => new Promise((resolve) => ends.push(() => resolve(data))),
    }
    const framer = await createBlockFramer(parseSchema("null"), { codec: "slow", codecs: { slow } })
    const block = await framer.frame(60, new Uint8Array(0))
    const read = readContainerBlocks(undefined, { codecs: { slow }, limits: { maxEmptyItems: 120 } })
    const reading: Promise<unknown>[] = []
    for await (const each of read([framer.header, block, block, block])) reading.push(each.values())
    const results = Promise.allSettled(reading)
    for (const end of ends.toReversed()) {
      end()
      await new Promise(setImmediate)
    }
    expect(await results).toMatchObject([
      { status: "fulfilled" },
      { status: "fulfilled" },
      { status: "rejected", reason: { code: "ERR_AVRO_LIMIT", block: 2 } },
    ])
  })

  test("a value may have as many empty items as the limit says, each anew", async () => {
    const Nulls = schema({ type: "array", items: "null" })
    const value = Array.from({ length: 100 }, () => null)
    const file = await fileOf(Nulls, [value, value, value])
    expect((await readAll(file, Nulls, { limits: { maxEmptyItems: 100 } })).values).toHaveLength(3)
    expect((await readAll(file, Nulls, { limits: { maxEmptyItems: 99 } })).error).toMatchObject({ block: 0 })
  })

  test.for(["maxBlockBytes", "maxHeaderBytes", "maxDepth"])(
    "a %s that is no count is a TypeError",
    async (name) => {
      const { error } = await readAll(await fileOf(User, users), User, { limits: { [name]: -1 } }).catch(
        (thrown: unknown) => ({ error: thrown }),
      )
      expect(error).toBeInstanceOf(TypeError)
    },
  )
})

test("joining chunks gives the file back", async () => {
  const file = await fileOf(User, users)
  expect(await joined(inChunks(file, 7))).toEqual(file)
})
