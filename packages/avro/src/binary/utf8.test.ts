import { expect, test } from "vitest"
import { schema } from "../schema/schema.ts"
import { decode } from "../value/decode.ts"
import { encode } from "../value/encode.ts"
import { utf8Size, writeUtf8 } from "./utf8.ts"

const text = schema("string")

test.for([0, 1, 27, 28, 63, 64, 170, 512, 513, 2730, 2731, 8191, 8192, 30_000])(
  "a text of %d characters comes back, whatever they are",
  (length) => {
    for (const character of ["a", "é", "€", "🌍"]) {
      const value = character.repeat(length)
      expect(decode(text, encode(text, value))).toBe(value)
    }
  },
)

test("a text takes no more room than it is said to", () => {
  for (const value of ["", "abc", "é€🌍", "a".repeat(600)]) {
    const bytes = new Uint8Array(utf8Size(value))
    expect(writeUtf8(bytes, value, 0)).toBe(Buffer.byteLength(value))
    expect(Buffer.from(bytes).toString()).toBe(value)
  }
})

test("half a surrogate pair is refused, in a short text and in a long one", () => {
  for (const value of ["\ud83c", `${"x".repeat(100)}\udf0d`, `\ud83c${"é".repeat(600)}`]) {
    expect(() => encode(text, value)).toThrow(/half a surrogate pair/)
  }
})
