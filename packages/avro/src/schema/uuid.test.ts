import fc from "fast-check"
import { expect, test } from "vitest"
import { bytes, compact, hex } from "../testing/hex.ts"
import { isUuid, uuidFromBytes, uuidToBytes } from "./uuid.ts"

const uuid = "123e4567-e89b-12d3-a456-426614174000"

test.for([
  { text: uuid, data: "123e4567 e89b12d3 a4564266 14174000" },
  { text: "00000000-0000-0000-0000-000000000000", data: "00000000 00000000 00000000 00000000" },
  { text: "ffffffff-ffff-ffff-ffff-ffffffffffff", data: "ffffffff ffffffff ffffffff ffffffff" },
  { text: "01234567-89ab-cdef-fedc-ba9876543210", data: "01234567 89abcdef fedcba98 76543210" },
])("$text is $data", ({ text, data }) => {
  expect(hex(uuidToBytes(text))).toBe(compact(data))
  expect(hex(uuidToBytes(text.toUpperCase()))).toBe(compact(data))
  expect(uuidFromBytes(bytes(data))).toBe(text)
})

test("any sixteen bytes are a UUID and come back from it", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (data) => {
      const text = uuidFromBytes(data)
      expect(isUuid(text)).toBe(true)
      expect(isUuid(text.toUpperCase())).toBe(true)
      expect(uuidToBytes(text)).toEqual(data)
    }),
  )
})

test("a text with any one character changed is a UUID only if it still is by the letter", () => {
  const others = fc.constantFrom(
    ...Array.from("0189afgAFG-/:@`{ \n\u0000\u0080\u0130\u0661\uff41\ud800\uffff"),
  )
  fc.assert(
    fc.property(fc.nat({ max: 35 }), others, (place, other) => {
      const text = uuid.slice(0, place) + other + uuid.slice(place + 1)
      expect(isUuid(text)).toBe(/^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/.test(text))
    }),
    { numRuns: 2000 },
  )
})

test.for([
  "",
  uuid.slice(1),
  `${uuid}0`,
  `${uuid}\n`,
  ` ${uuid}`,
  `{${uuid}}`,
  uuid.replaceAll("-", ""),
  uuid.replaceAll("-", "").padEnd(36, "0"),
  "123e-4567e89b-12d3-a456-426614174000",
])("%j is none", (text) => {
  expect(isUuid(text)).toBe(false)
})
