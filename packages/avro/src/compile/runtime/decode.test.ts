import { expect, test } from "vitest"
import { parseSchema } from "../../schema/schema.ts"
import { decode } from "../../value/decode.ts"
import { encode } from "../../value/encode.ts"

const map = parseSchema({ type: "map", values: "int" })

test("keys of maps are right, whether they come again, never come again, or share a place in the cache", () => {
  for (let round = 0; round < 3; round++) {
    for (let index = 0; index < 5000; index++) {
      const value = { id: index, [`key${index * 7919}`]: 1, ünï: 2, [""]: 3, ["k".repeat(40)]: 4 }
      expect(decode(map, encode(map, value))).toEqual(value)
    }
  }
})

test("keys are remembered with bytes of their own: those of a message may change, in a Buffer too", () => {
  const message = Buffer.from(encode(map, { abcde: 1 }))
  expect(decode(map, message)).toEqual({ abcde: 1 })
  message.write("aXcde", message.indexOf("abcde"))
  expect(decode(map, message)).toEqual({ aXcde: 1 })
})

test("the key __proto__ is a key like any other, from the cache too (hostile)", () => {
  const value = JSON.parse('{"__proto__":1,"constructor":2}') as Record<string, number>
  const bytes = encode(map, value)
  for (let times = 0; times < 3; times++) {
    const decoded = decode(map, bytes) as object
    expect(Object.keys(decoded)).toEqual(["__proto__", "constructor"])
    expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype)
  }
})

test("bytes are copies of their own, whatever their size", () => {
  const many = parseSchema({ type: "array", items: "bytes" })
  const value = [0, 1, 16, 63, 64, 65, 200, 2000, 5000].map((size) => new Uint8Array(size).fill(size & 0xff))
  const bytes = encode(many, value)
  const decoded = decode(many, bytes) as Uint8Array[]
  bytes.fill(0)
  decoded[4]?.fill(7)
  decoded[5]?.fill(7)
  expect(decoded[6]).toEqual(value[6])
  expect(decoded[8]).toEqual(value[8])
})
