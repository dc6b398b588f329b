import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { AvroError } from "../errors.ts"
import { stopwatch } from "../fixtures/stopwatch.ts"
import { caught } from "../testing/caught.ts"
import { docComment } from "./format-parts.ts"
import { parseIdl, protocolOf, schemaOf, schemasOf } from "./parse-idl.ts"

const MANY = 200_000

describe("hostile text", () => {
  test.for([
    ["arrays", `record R { ${"array<".repeat(MANY)}`],
    ["maps and unions", `record R { ${"map<union {".repeat(MANY)}`],
    ["JSON arrays", `@a(${"[".repeat(MANY)}`],
    ["JSON objects", `@a(${'{"a":'.repeat(MANY)}`],
    [
      "types that refer to later ones",
      Array.from({ length: 5000 }, (_, index) => `record R${index} { R${index + 1} next; }`).join("\n"),
    ],
  ])("that nests deep ends at the limit: %s", ([, text]) => {
    const thrown = caught(() => parseIdl(`${text as string} record R5000 {}`))
    expect(thrown.code).toBe("ERR_AVRO_LIMIT")
    expect(thrown.message).toContain("raise limits.maxDepth (256)")
  })

  test.for([
    ["a name without end", `record ${"a".repeat(2_000_000)}`],
    ["a name of many parts", `record ${"a.".repeat(MANY)}`],
    ["a string without end", `@a("${"\\n".repeat(1_000_000)}`],
    ["a number without end", `@a(${"1".repeat(1_000_000)}x)`],
    ["a number of many points", `@a(${"1.".repeat(500_000)})`],
    ["a comment without end", `/*${"*".repeat(2_000_000)}`],
    ["comments", `${"/** a */".repeat(MANY)}#`],
    ["annotations", "@a(1)".repeat(MANY)],
    ["one line of everything", `${"record R { int a; } ".repeat(1000)} #`],
    ["white space in a documentation comment", `/**${" \n".repeat(500_000)}x*/#`],
    ["indentation", `/** a\n${`${" ".repeat(1000)}\n`.repeat(1000)}b */ record R`],
    ["back quotes", "`".repeat(MANY)],
  ])("is refused, and takes no more than its length: %s", ([, text]) => {
    const millis = stopwatch()
    expect(caught(() => parseIdl(text as string)).message.length).toBeLessThan(1000)
    expect(millis()).toBeLessThan(10_000)
  })

  test("of many lines is read in time that grows with its length", () => {
    const fields = Array.from({ length: 20_000 }, (_, index) => `  /** a */ int /** b */ f${index};\n`)
    const text = `record R {\n${fields.join("")}}`
    const millis = stopwatch()
    const file = parseIdl(text)
    expect(millis()).toBeLessThan(10_000)
    expect(schemaOf(file).name).toBe("R")
  })

  test("of types that all use each other is told to be too much, before it is written for each of them", () => {
    const types = (count: number): string => {
      const fields = Array.from({ length: count }, (_, index) => `T${index}? t${index};`)
      const others = Array.from({ length: count }, (_, index) => `record T${index} { Hub? hub; }`)
      return `record Hub { ${fields.join(" ")} } ${others.join(" ")}`
    }
    expect(schemasOf(parseIdl(types(100))).length).toBe(101)
    const thrown = caught(() => schemasOf(parseIdl(types(1000))))
    expect(thrown.code).toBe("ERR_AVRO_LIMIT")
    expect(thrown.message).toContain("make a protocol of them")
    expect(schemaOf(parseIdl(`schema Hub; ${types(1000)}`)).name).toBe("Hub")
  })

  test("is written in time that grows with its length, whatever spaces are in it", () => {
    const line = `b${" ".repeat(400_000)}c`
    const millis = stopwatch()
    expect(docComment(`a\n${line}  \r\n\nd`)).toBe(`/**\n * a\n * ${line}\r\n *\n * d\n */\n`)
    expect(millis()).toBeLessThan(10_000)
  })

  test("with a control character in it does not reach the terminal", () => {
    const { message } = caught(() => parseIdl("record \u001b[31m\u202e { }"))
    expect(message).not.toContain("\u001b")
    expect(message).not.toContain("\u202e")
  })

  test("of any kind gives a declaration or an AvroError, never anything else", () => {
    const words = fc.constantFrom(
      ...'protocol record error enum fixed import idl schema namespace union array map void int string decimal date null R a throws oneway @x @namespace @aliases @order ( ) { } [ ] < > : ; , = ? . - 1 -2 0x1 1.5 true "a" `b` /** /* */ // \n'.split(
        " ",
      ),
      "\n",
    )
    const texts = fc.oneof(
      fc.array(words, { maxLength: 40 }).map((parts) => parts.join(" ")),
      fc.string({ unit: "binary" }),
    )
    fc.assert(
      fc.property(texts, (text) => {
        try {
          const file = parseIdl(text)
          if (file.kind === "protocol") protocolOf(file)
          else schemaOf(file)
        } catch (error) {
          expect(error).toBeInstanceOf(AvroError)
        }
      }),
      { numRuns: 2000 },
    )
  })

  test("that is cut off or changed anywhere ends the same way", () => {
    const text = `/** P */ @namespace("a.b") protocol P { import_ x(int a = 1, array<string?> b) throws E;
      enum K { A, B } = A; fixed F(16); error E { union { null, K, decimal(9,2) } k = null; @l(1) date \`date\`; } }`
    fc.assert(
      fc.property(
        fc.nat(text.length),
        fc.nat(text.length),
        fc.string({ maxLength: 2 }),
        (from, length, put) => {
          try {
            parseIdl(text.slice(0, from) + put + text.slice(from + length))
          } catch (error) {
            expect(error).toMatchObject({ code: expect.stringMatching(/^ERR_AVRO_/) })
          }
        },
      ),
      { numRuns: 2000 },
    )
  })
})
