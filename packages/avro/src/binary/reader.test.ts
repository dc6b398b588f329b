import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { bytes } from "../testing/hex.ts"
import { createReader } from "./reader.ts"

describe("numbers", () => {
  test.for([
    ["00", 0],
    ["01", -1],
    ["02", 1],
    ["03", -2],
    ["04", 2],
    ["7f", -64],
    ["80 01", 64],
    ["fe ff ff ff 0f", 2_147_483_647],
    ["ff ff ff ff 0f", -2_147_483_648],
  ] as const)("%s is the int and the long %d (C3)", ([data, value]) => {
    expect(createReader(bytes(data)).readInt()).toBe(value)
    expect(createReader(bytes(data)).readLong()).toBe(value)
    expect(createReader(bytes(data)).readBigInt()).toBe(BigInt(value))
  })

  test.for([
    ["fe ff ff ff ff ff ff 0f", 2n ** 52n - 1n],
    ["fe ff ff ff ff ff ff 1f", 2n ** 53n - 1n],
    ["fd ff ff ff ff ff ff 1f", -(2n ** 53n) + 1n],
    ["ff ff ff ff ff ff ff 1f", -(2n ** 53n)],
    ["80 80 80 80 80 80 80 20", 2n ** 53n],
    ["82 80 80 80 80 80 80 20", 2n ** 53n + 1n],
    ["fe ff ff ff ff ff ff ff ff 01", 2n ** 63n - 1n],
    ["ff ff ff ff ff ff ff ff ff 01", -(2n ** 63n)],
  ] as const)("%s is the long %d, exact or refused as a number (C16)", ([data, value]) => {
    const isSafe = Number.isSafeInteger(Number(value))
    expect(createReader(bytes(data)).readBigInt()).toBe(value)
    if (isSafe) expect(createReader(bytes(data)).readLong()).toBe(Number(value))
    else
      expect(() => createReader(bytes(data)).readLong()).toThrow(
        expect.objectContaining({ code: "ERR_AVRO_LONG_RANGE" }),
      )
  })

  test("a long that a number cannot hold is named in full, with the remedy", () => {
    expect(() => createReader(bytes("82 80 80 80 80 80 80 20")).readLong()).toThrow(
      'the long 9007199254740993 is outside ±(2^53 - 1) and would lose digits; use schema(…, { long: "bigint" })',
    )
  })

  test("more bytes than needed are accepted, up to 10 (C15)", () => {
    for (let zeros = 0; zeros <= 8; zeros++) {
      const data = bytes(`82 ${"80 ".repeat(zeros)} 00`)
      expect(createReader(data).readInt()).toBe(1)
      expect(createReader(data).readLong()).toBe(1)
      expect(createReader(data).readBigInt()).toBe(1n)
    }
  })

  test.for([
    {
      name: "11 bytes (C15)",
      data: "80 80 80 80 80 80 80 80 80 80 00",
      message: "a number takes more than 10 bytes",
    },
    { name: "65 bits", data: "80 80 80 80 80 80 80 80 80 02", message: "a number has more than 64 bits" },
    { name: "70 bits", data: "ff ff ff ff ff ff ff ff ff 7f", message: "a number has more than 64 bits" },
  ])("a long of $name is refused", ({ data, message }) => {
    const refusal = expect.objectContaining({ code: "ERR_AVRO_DATA", message })
    expect(() => createReader(bytes(data)).readLong()).toThrow(refusal)
    expect(() => createReader(bytes(data)).readBigInt()).toThrow(refusal)
    expect(() => createReader(bytes(data)).readInt()).toThrow(refusal)
    expect(() => createReader(bytes(data)).skipNumber()).toThrow(refusal)
  })

  test.for(["80 80 80 80 10", "ff ff ff ff 7f", "80 80 80 80 80 80 80 80 80 01"])(
    "an int of more than 32 bits, %s, is refused",
    (data) => {
      expect(() => createReader(bytes(data)).readInt()).toThrow("an int has at most 32 bits")
    },
  )

  test.for(["", "80", "ff ff ff ff ff ff ff ff ff"])(
    "a number that ends in the middle, %j, is refused",
    (data) => {
      const refusal = expect.objectContaining({ code: "ERR_AVRO_TRUNCATED" })
      expect(() => createReader(bytes(data)).readInt()).toThrow(refusal)
      expect(() => createReader(bytes(data)).readLong()).toThrow(refusal)
      expect(() => createReader(bytes(data)).readBigInt()).toThrow(refusal)
    },
  )

  test.for([
    ["00 00 00 00", 0],
    ["00 00 00 80", -0],
    ["00 00 c0 3f", 1.5],
    ["00 00 80 7f", Number.POSITIVE_INFINITY],
    ["00 00 80 ff", Number.NEGATIVE_INFINITY],
    ["00 00 c0 7f", Number.NaN],
    ["01 00 00 00", 2 ** -149],
  ] as const)("%s is the float %d (C4)", ([data, value]) => {
    expect(createReader(bytes(data)).readFloat()).toBe(value)
  })

  test.for([
    ["00 00 00 00 00 00 00 80", -0],
    ["00 00 00 00 00 00 f8 3f", 1.5],
    ["00 00 00 00 00 00 f0 7f", Number.POSITIVE_INFINITY],
    ["00 00 00 00 00 00 f8 7f", Number.NaN],
    ["01 00 00 00 00 00 00 00", 5e-324],
  ] as const)("%s is the double %d (C4)", ([data, value]) => {
    expect(createReader(bytes(data)).readDouble()).toBe(value)
  })

  test("a float and a double need all their bytes", () => {
    expect(() => createReader(bytes("00 00 00")).readFloat()).toThrow(
      "input ends inside a float: 4 bytes needed, 3 left",
    )
    expect(() => createReader(bytes("")).readDouble()).toThrow(
      "input ends inside a double: 8 bytes needed, 0 left",
    )
  })
})

describe("booleans", () => {
  test("are the bytes 0 and 1 (C2)", () => {
    const reader = createReader(bytes("00 01"))
    expect([reader.readBoolean(), reader.readBoolean()]).toEqual([false, true])
    expect(() => reader.readBoolean()).toThrow("input ends inside a boolean")
  })

  test.for(["02", "ff"])("%s is refused", (data) => {
    expect(() => createReader(bytes(data)).readBoolean()).toThrow("a boolean is byte 0 or 1")
  })
})

describe("strings", () => {
  test.for([
    { name: "the example of the specification (C6)", data: "06 66 6f 6f", value: "foo" },
    { name: "an empty one", data: "00", value: "" },
    { name: "code points of 1 to 4 bytes", data: "14 41 c3a9 e282ac f09f9880", value: "Aé€😀" },
    { name: "a byte order mark, which is kept", data: "08 ef bb bf 41", value: "\uFEFFA" },
    { name: "a NUL", data: "02 00", value: "\0" },
  ])("reads $name", ({ data, value }) => {
    expect(createReader(bytes(data)).readString()).toBe(value)
  })

  test.for([
    { name: "a lone continuation byte", data: "02 80" },
    { name: "an overlong encoding", data: "04 c0 80" },
    { name: "half a surrogate pair", data: "06 ed a0 80" },
    { name: "a code point past U+10FFFF", data: "08 f4 90 80 80" },
    { name: "a sequence cut short", data: "04 e2 82" },
  ])("refuses $name", ({ data }) => {
    expect(() => createReader(bytes(data)).readString()).toThrow(
      expect.objectContaining({
        code: "ERR_AVRO_DATA",
        message:
          'a string is not valid UTF-8; { invalidUtf8: "replace" } reads it, with U+FFFD for what is wrong',
      }),
    )
  })

  test("reads what is wrong as U+FFFD where that is asked for, and the rest as it is", () => {
    const reader = createReader(bytes("06 61 80 62  04 c3 a9"), undefined, "replace")
    expect([reader.readString(), reader.readString()]).toEqual(["a\ufffdb", "é"])
  })
})

describe("lengths", () => {
  test.for([
    {
      name: "past the end",
      data: "04 61",
      code: "ERR_AVRO_TRUNCATED",
      message: "input ends inside bytes: 2 bytes announced, 1 left",
    },
    { name: "of -1", data: "01", code: "ERR_AVRO_DATA", message: "the length of bytes is negative: -1" },
    {
      name: "of 2^31",
      data: "80 80 80 80 10",
      code: "ERR_AVRO_TRUNCATED",
      message: "2147483648 bytes announced, 0 left",
    },
    {
      name: "of 2^40",
      data: "80 80 80 80 80 40",
      code: "ERR_AVRO_TRUNCATED",
      message: "1099511627776 bytes announced",
    },
    {
      name: "of 2^53 + 1",
      data: "82 80 80 80 80 80 80 20",
      code: "ERR_AVRO_TRUNCATED",
      message: "input ends inside bytes",
    },
    {
      name: "of 2^63 - 1",
      data: "fe ff ff ff ff ff ff ff ff 01",
      code: "ERR_AVRO_TRUNCATED",
      message: "input ends inside bytes",
    },
    {
      name: "of -2^63",
      data: "ff ff ff ff ff ff ff ff ff 01",
      code: "ERR_AVRO_DATA",
      message: "is negative",
    },
  ])("a length $name is refused", ({ data, code, message }) => {
    expect(() => createReader(bytes(data)).readBytes()).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) as string }),
    )
    expect(() => createReader(bytes(data)).readString()).toThrow(expect.objectContaining({ code }))
  })

  test("bytes and fixed are copies (C5, C13)", () => {
    const data = bytes("02 ab cd")
    const reader = createReader(data)
    const [read, fixed] = [reader.readBytes(), reader.readFixed(1)]
    data.fill(0)
    expect([read, fixed]).toEqual([bytes("ab"), bytes("cd")])
    expect([read.buffer.byteLength, fixed.buffer.byteLength]).toEqual([1, 1])
    expect(() => reader.readFixed(2 ** 40)).toThrow(
      "input ends inside a fixed: 1099511627776 bytes needed, 0 left",
    )
  })

  test("a Buffer that starts in the middle of its memory is read from its start", () => {
    const buffer = Buffer.from("ffff000000000000f83f04616219", "hex").subarray(2)
    const reader = createReader(buffer)
    expect([reader.readDouble(), reader.readString(), reader.remaining, reader.position]).toEqual([
      1.5,
      "ab",
      1,
      11,
    ])
  })
})

describe("blocks", () => {
  test("a count comes before the items, and 0 ends them (C9)", () => {
    const reader = createReader(bytes("04 0000 00"))
    expect(reader.readBlockCount(1)).toBe(2)
    reader.skip(2)
    expect(reader.readBlockCount(1)).toBe(0)
  })

  test("a negative count is followed by the size in bytes (C10)", () => {
    expect(createReader(bytes("03 04 0000 00")).readBlockCount(1)).toBe(2)
  })

  test("items that cannot be in the bytes that remain are refused", () => {
    expect(createReader(bytes("04 00000000 00000000")).readBlockCount(4)).toBe(2)
    expect(() => createReader(bytes("04 00000000 000000")).readBlockCount(4)).toThrow(
      "input ends inside a block: 2 items announced, 7 bytes left",
    )
  })

  test.for(["fe ff ff ff ff ff ff ff ff 01", "80 80 80 80 80 40", "ff ff ff ff ff ff ff ff ff 01 00"])(
    "the count %s is refused, whatever an item takes",
    (data) => {
      expect(() => createReader(bytes(data)).readBlockCount(1)).toThrow(
        expect.objectContaining({ code: "ERR_AVRO_TRUNCATED" }),
      )
      expect(() => createReader(bytes(data)).readBlockCount(0)).toThrow(
        expect.objectContaining({ code: "ERR_AVRO_LIMIT" }),
      )
    },
  )

  test("a size in bytes is checked against the bytes that remain", () => {
    expect(() => createReader(bytes("01 04 00")).readBlockCount(1)).toThrow(
      expect.objectContaining({ code: "ERR_AVRO_TRUNCATED" }),
    )
    expect(() => createReader(bytes("01 01 00")).readBlockCount(1)).toThrow(
      expect.objectContaining({ code: "ERR_AVRO_DATA" }),
    )
    expect(() => createReader(bytes("01 04 00")).skipBlock(1)).toThrow(
      expect.objectContaining({ code: "ERR_AVRO_TRUNCATED" }),
    )
  })

  test("a block whose size is given is skipped at once", () => {
    const reader = createReader(bytes("03 04 aaaa 02 bb 00"))
    expect(reader.skipBlock(1)).toBe(0)
    expect(reader.skipBlock(1)).toBe(1)
    reader.skip(1)
    expect(reader.skipBlock(1)).toBeUndefined()
    expect(reader.remaining).toBe(0)
  })

  test("items that take no bytes are counted over all blocks", () => {
    const reader = createReader(bytes("06 06 02"), { maxEmptyItems: 6 })
    expect([reader.readBlockCount(0), reader.readBlockCount(0)]).toEqual([3, 3])
    expect(() => reader.readBlockCount(0)).toThrow(
      "7 items that take no bytes; raise limits.maxEmptyItems (6) to accept it",
    )
  })
})

test("nesting is bounded, and what is refused is not entered", () => {
  const reader = createReader(bytes(""), { maxDepth: 1 })
  reader.enter()
  expect(() => reader.enter()).toThrow("values nest 2 deep; raise limits.maxDepth (1) to accept it")
  expect(reader.depth).toBe(1)
  reader.leave()
  reader.enter()
  expect(reader.depth).toBe(1)
})

test.for([{ maxDepth: -1 }, { maxDepth: 1.5 }, { maxEmptyItems: Number.NaN }])(
  "the limit %j is not a count",
  (limits) => {
    expect(() => createReader(bytes(""), limits)).toThrow(TypeError)
  },
)

test("random bytes are read as something or refused, and nothing is read past the end", () => {
  const reads = [
    "readBoolean",
    "readInt",
    "readBigInt",
    "readLong",
    "readFloat",
    "readDouble",
    "readBytes",
    "readString",
    "skipNumber",
  ] as const
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 20 }), fc.constantFrom(...reads), (data, read) => {
      const reader = createReader(data)
      try {
        reader[read]()
      } catch (error) {
        expect(error).toMatchObject({ name: "AvroError" })
      }
      expect(reader.remaining).toBeGreaterThanOrEqual(0)
    }),
  )
})
