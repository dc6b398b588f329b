// Every codec: rules G6, G7 and G8, what other programs wrote, and hostile input.

import { crc32 } from "node:zlib"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { AvroError } from "../errors.ts"
import { schema } from "../schema/schema.ts"
import { fileOf, readAll } from "../testing/container.ts"
import { bytes, hex } from "../testing/hex.ts"
import { type ContainerCodecName, loadCodec } from "./codec.ts"
import { loadLibrary, once } from "./codecs/optional.ts"

const names: ContainerCodecName[] = ["null", "deflate", "snappy", "zstandard", "bzip2", "xz"]
const text = schema("string")

const MIB = 2 ** 20

const hello = "hello hello hello hello"

test("while a codec is loaded the event loop has something to wait for", async () => {
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length
  const before = timers()
  const loading = loadCodec("zstandard")
  expect(timers()).toBe(before + 1)
  await loading
})

describe.for(names)("the codec %s", (name) => {
  const options = { codec: name }

  test("gives back what it was given", async () => {
    const codec = await loadCodec(name)
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 3000 }),
        fc.integer({ min: 1, max: 300 }),
        async (part, times) => {
          const block = new Uint8Array(Buffer.concat(Array.from({ length: times }, () => part)))
          const compressed = await codec.compress(block)
          expect(hex(await codec.decompress(compressed, block.length))).toBe(hex(block))
        },
      ),
      { numRuns: 30 },
    )
  })

  test("takes blocks of many mebibytes, and of what cannot be compressed", async () => {
    const codec = await loadCodec(name)
    for (const length of [0, 1, 12 * MIB]) {
      const block = new Uint8Array(length)
      for (let index = 0; index < length; index += 65_536) {
        crypto.getRandomValues(
          block.subarray(index, Math.min(index + (length > MIB ? 9000 : 65_536), length)),
        )
      }
      const compressed = await codec.compress(block)
      expect(Buffer.compare(await codec.decompress(compressed, 200 * MIB), block)).toBe(0)
    }
  })

  test("takes few bytes that become many, which are decompressed at once up to 256 KiB", async () => {
    const codec = await loadCodec(name)
    for (const length of [2 ** 18 - 1, 2 ** 18, 2 ** 18 + 1, 5 * MIB]) {
      const compressed = await codec.compress(new Uint8Array(length))
      const block = await codec.decompress(compressed, length)
      expect([block.length, block.some((byte) => byte !== 0)]).toEqual([length, false])
    }
  })

  test("reads and writes files (G8)", async () => {
    const values = Array.from({ length: 500 }, (_, index) => `${hello} ${index}`)
    const file = await fileOf(text, values, { ...options, blockBytes: 5000 })
    expect(await readAll(file, text)).toEqual({ values, error: undefined })
    if (name !== "null" && name !== "xz") expect(file.length).toBeLessThan(500 * 15)
  })

  test("leaves the input as it was, and hands out nothing of its own", async () => {
    const codec = await loadCodec(name)
    const block = new Uint8Array(Buffer.from(hello))
    const first = await codec.compress(block)
    const copy = hex(first)
    await codec.compress(new Uint8Array(Buffer.from("something else")))
    expect([hex(first), Buffer.from(block).toString()]).toEqual([copy, hello])
    const read = await codec.decompress(first, 100)
    await codec.decompress(first, 100)
    expect(Buffer.from(read).toString()).toBe(hello)
  })

  test("stops at the most bytes that are allowed", async () => {
    const file = await fileOf(schema("bytes"), [new Uint8Array(3 * MIB)], options)
    const read = (maxBlockBytes: number) => readAll(file, undefined, { limits: { maxBlockBytes } })
    expect((await read(4 * MIB)).error).toBeUndefined()
    if (name !== "xz") expect((await read(3 * MIB + 4)).error).toBeUndefined() // four bytes are the length
    expect((await read(3 * MIB + 3)).error).toMatchObject({ code: "ERR_AVRO_LIMIT", block: 0 })
    expect((await read(10_000)).error).toMatchObject({ code: "ERR_AVRO_LIMIT", block: 0 })
  })

  test("any damage to a block ends in an error of ours, or in other values", async () => {
    const values = Array.from({ length: 40 }, (_, index) => `${hello} ${index}`)
    const file = await fileOf(text, values, options)
    const start = (await fileOf(text, [], options)).length
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(changes, fc.boolean(), async (all, isCut) => {
        const wrong = new Uint8Array(file)
        for (const [at, byte] of all) wrong[start + (at % (wrong.length - start))] = byte
        const { error } = await readAll(isCut ? wrong.subarray(0, -((all[0]?.[0] ?? 0) % 60)) : wrong)
        if (error !== undefined && !(error instanceof AvroError)) throw error as Error
      }),
      { numRuns: 300 },
    )
  })

  test.for(["", "00", "ff".repeat(40), "28b52ffd", "425a6839", "fd377a585a00"])(
    "what was never compressed, %j, is refused",
    async (data) => {
      if (name === "null") return
      const codec = await loadCodec(name)
      await expect((async () => codec.decompress(bytes(data), 1000))()).rejects.toThrow()
    },
  )
})

// What Python's bz2 and lzma make of "hello hello hello hello" (G8).
test.for([
  ["bzip2", "425a683931415926535902f8b0bd000003910040000244a00030cd00548696719b38a3c5dc914e142400be2c2f40"],
  [
    "xz",
    "fd377a585a000004e6d6b4460200210116000000742fe5a3e00016000b5d00341949ee8de9560ab5e00000008943dbea0334e4d000012717898290791fb6f37d010000000004595a",
  ],
] as const)("what other programs compress as %s is read", async ([name, data]) => {
  const block = await (await loadCodec(name)).decompress(bytes(data), 100)
  expect(Buffer.from(block).toString()).toBe(hello)
})

describe("snappy", () => {
  test("is followed by the CRC-32 of the block, most significant byte first (G7)", async () => {
    const { compress, decompress } = await loadCodec("snappy")
    const block = new Uint8Array(Buffer.from("abc"))
    const data = await compress(block)
    expect(hex(data)).toBe("0308616263352441c2") // 352441c2: the CRC-32 of "abc"
    expect(crc32("abc")).toBe(0x352441c2)
    expect(Buffer.from(await decompress(data, 3)).toString()).toBe("abc")
  })

  test("with a wrong checksum is refused (G7)", async () => {
    const file = await fileOf(text, ["abc"], { codec: "snappy" })
    file[file.length - 17] = (file[file.length - 17] as number) ^ 1
    expect((await readAll(file)).error).toMatchObject({
      code: "ERR_AVRO_CONTAINER",
      block: 0,
      message: expect.stringContaining("checksum"),
    })
  })

  test("that announces 4 GiB is refused before it is allocated", async () => {
    const codec = await loadCodec("snappy")
    const decompress = (): unknown => codec.decompress(bytes("ffffffff0f 00 00000000"), 200 * MIB)
    expect(decompress).toThrow(expect.objectContaining({ code: "ERR_AVRO_LIMIT" }))
  })
})

test.for([
  ["bzip2", "425a683931415926535900000000"],
  ["xz", "fd377a585a000004e6d6b446"],
] as const)("%s that ends too early is refused", async ([name, data]) => {
  const codec = await loadCodec(name)
  await expect((async () => codec.decompress(bytes(data), 1000))()).rejects.toThrow()
})

test("a library that is missing is told, with what to install", async () => {
  const missing = "snappyjs-of-nobody"
  await expect(loadLibrary("snappy", missing, () => import(missing))).rejects.toMatchObject({
    code: "ERR_AVRO_CODEC",
    message: expect.stringContaining(`npm install ${missing}`),
  })
})

test("a library is loaded once, and tried again where that failed", async () => {
  let times = 0
  const load = once(async () => {
    if (++times === 1) throw new Error("not yet installed")
    return times
  })
  await expect(load()).rejects.toThrow("not yet installed")
  expect(await Promise.all([load(), load(), load()])).toEqual([2, 2, 2])
})

test("writing bzip2 leaves the global scope and the process as they were", async () => {
  const events = ["uncaughtException", "unhandledRejection"] as const
  const before = events.map((event) => process.listeners(event as never))
  await fileOf(text, [hello], { codec: "bzip2" })
  expect(Object.hasOwn(globalThis, "require") || Object.hasOwn(globalThis, "__dirname")).toBe(false)
  expect(events.map((event) => process.listeners(event as never))).toEqual(before)
})

test.for([
  ["snappy", "80c2d72f 00 00000000"],
  ["zstandard", "28b52ffd a0 80969800 010000"],
] as const)(
  "%s that announces more than its bytes can hold is refused before it is allocated",
  async ([name, data]) => {
    const codec = await loadCodec(name)
    await expect((async () => codec.decompress(bytes(data), 200 * MIB))()).rejects.toThrow(
      /bytes announced, in/,
    )
  },
)

test("snappy may expand as far as its format allows", async () => {
  const { compress, decompress } = await loadCodec("snappy")
  const block = new Uint8Array(MIB)
  const expanded = await decompress(await compress(block), MIB)
  expect(Buffer.compare(expanded, block)).toBe(0) // which `toEqual` takes seconds for
})

test.for(["deflate", "zstandard", "bzip2"] as const)(
  "a bomb of 21 MiB in %s is refused where 20 are the limit",
  async (name) => {
    const codec = await loadCodec(name)
    const bomb = await codec.compress(new Uint8Array(21 * MIB))
    expect(bomb.length).toBeLessThan(MIB / 10)
    const decompress = async (): Promise<unknown> => codec.decompress(bomb, 20 * MIB)
    await expect(decompress()).rejects.toMatchObject({ code: "ERR_AVRO_LIMIT" })
  },
)
