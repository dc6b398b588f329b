import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { frame } from "../testing/frames.ts"
import { bytes, concat, hex } from "../testing/hex.ts"
import { type FrameLimits, FrameReader } from "./frames.ts"

describe("a frame", () => {
  test("is its serial, the count of its buffers, and each buffer after its length", () => {
    expect(read([bytes("00000007 00000002  00000001 ab  00000002 cdef")])).toEqual([[7, "abcdef"]])
  })

  test("may have empty buffers, as Java's have, and serials that are negative", () => {
    expect(read([bytes("ffffffff 00000003  00000000  00000001 ab  00000000")])).toEqual([[-1, "ab"]])
  })

  test("may have nothing in it", () => {
    expect(read([bytes("00000001 00000001 00000000  00000002 00000000")])).toEqual([
      [1, ""],
      [2, ""],
    ])
  })

  test("is not copied when it is whole in a chunk", () => {
    const chunk = concat(frame(1, "ab"), frame(2, "cd"))
    const buffers: ArrayBufferLike[] = []
    const reader = new FrameReader({}, (_serial, message) => buffers.push(message.buffer))
    reader.push(chunk)
    expect(buffers).toEqual([chunk.buffer, chunk.buffer])
    expect(buffers[0]).toBe(chunk.buffer)
  })

  test("may be split anywhere, and many may come at once", () => {
    const serial = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
    const data = fc.array(fc.uint8Array({ maxLength: 20 }).map(hex), { maxLength: 4 })
    const frames = fc.array(fc.tuple(serial, data))
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (sent, sizes) => {
        const stream = concat(...sent.map(([number, buffers]) => frame(number, ...buffers)))
        expect(read(cut(stream, sizes))).toEqual(sent.map(([number, buffers]) => [number, buffers.join("")]))
      }),
    )
  })

  test("of the limit is accepted, and one byte more is not", () => {
    const whole = frame(1, "00".repeat(50), "00".repeat(34)) // 100 bytes with its framing
    expect(read([whole], { maxMessageBytes: 100 })).toHaveLength(1)
    expect(() => read([whole], { maxMessageBytes: 99 })).toThrow(
      expect.objectContaining({ code: "ERR_RPC_MESSAGE_SIZE" }),
    )
  })

  test("of as many buffers as allowed is accepted, and of one more is not", () => {
    const whole = frame(1, "ab", "", "cd")
    expect(read([whole], { maxBuffersPerMessage: 3 })).toEqual([[1, "abcd"]])
    expect(() => read([whole], { maxBuffersPerMessage: 2 })).toThrow(
      expect.objectContaining({
        code: "ERR_RPC_MESSAGE_SIZE",
        message: "Message is of 3 buffers, more than 2; raise maxBuffersPerMessage to accept it",
      }),
    )
  })

  test("is not copied anew for each of its small buffers that follow a large one", () => {
    const small = 4000
    const chunks = [bytes("00000001 00000fa1 00f00000"), new Uint8Array(0xf00000)]
    for (let count = 0; count < small; count++) chunks.push(bytes("00000001 ab"))
    const startedAt = performance.now()
    expect(read(chunks, { maxMessageBytes: 2 ** 24 })[0]?.[1]).toHaveLength((0xf00000 + small) * 2)
    expect(performance.now() - startedAt).toBeLessThan(2000) // copied for each, it would take 10 s
  })

  test.for([
    { name: "a length of 2^31", stream: "00000001 00000001 80000000" },
    { name: "a length of 2^32 - 1", stream: "00000001 00000001 ffffffff" },
    {
      name: "a second length that is too much with the first",
      stream: `00000001 00000002 000001f0 ${"00".repeat(496)} 000001f0`,
    },
    { name: "a count of 2^31", stream: "00000001 80000000" },
    { name: "a count of a million", stream: "00000001 000f4240" },
  ])("with $name is refused before any of its bytes, however they come", ({ stream }) => {
    const limits = { maxMessageBytes: 1000 }
    for (const sizes of [[1], [5], [1000]]) {
      expect(() => read(cut(bytes(stream), sizes), limits)).toThrow(
        expect.objectContaining({ code: "ERR_RPC_MESSAGE_SIZE" }),
      )
    }
  })

  test.for<[string, string]>([
    ["GET / HTTP/1.1\r\n", "GET / HT"],
    ["HTTP/1.1 400 Bad Request\r\n", "HTTP/1.1"],
    ["SSH-2.0-OpenSSH_9.2\r\n", "SSH-2.0-"],
  ])("that is text, such as %j, is told as what it is", ([text, beginning]) => {
    for (const sizes of [[1], [5], [1000]]) {
      expect(() => read(cut(Buffer.from(text), sizes))).toThrow(
        expect.objectContaining({
          code: "ERR_RPC_HANDSHAKE",
          message: `What came is no Avro message: it begins with "${beginning}"`,
        }),
      )
    }
  })

  test("of the largest size that comes in drips takes time and room in proportion to its bytes", () => {
    const whole = frame(1, "00".repeat(2 ** 20))
    const startedAt = performance.now()
    expect(read(cut(whole, [1]))).toHaveLength(1)
    expect(performance.now() - startedAt).toBeLessThan(5000) // a copy for every drip would be 500 GB
  })
})

describe("a frame reader", () => {
  test("that is stopped hands out the rest when it goes on", () => {
    const messages: string[] = []
    const reader = new FrameReader({}, (_serial, message) => {
      messages.push(hex(message))
      reader.stop()
    })
    reader.push(concat(frame(1, "01"), frame(2, "02"), frame(3, "03"), bytes("000000")))
    expect(messages).toEqual(["01"])
    reader.go()
    expect(messages).toEqual(["01", "02"])
    reader.go()
    expect(messages).toEqual(["01", "02", "03"])
    expect(reader.isIncomplete).toBe(false)
    reader.go()
    expect(reader.isIncomplete).toBe(true)
  })

  test("knows since when a frame is incomplete", () => {
    const reader = new FrameReader({}, () => {})
    expect(reader.incompleteSince).toBeUndefined()
    reader.push(bytes("00000001 00"))
    const since = reader.incompleteSince
    expect(since).toBeGreaterThan(0)
    reader.push(bytes("0000"))
    expect(reader.incompleteSince).toBe(since)
    reader.push(bytes("01 00000000"))
    expect(reader.incompleteSince).toBeUndefined()
  })
})

function read(chunks: readonly Uint8Array[], limits: FrameLimits = {}): [number, string][] {
  const frames: [number, string][] = []
  const reader = new FrameReader(limits, (serial, message) => frames.push([serial, hex(message)]))
  for (const chunk of chunks) reader.push(chunk)
  return frames
}

/** Cuts into chunks of these sizes, round and round. */
function cut(data: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = []
  for (let offset = 0; offset < data.length; ) {
    const size = sizes[chunks.length % sizes.length] as number
    chunks.push(data.subarray(offset, offset + size))
    offset += size
  }
  return chunks
}
