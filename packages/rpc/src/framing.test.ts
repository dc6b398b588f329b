import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { createUnframer, frame } from "./framing.ts"
import { bytes, concat, hex } from "./testing/hex.ts"

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

function unframe(chunks: Uint8Array[], maxMessageBytes = 1000): Uint8Array {
  const unframer = createUnframer(maxMessageBytes)
  for (const chunk of chunks) unframer.push(chunk)
  return unframer.finish()
}
