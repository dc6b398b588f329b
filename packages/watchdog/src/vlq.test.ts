import { SourceMap } from "node:module"
import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { findSegment } from "./vlq.ts"

describe("findSegment", () => {
  test("the last segment that does not begin after the position counts", () => {
    // columns 0, 4 and 8 of the second line, from lines 0, 1 and 2 of the source
    const mappings = ";AAAA,IACC,IACA"
    expect(findSegment(mappings, 1, 0)).toMatchObject({ line: 0, column: 0 })
    expect(findSegment(mappings, 1, 5)).toMatchObject({ line: 1, column: 1 })
    expect(findSegment(mappings, 1, 800)).toMatchObject({ line: 2, column: 1 })
  })

  test("a line without segments comes from nowhere", () => {
    expect(findSegment("AAAA;;AACA", 1, 0)).toBeUndefined()
    expect(findSegment("AAAA", 7, 0)).toBeUndefined()
    expect(findSegment("", 0, 0)).toBeUndefined()
  })

  test("what begins before the first segment, or in one without a source, comes from nowhere", () => {
    expect(findSegment("IAAA", 0, 2)).toBeUndefined()
    expect(findSegment("AAAA,I", 0, 5)).toBeUndefined()
  })

  test.for(["AAA!", "A".repeat(9), "é", "gggggggggggg"])("%j is not a list of mappings", (mappings) => {
    expect(() => findSegment(mappings, 0, 0)).toThrow(RangeError)
  })

  test("finds what Node's own reader finds, on every map and at every position", () => {
    fc.assert(
      fc.property(lines, fc.nat(6), fc.nat(40), (map, line, column) => {
        const found = findSegment(encode(map), line, column)
        const node = new SourceMap(payload(encode(map))).findEntry(line, column)
        // Node goes on to earlier lines where this one says nothing
        const expected =
          "originalLine" in node && node.generatedLine === line
            ? {
                line: node.originalLine,
                column: node.originalColumn,
                source: sources.indexOf(node.originalSource),
              }
            : undefined
        if (expected === undefined) expect(found).toBeUndefined()
        else expect(found).toMatchObject(expected)
      }),
    )
  })
})

type Mapping = readonly [column: number, source: number, line: number, sourceColumn: number]

const sources = ["a.ts", "b.ts", "c.ts"]
const segment = fc.tuple(fc.nat(40), fc.nat(2), fc.nat(5000), fc.nat(200))
const lines = fc.array(
  fc.uniqueArray(segment, { maxLength: 5, selector: ([column]) => column }).map(byColumn),
  { maxLength: 6 },
)

function byColumn(segments: readonly Mapping[]): readonly Mapping[] {
  return segments.toSorted((a, b) => a[0] - b[0])
}

function encode(map: readonly (readonly Mapping[])[]): string {
  const last = [0, 0, 0, 0]
  const difference = (value: number, field: number): string => {
    const text = vlq(value - (last[field] ?? 0))
    last[field] = value
    return text
  }
  return map
    .map((line) => {
      last[0] = 0
      return line.map((fields) => fields.map(difference).join("")).join(",")
    })
    .join(";")
}

function vlq(value: number): string {
  const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
  let rest = value < 0 ? -value * 2 + 1 : value * 2
  let text = ""
  do {
    const more = rest >= 32 ? 32 : 0
    text += digits[(rest % 32) + more]
    rest = Math.floor(rest / 32)
  } while (rest > 0)
  return text
}

function payload(mappings: string): ConstructorParameters<typeof SourceMap>[0] {
  return { version: 3, file: "", sources, sourcesContent: [], names: [], mappings, sourceRoot: "" }
}
