import fc from "fast-check"
import { expect, test } from "vitest"
import { schema } from "../schema/schema.ts"
import { decodeFrom } from "../value/decode.ts"
import { encode } from "../value/encode.ts"
import { createReader } from "./reader.ts"
import { StringCache } from "./string-cache.ts"

const Strings = schema({ type: "array", items: "string" })

test("strings are what they are without it, however often they come", () => {
  const cache = new StringCache()
  const text = fc.oneof(
    fc.constantFrom("", "/orders", "/order", "/search", "grüße"),
    fc.string({ unit: "grapheme", maxLength: 40 }),
  )
  fc.assert(
    fc.property(fc.array(text, { maxLength: 60 }), (texts) => {
      const reader = createReader(encode(Strings, texts), undefined, "refuse", cache)
      expect(decodeFrom(Strings, reader)).toEqual(texts)
    }),
  )
})

test("a string that came twice is given again, though the bytes of its message have changed", () => {
  const cache = new StringCache()
  const bytes = new TextEncoder().encode("/orders/search")
  cache.offer(bytes, 0, 7, "/orders")
  expect(cache.get(bytes, 0, 7)).toBeUndefined()
  cache.offer(bytes, 0, 7, "/orders")
  expect(cache.get(bytes, 0, 7)).toBe("/orders")
  bytes.fill(0x78)
  expect(cache.get(bytes, 0, 7)).toBeUndefined()
  expect(cache.get(new TextEncoder().encode("/orders"), 0, 7)).toBe("/orders")
})

test("long and empty strings are left to others", () => {
  const cache = new StringCache()
  const bytes = new Uint8Array(33).fill(0x61)
  for (let time = 0; time < 2; time++) {
    cache.offer(bytes, 0, 33, "a".repeat(33))
    cache.offer(bytes, 0, 0, "")
  }
  expect([cache.get(bytes, 0, 33), cache.get(bytes, 0, 0)]).toEqual([undefined, undefined])
})

test("strings that are not UTF-8 are refused with it, too", () => {
  const bytes = Uint8Array.of(2, 4, 0xff, 0xff, 0)
  const cache = new StringCache()
  for (let time = 0; time < 3; time++) {
    expect(() => decodeFrom(Strings, createReader(bytes, undefined, "refuse", cache))).toThrow("UTF-8")
  }
})
