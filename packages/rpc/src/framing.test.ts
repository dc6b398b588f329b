import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { createUnframer, frame } from "./framing.ts"
import { bytes, concat, hex } from "./testing/hex.ts"
import { bytesInUse } from "./testing/memory.ts"

describe("frame", () => {
  test("a message is its length, its bytes, and a zero length (I1)", () => {
    expect(frame(bytes("ab cd ef"))).toEqual(bytes("00000003 abcdef 00000000"))
  })

  test("an empty message is just the terminator (I1)", () => {
    expect(frame(bytes(""))).toEqual(bytes("00000000"))
  })
})

describe("unframe", () => {
  test("a message may be split over several buffers (I2)", () => {
    expect(unframe([bytes("00000001 ab  00000002 cdef  00000000")])).toEqual(bytes("abcdef"))
  })

  test("what follows the first terminator is ignored", () => {
    expect(unframe([bytes("00000001 ab  00000000  00000000 ffffffff")])).toEqual(bytes("ab"))
  })

  test("chunks may split a message anywhere (I2)", () => {
    const buffers = fc.array(fc.uint8Array({ minLength: 1, maxLength: 20 }), { maxLength: 5 })
    fc.assert(
      fc.property(buffers, fc.integer({ min: 1, max: 7 }), (sent, size) => {
        const framed = concat(...sent.map((part) => frame(part).subarray(0, -4)), bytes("00000000"))
        expect(hex(unframe(cut(framed, size)))).toBe(sent.map(hex).join(""))
      }),
    )
  })

  test("a message of the limit is accepted, and one byte more is not", () => {
    const framed = frame(new Uint8Array(92)) // 100 bytes with its framing
    expect(unframe([framed], 100)).toHaveLength(92)
    expect(() => unframe([framed], 99)).toThrow(expect.objectContaining({ code: "ERR_RPC_MESSAGE_SIZE" }))
  })

  const MANY = 500_000
  const ofOneByte = bytes("00000001 ab".repeat(MANY))
  test.for([
    { name: "buffers of one byte", stream: ofOneByte, chunkBytes: 65_536 },
    { name: "chunks of one byte", stream: concat(bytes("0007a120"), new Uint8Array(MANY)), chunkBytes: 1 },
  ])("a message in $name is read, and takes no more memory than it has bytes", async (cutUp) => {
    const unframer = createUnframer(2 ** 22)
    const before = await bytesInUse()
    for (const chunk of copies(cutUp)) unframer.push(chunk)
    expect((await bytesInUse()) - before).toBeLessThan(cutUp.stream.length * 2) // as an object for each, 20 times that
    unframer.push(bytes("00000000"))
    expect(unframer.finish()).toHaveLength(MANY)
  })

  test.for([
    { name: "a length of 2^31 before any of its bytes", stream: "80000000", code: "ERR_RPC_MESSAGE_SIZE" },
    {
      name: "more bytes than allowed, in many small buffers",
      stream: "00000001 ab".repeat(300),
      code: "ERR_RPC_MESSAGE_SIZE",
    },
    {
      name: "more bytes than allowed after the terminator",
      stream: "00000000".repeat(300),
      code: "ERR_RPC_MESSAGE_SIZE",
    },
    { name: "an empty stream", stream: "", code: "ERR_RPC_TRUNCATED" },
    { name: "a stream that ends in a length", stream: "0000", code: "ERR_RPC_TRUNCATED" },
    { name: "a stream that ends in a buffer", stream: "00000002 ab", code: "ERR_RPC_TRUNCATED" },
    { name: "a stream that ends before the terminator", stream: "00000001 ab", code: "ERR_RPC_TRUNCATED" },
  ])("refuses $name", ({ stream, code }) => {
    expect(() => unframe(cut(bytes(stream), 50))).toThrow(expect.objectContaining({ code }))
  })
})

const cut = (data: Uint8Array, size: number): Uint8Array[] =>
  Array.from({ length: Math.ceil(data.length / size) }, (_, i) => data.subarray(i * size, (i + 1) * size))

/** Chunks as a socket gives them: each with memory of its own. */
function* copies({ stream, chunkBytes }: { stream: Uint8Array; chunkBytes: number }): Iterable<Uint8Array> {
  for (let start = 0; start < stream.length; start += chunkBytes)
    yield stream.slice(start, start + chunkBytes)
}

function unframe(chunks: Uint8Array[], maxMessageBytes = 1000): Uint8Array {
  const unframer = createUnframer(maxMessageBytes)
  for (const chunk of chunks) unframer.push(chunk)
  return unframer.finish()
}
