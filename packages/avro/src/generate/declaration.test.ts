import { isDeepStrictEqual } from "node:util"
import { runInThisContext } from "node:vm"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { stopwatch } from "../fixtures/stopwatch.ts"
import { hostileNames } from "../testing/arbitrary.ts"
import { comment, literal, propertyName, quoted, quotedLines } from "./declaration.ts"

/** Texts that end what they stand in, where nobody takes care; and all others. */
const hostileTexts = [
  "*/ throw 1 /*",
  "`${process.exit()}`",
  "\\",
  '"',
  "'",
  "\u2028\u2029",
  "</script><script>",
  "<!--<script>",
  "\r\n",
  "\u0000\u007f\u0085",
  "\u202eabc\u2066",
  "\ud800",
  "é 漢字 😀 👩‍👩‍👧",
]
const texts = fc.oneof(
  fc.string({ unit: "binary" }),
  fc
    .array(fc.oneof(fc.constantFrom(...hostileTexts), fc.string()), { maxLength: 4 })
    .map((parts) => parts.join("")),
)
const keys = fc.oneof(texts, fc.constantFrom(...hostileNames, "class", "a b", "1", ""))
const values = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    texts,
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("value"), { maxLength: 5 }),
    fc.array(fc.tuple(keys, tie("value")), { maxLength: 5 }).map(Object.fromEntries),
  ),
})).value

const evaluated = (expression: string): unknown => runInThisContext(`"use strict"; (${expression})`)

describe("a literal", () => {
  test("is the value it was made of, with its attributes in their order", () => {
    fc.assert(
      fc.property(values, (value) => {
        const copy = evaluated(literal(value))
        expect(isDeepStrictEqual(copy, value)).toBe(true)
        expect(keysIn(copy)).toEqual(keysIn(value))
      }),
      { numRuns: 2000 },
    )
  })

  test("takes one line where it fits, and one for each part where it does not", () => {
    const field = { name: "a_field_with_a_name", type: ["null", "string"] }
    expect(literal({ type: "record", name: "R", fields: [] })).toBe(
      '{ type: "record", name: "R", fields: [] }',
    )
    expect(literal({ type: "record", name: "R", fields: [field, field] })).toBe(
      [
        "{",
        '  type: "record",',
        '  name: "R",',
        "  fields: [",
        '    { name: "a_field_with_a_name", type: ["null", "string"] },',
        '    { name: "a_field_with_a_name", type: ["null", "string"] },',
        "  ],",
        "}",
      ].join("\n"),
    )
  })

  test("leaves out what is undefined, as JSON does", () => {
    expect(literal({ type: "int", doc: undefined })).toBe('{ type: "int" }')
  })

  test("that nests deep is indented no further than can be read", () => {
    const deep = Array.from({ length: 200 }).reduce(
      (inner: unknown) => ({ type: "array", items: inner }),
      "int",
    )
    const text = literal(deep)
    expect(text.length).toBeLessThan(200 * 150)
    expect(JSON.parse(text.replace(/(type|items):/g, '"$1":').replace(/,(\s*\})/g, "$1"))).toEqual(deep)
  })

  test.for([{ a: () => 1 }, [Symbol("s")], { at: new Date(0) }, [undefined], { of: new Map() }, 1n])(
    "cannot be made of %o",
    (value) => {
      expect(() => literal(value)).toThrow(TypeError)
    },
  )
})

describe("a string", () => {
  test("is the text it was made of, within quotes that nothing in it ends", () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(evaluated(quoted(text))).toBe(text)
        expect(evaluated(quotedLines(text))).toBe(text)
        fc.pre(text !== "__proto__") // in a type it is a name as others are
        expect(Object.keys(evaluated(`{ ${propertyName(text)}: 1 }`) as object)).toEqual([text])
      }),
      { numRuns: 2000 },
    )
  })

  test("shows every character, and closes no element of the page it may stand in", () => {
    expect(quoted("</script><!-- é \u202e\u2028\u007f")).toBe(
      String.raw`"\x3c/script>\x3c!-- é \u{202e}\u{2028}\u{7f}"`,
    )
    fc.assert(fc.property(texts, (text) => !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]|<[/!]/u.test(quoted(text))))
  })
})

describe("a comment", () => {
  test("ends where its text does, and says nothing to the compiler", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const source = comment(text)
        expect(evaluated(`[\n${source}42\n]`)).toEqual([42])
        expect(source.slice(0, -3)).not.toMatch(/\*\/|<[/!]|[\p{Bidi_Control}\u2028\u2029]/u)
        expect(source).not.toMatch(/^[/*]*\s*@ts-/m)
      }),
      { numRuns: 2000 },
    )
  })

  test.for([
    { doc: "Of one line.", expected: "/** Of one line. */\n" },
    { doc: "Of two\r\n  lines.\n", expected: "/**\n * Of two\n *   lines.\n */\n" },
    { doc: "With\n\na paragraph.", expected: "/**\n * With\n *\n * a paragraph.\n */\n" },
    { doc: "*/ out", expected: "/** *\\/ out */\n" },
    { doc: "@ts-expect-error", expected: "/**\n * @ts-expect-error\n */\n" },
    { doc: " \n ", expected: "" },
    { doc: undefined, expected: "" },
    { doc: ["no text"], expected: "" },
  ])("made of $doc", ({ doc, expected }) => {
    expect(comment(doc)).toBe(expected)
  })

  test("takes no more than its length, whatever spaces are in it", () => {
    const line = `b${" ".repeat(400_000)}c`
    const millis = stopwatch()
    expect(comment(`a\n${line}  \n\nd`)).toBe(`/**\n * a\n * ${line}\n *\n * d\n */\n`)
    expect(millis()).toBeLessThan(10_000)
  })
})

function keysIn(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return undefined
  return Object.entries(value).map(([key, part]) => [key, keysIn(part)])
}
