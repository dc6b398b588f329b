import fc from "fast-check"
import { expect, test } from "vitest"
import { jsonOf, parseJson } from "./json.ts"

test("of what JSON has, it is what JSON makes of it", () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: "binary" }), (value) => {
      const text = JSON.stringify(value)
      expect(JSON.parse(jsonOf(value))).toEqual(JSON.parse(text))
      expect(JSON.parse(jsonOf(parseJson(text)))).toEqual(JSON.parse(text))
    }),
  )
})

test("integers keep their digits, wherever they stand", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (long) => {
      const text = `{"${long}":[${long},"${long}","\\"${long}",{"a": ${long} }]}`
      const exact = Number.isSafeInteger(Number(long)) ? Number(long) : long
      expect(parseJson(text)).toEqual({
        [String(long)]: [exact, String(long), `"${long}`, { a: exact }],
      })
      expect(jsonOf(parseJson(text))).toBe(text.replaceAll(" ", ""))
    }),
  )
})

test("what is absent is left out of an object, and null elsewhere, as JSON has it", () => {
  expect(jsonOf({ a: undefined, b: [undefined], c: new Date(0) })).toBe(
    '{"b":[null],"c":"1970-01-01T00:00:00.000Z"}',
  )
})

test.for([["{"], ["01"], ["[9007199254740993,]"], [""]])("%s is no JSON", ([text = ""]) => {
  expect(() => parseJson(text)).toThrow(SyntaxError)
})
