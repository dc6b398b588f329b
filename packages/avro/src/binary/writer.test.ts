import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { bytes, compact, hex } from "../testing/hex.ts"
import { createReader } from "./reader.ts"
import { createWriter, type Writer } from "./writer.ts"

describe("numbers", () => {
  test.for([
    [0, "00"],
    [-0, "00"],
    [-1, "01"],
    [1, "02"],
    [-2, "03"],
    [2, "04"],
    [-64, "7f"],
    [64, "80 01"],
    [8192, "80 80 01"],
    [-8193, "81 80 01"],
    [2_147_483_647, "fe ff ff ff 0f"],
    [-2_147_483_648, "ff ff ff ff 0f"],
  ] as const)("the int and the long %d are %s (C3)", ([value, data]) => {
    expect(written((writer) => writer.writeInt(value))).toBe(compact(data))
    expect(written((writer) => writer.writeLong(value))).toBe(compact(data))
    expect(written((writer) => writer.writeLong(BigInt(value)))).toBe(compact(data))
  })

  test.for([
    [2n ** 31n, "80 80 80 80 10"],
    [-(2n ** 31n) - 1n, "81 80 80 80 10"],
    [2n ** 53n - 1n, "fe ff ff ff ff ff ff 1f"],
    [-(2n ** 53n) + 1n, "fd ff ff ff ff ff ff 1f"],
    [2n ** 63n - 1n, "fe ff ff ff ff ff ff ff ff 01"],
    [-(2n ** 63n), "ff ff ff ff ff ff ff ff ff 01"],
  ] as const)("the long %d is %s (C16)", ([value, data]) => {
    expect(written((writer) => writer.writeLong(value))).toBe(compact(data))
    if (Number.isSafeInteger(Number(value)))
      expect(written((writer) => writer.writeLong(Number(value)))).toBe(compact(data))
  })

  test("a long is read back exactly, as a bigint and as a number", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.maxSafeInteger(), (big, safe) => {
        expect(createReader(bytes(written((writer) => writer.writeLong(big)))).readBigInt()).toBe(big)
        const data = written((writer) => writer.writeLong(safe))
        expect(createReader(bytes(data)).readLong()).toBe(safe === 0 ? 0 : safe)
        expect(data).toBe(written((writer) => writer.writeLong(BigInt(safe))))
      }),
    )
  })

  test.for([2 ** 31, -(2 ** 31) - 1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])(
    "%d is not an int",
    (value) => {
      expect(() => createWriter().writeInt(value)).toThrow(
        expect.objectContaining({
          code: "ERR_AVRO_VALUE",
          message: expect.stringContaining("-2147483648 to 2147483647") as string,
        }),
      )
    },
  )

  test.for([
    { value: 1.5, code: "ERR_AVRO_VALUE" },
    { value: Number.NaN, code: "ERR_AVRO_VALUE" },
    { value: Number.NEGATIVE_INFINITY, code: "ERR_AVRO_VALUE" },
    { value: 2 ** 53, code: "ERR_AVRO_LONG_RANGE" },
    { value: -(2 ** 53), code: "ERR_AVRO_LONG_RANGE" },
    { value: 2n ** 63n, code: "ERR_AVRO_VALUE" },
    { value: -(2n ** 63n) - 1n, code: "ERR_AVRO_VALUE" },
  ])("$value is not a long", ({ value, code }) => {
    expect(() => createWriter().writeLong(value)).toThrow(expect.objectContaining({ code }))
  })

  test.for([
    [Number.NaN, "00 00 c0 7f", "00 00 00 00 00 00 f8 7f"],
    [Number.POSITIVE_INFINITY, "00 00 80 7f", "00 00 00 00 00 00 f0 7f"],
    [Number.NEGATIVE_INFINITY, "00 00 80 ff", "00 00 00 00 00 00 f0 ff"],
    [-0, "00 00 00 80", "00 00 00 00 00 00 00 80"],
    [1.5, "00 00 c0 3f", "00 00 00 00 00 00 f8 3f"],
    [2 ** -149, "01 00 00 00", "00 00 00 00 00 00 a0 36"],
  ] as const)("%d is the float %s and the double %s (C4)", ([value, float, double]) => {
    expect(written((writer) => writer.writeFloat(value))).toBe(compact(float))
    expect(written((writer) => writer.writeDouble(value))).toBe(compact(double))
  })
})

describe("strings", () => {
  test.for([
    { name: "the example of the specification (C6)", value: "foo", data: "06 66 6f 6f" },
    { name: "an empty one", value: "", data: "00" },
    { name: "code points of 1 to 4 bytes", value: "Aé€😀", data: "14 41 c3a9 e282ac f09f9880" },
    { name: "a byte order mark", value: "\uFEFFA", data: "08 ef bb bf 41" },
  ])("writes $name", ({ value, data }) => {
    expect(written((writer) => writer.writeString(value))).toBe(compact(data))
  })

  test("are read back whatever their length and their bytes a character", () => {
    const lengths = [
      0, 1, 20, 21, 31, 32, 62, 63, 64, 65, 2730, 2731, 4095, 4096, 8190, 8191, 8192, 8193, 350_000,
      1_048_576,
    ]
    for (const character of ["a", "é", "€", "😀"]) {
      for (const length of lengths) {
        const value = character.repeat(length)
        const writer = createWriter()
        writer.writeBoolean(true)
        writer.writeString(value)
        writer.writeInt(7)
        const reader = createReader(writer.finish())
        expect(reader.readBoolean()).toBe(true)
        expect(reader.readString() === value).toBe(true)
        expect([reader.readInt(), reader.remaining]).toEqual([7, 0])
      }
    }
  })

  test.for(["\uD83D", "\uDE00", "a\uD83Db", "\uDE00\uD83D"])(
    "half a surrogate pair, %j, is refused and nothing is written",
    (value) => {
      const writer = createWriter()
      expect(() => writer.writeString(value)).toThrow("a string must not contain half a surrogate pair")
      expect(writer.length).toBe(0)
    },
  )
})

describe("the buffer", () => {
  test("grows as needed, and keeps what is written", () => {
    const writer = createWriter()
    const parts = Array.from({ length: 300 }, (_, index) => new Uint8Array(index).fill(index))
    for (const part of parts) writer.writeBytes(part)
    const reader = createReader(writer.finish())
    for (const part of parts) expect(reader.readBytes()).toEqual(part)
    expect(reader.remaining).toBe(0)
  })

  test("every write may be the one that makes it grow", () => {
    const writes: ((writer: Writer) => void)[] = [
      (writer) => writer.writeBoolean(true),
      (writer) => writer.writeInt(-(2 ** 31)),
      (writer) => writer.writeLong(2 ** 52),
      (writer) => writer.writeLong(2n ** 62n),
      (writer) => writer.writeFloat(1.5),
      (writer) => writer.writeDouble(1.5),
      (writer) => writer.writeBytes(bytes("ab")),
      (writer) => writer.writeString("é"),
    ]
    for (const write of writes) {
      for (let before = 490; before <= 520; before++) {
        const writer = createWriter()
        writer.writeFixed(new Uint8Array(before))
        write(writer)
        expect(hex(writer.finish().subarray(before))).toBe(written(write))
      }
    }
  })

  test("what is finished is a copy, and the writer goes on", () => {
    const writer = createWriter()
    writer.writeInt(1)
    const first = writer.finish()
    writer.writeInt(2)
    expect([hex(first), hex(writer.finish()), writer.length]).toEqual(["02", "0204", 2])
  })

  test("truncate takes back what came later, and only that", () => {
    const writer = createWriter()
    writer.writeInt(1)
    writer.writeString("dropped")
    writer.truncate(1)
    writer.writeInt(2)
    expect(hex(writer.finish())).toBe("0204")
    expect(() => writer.truncate(3)).toThrow(RangeError)
    expect(() => writer.truncate(-1)).toThrow(RangeError)
  })

  test("room made for more takes nothing back: what is not written after all leaves what was", () => {
    const writer = createWriter()
    writer.writeFixed(new Uint8Array(400).fill(7))
    expect(writer["~reserve"](450, 10_000)).toBe(450)
    expect(writer.length).toBe(400)
    writer.truncate(399)
    expect(writer.finish()).toEqual(new Uint8Array(399).fill(7))
  })

  test("bytes are their length and themselves; a fixed is only itself (C5, C13)", () => {
    expect(written((writer) => writer.writeBytes(bytes("ab cd")))).toBe("04abcd")
    expect(written((writer) => writer.writeFixed(bytes("ab cd")))).toBe("abcd")
    expect(written((writer) => writer.writeBoolean(false))).toBe("00")
  })
})

test("nesting is bounded, and what is refused is not entered", () => {
  const writer = createWriter({ maxDepth: 1 })
  writer.enter()
  expect(() => writer.enter()).toThrow(
    "values nest 2 deep, or in a circle; raise limits.maxDepth (1) to accept it",
  )
  expect(writer.depth).toBe(1)
})

function written(write: (writer: Writer) => void): string {
  const writer = createWriter()
  write(writer)
  return hex(writer.finish())
}
