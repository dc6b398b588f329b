import { createWriteStream, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { PassThrough, Writable } from "node:stream"
import { pipeline } from "node:stream/promises"
import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { parseSchema, schema } from "../schema/schema.ts"
import { samples } from "../testing/arbitrary.ts"
import { fileOf, inChunks, joined, readAll } from "../testing/container.ts"
import { decode } from "../value/decode.ts"
import { encode } from "../value/encode.ts"
import type { ContainerSource } from "./chunks.ts"
import type { ContainerCodec } from "./codec.ts"
import type { ContainerDestination } from "./destination.ts"
import { writeContainer } from "./write.ts"
import { type ContainerWriter, createContainerWriter } from "./writer.ts"

const Point = schema({
  type: "record",
  name: "Point",
  fields: [
    { name: "x", type: "int" },
    { name: "y", type: "int", default: 0 },
  ],
})
const points = Array.from({ length: 5000 }, (_, x) => ({ x, y: 1 - x }))

/** A codec that compresses nothing, and fails at the third block. */
function failingAtThird() {
  let blocks = 0
  return {
    blocks: () => blocks,
    compress: async (block: Uint8Array) => {
      if (++blocks === 3) throw new Error("out of order")
      return block
    },
    decompress: (data: Uint8Array) => data,
  }
}

let folder = ""
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "avrolet-container-"))
})
afterAll(() => rmSync(folder, { recursive: true }))

test("whatever is written is read, of any schema, in chunks of any size", async () => {
  const options = fc.record({
    codec: fc.constantFrom("null", "deflate"),
    blockBytes: fc.integer({ min: 1, max: 500 }),
  })
  await fc.assert(
    fc.asyncProperty(samples, options, fc.integer({ min: 1, max: 300 }), async (sample, given, size) => {
      const written = parseSchema(sample.definition)
      const values = [sample.value, sample.value, sample.value]
      const expected = decode(written, encode(written, sample.value))
      const file = await fileOf(written, values, given)
      const read = await readAll(inChunks(file, size), written)
      expect(read).toEqual({ values: [expected, expected, expected], error: undefined })
    }),
    { numRuns: 200 },
  )
})

describe("writeContainer", () => {
  test("takes values that come one after another", async () => {
    const stream = async function* () {
      yield* points
    }
    const file = await joined(writeContainer(Point, { codec: "deflate" })(stream()))
    expect(await readAll(file, Point)).toEqual({ values: points, error: undefined })
  })

  test("stands in a pipeline, to a file", async () => {
    const path = join(folder, "pipeline.avro")
    await pipeline(points, writeContainer(Point), createWriteStream(path))
    expect(await readAll(path, Point)).toEqual({ values: points, error: undefined })
  })

  test("asks for values only as bytes are taken: for eight blocks ahead", async () => {
    let asked = 0
    const endless = function* () {
      for (;;) yield { x: asked++ }
    }
    const chunks: Uint8Array[] = []
    const writing = writeContainer(Point, { blockBytes: 1 })(endless())
    for (let chunk = 0; chunk < 10; chunk++) chunks.push((await writing.next()).value as Uint8Array)
    await writing.return(undefined)
    const { values } = await readAll(chunks, Point)
    expect(values.length).toBeGreaterThan(0)
    expect(asked - values.length).toBeLessThanOrEqual(9)
  })

  test("gives blocks that are ready in one piece", async () => {
    const ends: (() => void)[] = []
    const held: ContainerCodec = {
      compress: (block) => new Promise((resolve) => ends.push(() => resolve(block))),
      decompress: (data) => data,
    }
    const options = { codec: "held", codecs: { held }, blockBytes: 1 }
    const writing = writeContainer(Point, options)(points.slice(0, 4))
    const chunks = [(await writing.next()).value as Uint8Array]
    for (const { ready, given } of [
      { ready: [2, 1, 0], given: 3 },
      { ready: [3], given: 4 },
    ]) {
      const next = writing.next()
      for (const block of ready) {
        await new Promise(setImmediate)
        ends[block]?.()
      }
      chunks.push((await next).value as Uint8Array)
      const { values } = await readAll(chunks, Point, { codecs: { held } })
      expect(values).toEqual(points.slice(0, given))
    }
    expect((await writing.next()).done).toBe(true)
  })

  test("gives many blocks in one piece that are not compressed", async () => {
    const chunks: Uint8Array[] = []
    for await (const chunk of writeContainer(Point, { blockBytes: 1 })(points)) chunks.push(chunk)
    expect(await readAll(chunks, Point)).toEqual({ values: points, error: undefined })
    expect(chunks.length).toBeLessThan(points.length)
  })

  test("holds back one block of values that are still to come", async () => {
    let stop: (() => void) | undefined
    const stopped = new Promise<void>((resolve) => (stop = resolve))
    const slow = async function* () {
      yield* points.slice(0, 4)
      await stopped
    }
    const chunks: Uint8Array[] = []
    const writing = writeContainer(Point, { codec: "deflate", blockBytes: 1 })(slow())
    for (let chunk = 0; chunk < 4; chunk++) chunks.push((await writing.next()).value as Uint8Array)
    expect((await readAll(chunks, Point)).values).toEqual(points.slice(0, 3))
    const last = writing.next()
    stop?.()
    chunks.push((await last).value as Uint8Array)
    expect((await readAll(chunks, Point)).values).toEqual(points.slice(0, 4))
  })

  test("a value that does not fit is told with its path, after the blocks before it", async () => {
    const values = [...points.slice(0, 100), { x: "?" as never }]
    const chunks: Uint8Array[] = []
    const writing = writeContainer(Point, { codec: "deflate", blockBytes: 1 })(values)
    const reading = (async () => {
      for await (const chunk of writing) chunks.push(chunk)
    })()
    await expect(reading).rejects.toMatchObject({ code: "ERR_AVRO_VALUE", path: ".x" })
    expect(await readAll(chunks, Point)).toEqual({ values: points.slice(0, 100), error: undefined })
  })

  test("a codec that fails is told, and nothing else fails unheard", async () => {
    const broken = failingAtThird()
    const options = { codec: "broken", codecs: { broken }, blockBytes: 1 }
    const chunks: Uint8Array[] = []
    const writing = async (): Promise<void> => {
      for await (const chunk of writeContainer(Point, options)(points)) chunks.push(chunk)
    }
    await expect(writing()).rejects.toThrow("out of order")
    const { values } = await readAll(chunks, Point, { codecs: { broken } })
    expect(values).toEqual(points.slice(0, 2))
  })

  test.for([0, -1, 1.5, Number.NaN])("a blockBytes of %d is a TypeError", async (blockBytes) => {
    await expect(fileOf(Point, points, { blockBytes })).rejects.toThrow(TypeError)
  })
})

describe("createContainerWriter", () => {
  const destinations = {
    "a path": () => ({
      to: join(folder, "writer.avro"),
      read: async () => readFileSync(join(folder, "writer.avro")),
    }),
    "a node stream": () => {
      const chunks: Uint8Array[] = []
      const to = new Writable({
        highWaterMark: 10,
        write: (chunk: Uint8Array, _, done) => {
          chunks.push(chunk)
          setImmediate(done)
        },
      })
      return { to, read: async () => Buffer.concat(chunks) }
    },
    "a web stream": () => {
      const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
      const all = joined(readable)
      return { to: writable, read: () => all }
    },
  }

  test.for(Object.entries(destinations))("writes to %s", async ([, open]) => {
    const { to, read } = open()
    const writer = await createContainerWriter(Point, to, { codec: "deflate", blockBytes: 1000 })
    for (const point of points) await writer.write(point)
    await writer.close()
    expect(await readAll(await read(), Point)).toEqual({ values: points, error: undefined })
  })

  test("has at the destination what was flushed", async () => {
    const path = join(folder, "flushed.avro")
    const writer = await createContainerWriter(Point, path)
    await writer.write({ x: 1 })
    expect((await readAll(path, Point)).values).toEqual([])
    await writer.flush()
    expect((await readAll(path, Point)).values).toEqual([{ x: 1, y: 0 }])
    await writer.flush()
    await writer.write({ x: 2 })
    await writer.close()
    await writer.close()
    expect((await readAll(path, Point)).values).toEqual([
      { x: 1, y: 0 },
      { x: 2, y: 0 },
    ])
    expect(() => writer.write({ x: 3 })).toThrow(/closed/)
  })

  test("flushes what was written before, while others go on writing", async () => {
    const taken: Uint8Array[] = []
    const slow = new WritableStream<Uint8Array>({
      write: async (chunk) => {
        await new Promise(setImmediate)
        taken.push(chunk)
      },
    })
    const writer = await createContainerWriter(Point, slow, { blockBytes: 1 })
    for (const point of points.slice(0, 5)) void writer.write(point)
    let isFlushed = false
    const flushing = writer.flush().then(async () => {
      isFlushed = true
      return (await readAll([...taken], Point)).values
    })
    let written = 5
    while (!isFlushed && written < points.length) await writer.write(points[written++] as { x: number })
    expect(written).toBeLessThan(points.length)
    expect((await flushing).slice(0, 5)).toEqual(points.slice(0, 5))
    await writer.close()
    expect((await readAll(taken, Point)).values).toEqual(points.slice(0, written))
  })

  test("leaves out a value that does not fit, and goes on", async () => {
    const path = join(folder, "misfit.avro")
    const write = async (writer: ContainerWriter<{ x: number }>): Promise<void> => {
      await writer.write({ x: 1 })
      expect(() => writer.write({ x: 0.5 })).toThrow(expect.objectContaining({ path: ".x" }))
      await writer.write({ x: 2 })
      await writer[Symbol.asyncDispose]()
    }
    await write(await createContainerWriter(Point, path))
    expect((await readAll(path, Point)).values.map(({ x }) => x)).toEqual([1, 2])
  })

  test("waits for a destination that is slow: eight blocks wait while as many are written", async () => {
    let pending = 0
    let most = 0
    const slow = new WritableStream<Uint8Array>({
      write: async () => {
        await new Promise(setImmediate)
        pending--
      },
    })
    const codec = {
      compress: (block: Uint8Array) => {
        most = Math.max(most, ++pending)
        return block
      },
      decompress: (data: Uint8Array) => data,
    }
    const options = { codec: "counted", codecs: { counted: codec }, blockBytes: 100 }
    const writer = await createContainerWriter(Point, slow, options)
    pending = 0
    for (const point of points) await writer.write(point)
    await writer.close()
    expect(most).toBeLessThanOrEqual(16)
  })

  test("a codec that fails is told from then on, after the blocks before it", async () => {
    const broken = failingAtThird()
    const path = join(folder, "broken.avro")
    const options = { codec: "broken", codecs: { broken }, blockBytes: 1 }
    const writer = await createContainerWriter(Point, path, options)
    const writing = async (): Promise<void> => {
      for (const point of points) await writer.write(point)
    }
    await expect(writing()).rejects.toThrow("out of order")
    const compressed = broken.blocks()
    await expect(writer.write({ x: 1 })).rejects.toThrow("out of order")
    await expect(writer.flush()).rejects.toThrow("out of order")
    expect(broken.blocks() - compressed).toBeLessThanOrEqual(1) // nothing piles up behind it
    await expect(writer.close()).rejects.toThrow("out of order")
    const { values } = await readAll(path, Point, { codecs: { broken } })
    expect(values).toEqual(points.slice(0, 2))
  })

  test.for<{ kind: string; open: () => { to: ContainerDestination; from: ContainerSource } }>([
    {
      kind: "a node stream",
      open: () => {
        const stream = new PassThrough()
        return { to: stream, from: stream }
      },
    },
    {
      kind: "a web stream",
      open: () => {
        const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
        return { to: writable, from: readable }
      },
    },
  ])("a codec that fails breaks off $kind: it is not read as if it were whole", async ({ open }) => {
    const { to, from } = open()
    const reading = readAll(from, Point, { codecs: { broken: failingAtThird() } })
    const options = { codec: "broken", codecs: { broken: failingAtThird() }, blockBytes: 1 }
    const writer = await createContainerWriter(Point, to, options)
    for (const point of points.slice(0, 5)) void writer.write(point)
    await expect(writer.close()).rejects.toThrow("out of order")
    expect((await reading).error).toMatchObject({ message: "out of order" })
  })

  test("tells what a destination failed with", async () => {
    let writes = 0
    const full = new Writable({
      write: (_chunk, _encoding, done) => done(++writes > 2 ? new Error("disk full") : null),
    })
    const writer = await createContainerWriter(Point, full, { blockBytes: 100 })
    const writing = async (): Promise<void> => {
      for (const point of points) await writer.write(point)
    }
    await expect(writing()).rejects.toThrow("disk full")
    await expect(writer.close()).rejects.toThrow("disk full")
  })

  test("tells that also when it is closed, to a web stream", async () => {
    const cut = new WritableStream<Uint8Array>({
      write: ({ length }) => {
        if (length < 100) throw new Error("connection reset") // not of the header
      },
    })
    const writer = await createContainerWriter(Point, cut)
    await writer.write({ x: 1 })
    await expect(writer.close()).rejects.toThrow("connection reset")
  })

  test.runIf(process.platform === "linux")("closes a file that takes not even the header", async () => {
    const openFiles = (): string[] => readdirSync("/proc/self/fd").map(target)
    const target = (fd: string): string => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`)
      } catch {
        return ""
      }
    }
    await expect(createContainerWriter(Point, "/dev/full")).rejects.toMatchObject({ code: "ENOSPC" })
    expect(openFiles()).not.toContain("/dev/full")
  })

  test("tells that a file cannot be opened", async () => {
    const path = join(folder, "none", "there.avro")
    await expect(createContainerWriter(Point, path)).rejects.toMatchObject({ code: "ENOENT" })
  })
})
