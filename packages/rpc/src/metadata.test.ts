import { createReader, createWriter } from "@avrolet/avro/binary"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { type Metadata, NO_METADATA, type OwnEntry, readMetadata, writeMetadata } from "./metadata.ts"
import { bytes, hex } from "./testing/hex.ts"

describe("metadata", () => {
  test.for([
    { name: "none is a byte", metadata: {}, encoded: "00" },
    {
      name: "an entry is its key and its bytes",
      metadata: { a: bytes("01 02") },
      encoded: "02 0261 040102 00",
    },
    { name: "bytes may be none", metadata: { a: bytes("") }, encoded: "02 0261 00 00" },
  ])("$name (I9)", ({ metadata, encoded }) => {
    expect(hex(write(metadata))).toBe(encoded.replaceAll(" ", ""))
    expect({ ...read(bytes(encoded)) }).toEqual(metadata)
  })

  test("comes back as it was sent", () => {
    const key = fc.string({ unit: "grapheme" }).filter((text) => !text.startsWith("avrolet."))
    const some = fc.dictionary(key, fc.uint8Array({ maxLength: 50 }), { maxKeys: 20, noNullPrototype: false })
    fc.assert(
      fc.property(some, (metadata) => {
        expect(Object.entries(read(write(metadata)))).toEqual(Object.entries(metadata))
      }),
    )
  })

  test("may come in several blocks, and in blocks with their size (C10, C11)", () => {
    const metadata = read(bytes("02 0261 0201  01 08 0262 0202  00"))
    expect({ ...metadata }).toEqual({ a: bytes("01"), b: bytes("02") })
  })

  test("has nothing in it that was not sent, whatever its keys are called", () => {
    const metadata = read(bytes("04 12 5f5f70726f746f5f5f 0201 0261 00 00"))
    expect(Object.keys(metadata)).toEqual(["__proto__", "a"])
    expect(metadata["constructor"]).toBeUndefined()
    expect(NO_METADATA["toString"]).toBeUndefined()
  })

  test("a caller's keys that are this package's own are not sent, so that what came may be passed on", () => {
    const came = { "avrolet.timeout": bytes("31"), trace: bytes("01") }
    expect({ ...read(write(came)) }).toEqual({ trace: bytes("01") })
    expect({ ...read(write(came, ["avrolet.timeout", "250"])) }).toEqual({
      "avrolet.timeout": new TextEncoder().encode("250"),
      trace: bytes("01"),
    })
  })

  test("a value that is no bytes is refused, and named", () => {
    expect(() => write({ token: "secret" } as never)).toThrow(
      new TypeError('Metadata is bytes by key, and "token" is no Uint8Array'),
    )
  })

  test("256 entries are accepted, and one more is not, on its way out and in", () => {
    const most = Object.fromEntries(Array.from({ length: 256 }, (_, index) => [`key${index}`, bytes("00")]))
    expect(Object.keys(read(write(most)))).toHaveLength(256)
    expect(() => write({ ...most, more: bytes("") })).toThrow(overLimit)
    expect(() => read(bytes(`8204 ${"0000".repeat(257)} 00`))).toThrow(overLimit)
  })

  test("64 KiB are accepted, and one byte more is not, on its way out and in", () => {
    const overhead = 1 + 2 + 3 // the count, the key "a", the length of the value
    const most = write({ a: new Uint8Array(64 * 1024 - overhead) })
    expect(read(most)["a"]).toHaveLength(64 * 1024 - overhead)
    expect(() => write({ a: new Uint8Array(64 * 1024 - overhead + 1) })).toThrow(overLimit)
    const more = bytes(`02 0261 f6ff07 ${"00".repeat(64 * 1024 - overhead + 1)} 00`)
    expect(() => read(more)).toThrow(overLimit)
  })

  test.for([
    { name: "a count of 2^40", encoded: "808080808040", code: "ERR_AVRO_TRUNCATED" },
    { name: "a count of 2^62", encoded: `${"80".repeat(8)}8001`, code: "ERR_AVRO_TRUNCATED" },
    { name: "the least count there is", encoded: `${"ff".repeat(9)}01`, code: "ERR_AVRO_TRUNCATED" },
    { name: "a key of 2^40 bytes", encoded: "02 808080808040", code: "ERR_AVRO_TRUNCATED" },
    { name: "a value of 2^40 bytes", encoded: "02 0261 808080808040", code: "ERR_AVRO_TRUNCATED" },
    { name: "a negative length", encoded: "02 0261 01", code: "ERR_AVRO_DATA" },
    { name: "a key that is no UTF-8", encoded: "02 02ff 00 00", code: "ERR_AVRO_DATA" },
    { name: "no end", encoded: "02 0261 0201", code: "ERR_AVRO_TRUNCATED" },
    {
      name: "many blocks, each of an entry",
      encoded: `${"02 00 00".repeat(257)} 00`,
      code: "ERR_RPC_METADATA",
    },
    {
      name: "a long key",
      encoded: `02 848008 ${"61".repeat(64 * 1024 + 2)} 00 00`,
      code: "ERR_RPC_METADATA",
    },
  ])("refuses $name", ({ encoded, code }) => {
    expect(() => read(bytes(encoded))).toThrow(expect.objectContaining({ code }))
  })
})

const overLimit = expect.objectContaining({ code: "ERR_RPC_METADATA" })

function write(metadata: Metadata, ...own: OwnEntry[]): Uint8Array {
  const writer = createWriter()
  writeMetadata(writer, metadata, own)
  return writer.finish()
}

function read(data: Uint8Array): Readonly<Metadata> {
  return readMetadata(createReader(data))
}
