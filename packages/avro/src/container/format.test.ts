// The format of the specification, rule by rule. Numbers are those of the project's list of rules.

import { deflateRawSync, inflateRawSync } from "node:zlib"
import { describe, expect, test } from "vitest"
import { createReader } from "../binary/reader.ts"
import { createWriter } from "../binary/writer.ts"
import { schema } from "../schema/schema.ts"
import { fileOf, readAll } from "../testing/container.ts"
import { bytes, hex } from "../testing/hex.ts"
import { readContainer } from "./read.ts"
import { writeContainer } from "./write.ts"

const sync = "00112233445566778899aabbccddeeff"
const text = schema("string")

/** A file made by hand: its metadata and its blocks, each with everything but its marker. */
function fileByHand(metadata: Record<string, string | Uint8Array>, ...blocks: string[]): Uint8Array {
  const writer = createWriter()
  writer.writeFixed(bytes("4f626a01"))
  const entries = Object.entries(metadata)
  writer.writeLong(entries.length)
  for (const [name, value] of entries) {
    writer.writeString(name)
    writer.writeBytes(typeof value === "string" ? Buffer.from(value) : value)
  }
  if (entries.length > 0) writer.writeLong(0)
  writer.writeFixed(bytes(sync))
  for (const block of blocks) writer.writeFixed(bytes(block.replaceAll(" ", "") + sync))
  return writer.finish()
}

describe("reading", () => {
  test("a file by hand: magic, metadata, marker, and blocks of count, size and values (G1, G2, G5)", async () => {
    const file = bytes(
      "4f626a01 02 16 6176726f2e736368656d61 0a 22696e7422 00".replaceAll(" ", "") + // avro.schema: "int"
        `${sync} 04 04 02 04 ${sync} 02 04 80 01 ${sync}`.replaceAll(" ", ""),
    )
    const reading = readContainer()(file)
    const { codec, metadata, schema: writer, bytes: size } = await reading.header()
    expect({ codec, size, definition: writer.definition, names: [...metadata.keys()] }).toEqual({
      codec: "null",
      size: 40,
      definition: "int",
      names: ["avro.schema"],
    })
    expect(await readAll(file)).toEqual({ values: [1, 2, 64], error: undefined })
  })

  test.for([
    ["empty", ""],
    ["another file", "504b0304"],
    ["text", Buffer.from("hello").toString("hex")],
    ["version 2", "4f626a02"],
  ])("what is no container file is told so in one line: %s (G1)", async ([, data]) => {
    const { error } = await readAll(bytes(data ?? ""))
    expect(error).toMatchObject({
      code: data === "" ? "ERR_AVRO_TRUNCATED" : "ERR_AVRO_CONTAINER",
      offset: 0,
    })
    expect((error as Error).message).toMatch(/container file/)
    expect((error as Error).message).not.toContain("\n")
  })

  test("a file without a schema is refused (G2)", async () => {
    const { error } = await readAll(fileByHand({ "avro.codec": "null" }))
    expect(error).toMatchObject({
      code: "ERR_AVRO_CONTAINER",
      message: expect.stringContaining("avro.schema"),
    })
  })

  test.for(["not json", '{"type":"record"}', "", '"nothing"'])(
    "a file whose schema is %j is refused with what is wrong with it",
    async (declaration) => {
      const { error } = await readAll(fileByHand({ "avro.schema": declaration }))
      expect(error).toMatchObject({ code: "ERR_AVRO_SCHEMA", offset: 0 })
    },
  )

  test("without avro.codec blocks are not compressed (G2)", async () => {
    expect(await readAll(fileByHand({ "avro.schema": '"int"' }, "02 02 0e"))).toMatchObject({ values: [7] })
  })

  test("deflate is raw RFC 1951 (G6)", async () => {
    const data = hex(deflateRawSync(bytes("02 04 06")))
    const size = (data.length * 1).toString(16).padStart(2, "0") // bytes × 2, zig-zag
    const file = fileByHand({ "avro.schema": '"int"', "avro.codec": "deflate" }, `06 ${size} ${data}`)
    expect(await readAll(file)).toEqual({ values: [1, 2, 3], error: undefined })
  })

  test.for(["lz4", "__proto__", "constructor", "toString", ""])(
    "the codec %j is not known, and the error says which are (G11)",
    async (name) => {
      const { error } = await readAll(fileByHand({ "avro.schema": '"int"', "avro.codec": name }, "02 02 0e"))
      expect(error).toMatchObject({ code: "ERR_AVRO_CODEC", message: expect.stringContaining("deflate") })
    },
  )

  test("names like __proto__ and constructor in metadata are names", async () => {
    const metadata: Record<string, string> = Object.fromEntries([
      ["avro.schema", '"int"'],
      ["__proto__", "a"],
      ["constructor", "b"],
    ])
    const reading = readContainer()(fileByHand(metadata))
    const header = await reading.header()
    expect([...header.metadata.keys()]).toEqual(["avro.schema", "__proto__", "constructor"])
    expect(Object.getPrototypeOf(header.metadata)).toBe(Map.prototype)
  })

  test("a file may have no values: no blocks, or empty ones (G13)", async () => {
    expect(await readAll(fileByHand({ "avro.schema": '"int"' }))).toEqual({ values: [], error: undefined })
    const blocks = ["00 00", "02 02 0e", "00 00"]
    expect(await readAll(fileByHand({ "avro.schema": '"int"' }, ...blocks))).toMatchObject({ values: [7] })
  })

  test("the marker within a value is data (G14)", async () => {
    const file = fileByHand({ "avro.schema": '"bytes"' }, `02 22 20 ${sync}`)
    const { values } = await readAll<Uint8Array>(file, schema("bytes"))
    expect(values.map(hex)).toEqual([sync])
  })

  test.for([
    {
      name: "a marker that is not the file's",
      block: `02 02 0e ${"00".repeat(16)}`,
      code: "ERR_AVRO_CONTAINER",
    },
    { name: "fewer values than it says", block: "06 04 02 04", code: "ERR_AVRO_CONTAINER", values: [] },
    { name: "more values than it says", block: "02 04 02 04", code: "ERR_AVRO_CONTAINER", values: [1] },
    { name: "a negative count", block: "01 02 0e", code: "ERR_AVRO_CONTAINER" },
    { name: "a negative size", block: "02 01 0e", code: "ERR_AVRO_CONTAINER" },
    { name: "a size of 2^40", block: "02 808080808040 0e", code: "ERR_AVRO_LIMIT" },
    { name: "a size of 2^31", block: "02 8080808010 0e", code: "ERR_AVRO_LIMIT" },
    { name: "a size of 100 MB", block: "02 8080a85f 0e", code: "ERR_AVRO_TRUNCATED" },
    { name: "a count of 2^63 - 1", block: "feffffffffffffffff01 02 0e", code: "ERR_AVRO_CONTAINER" },
    { name: "a count of 2^52", block: "80808080808080 10 02 0e", code: "ERR_AVRO_CONTAINER" },
    { name: "a count of 11 bytes", block: "8080808080808080808001 02 0e", code: "ERR_AVRO_CONTAINER" },
    { name: "a value that is none", block: "04 0c 02 ffffffffff", code: "ERR_AVRO_DATA", values: [1] },
  ])("a block with $name is refused, and told where it is (G10)", async ({ block, code, values = [] }) => {
    const good = "02 02 0e"
    const file = fileByHand({ "avro.schema": '"int"' }, good, block)
    const result = await readAll(file)
    const header = fileByHand({ "avro.schema": '"int"' }).length
    expect(result.error).toMatchObject({ code, block: 1, offset: header + 3 + 16 })
    expect((result.error as Error).message).toContain(`block 1, at byte ${header + 19}`)
    expect(result.values).toEqual([7, ...values])
  })
})

describe("writing", () => {
  test("what is written is the format, byte for byte (G1, G2, G5)", async () => {
    const file = await fileOf(text, ["a", "bc"])
    const reader = createReader(file)
    expect(hex(reader.readFixed(4))).toBe("4f626a01")
    expect(reader.readBlockCount(1)).toBe(2)
    expect([reader.readString(), reader.readString()]).toEqual(["avro.schema", '"string"'])
    expect([reader.readString(), reader.readString()]).toEqual(["avro.codec", "null"])
    expect(reader.readBlockCount(1)).toBe(0)
    const marker = hex(reader.readFixed(16))
    expect(hex(reader.readFixed(reader.remaining))).toBe(`04 0a 0261 046263`.replaceAll(" ", "") + marker)
  })

  test("every file has a marker of its own (G4)", async () => {
    const markers = await Promise.all(
      Array.from({ length: 50 }, async () =>
        hex((await readContainer()(await fileOf(text, [])).header()).sync),
      ),
    )
    expect(new Set(markers).size).toBe(50)
  })

  test("deflate is raw RFC 1951, and of each block alone (G6)", async () => {
    const file = await fileOf(text, ["a".repeat(100), "b".repeat(100)], { codec: "deflate", blockBytes: 50 })
    const header = await readContainer()(file).header()
    const reader = createReader(file.subarray(header.bytes))
    const blocks = [0, 1].map(() => {
      expect(reader.readLong()).toBe(1)
      const data = reader.readBytes()
      expect(hex(reader.readFixed(16))).toBe(hex(header.sync))
      return inflateRawSync(data).subarray(2).toString()
    })
    expect(blocks).toEqual(["a".repeat(100), "b".repeat(100)])
    expect(reader.remaining).toBe(0)
  })

  test("metadata of the caller's comes back, as it was given (G12)", async () => {
    const metadata = { made: "by hand", sum: Uint8Array.of(1, 2, 255), constructor: "x" }
    const read = await readContainer()(await fileOf(text, [], { metadata })).header()
    expect(hex(read.metadata.get("sum") ?? new Uint8Array(0))).toBe("0102ff")
    expect(Buffer.from(read.metadata.get("made") ?? []).toString()).toBe("by hand")
    expect(Buffer.from(read.metadata.get("constructor") ?? []).toString()).toBe("x")
  })

  test("metadata of Avro's own names is refused (G3)", async () => {
    const writing = writeContainer(text, { metadata: { "avro.codec": "deflate" } })([])
    await expect(writing.next()).rejects.toThrow(/avro\.codec.*Avro's own/)
  })

  test("a codec that is not known is refused before anything is written (G11)", async () => {
    const writing = writeContainer(text, { codec: "lz4" })(["a"])
    await expect(writing.next()).rejects.toMatchObject({ code: "ERR_AVRO_CODEC" })
  })

  test("a block ends with the value that fills it (G5)", async () => {
    const counts: number[] = []
    const file = await fileOf(
      text,
      Array.from({ length: 25 }, () => "x".repeat(9)),
      { blockBytes: 100 },
    )
    const { readContainerBlocks } = await import("./read.ts")
    for await (const { count } of readContainerBlocks(text)(file)) counts.push(count)
    expect(counts).toEqual([10, 10, 5])
  })
})
