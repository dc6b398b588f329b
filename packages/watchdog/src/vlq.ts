// The mappings of a source map, searched without being unpacked.
//
//   mappings = line (";" line)*        one per generated line
//   line     = segment? ("," segment)*
//   segment  = column (source line column name?)?     base-64 VLQ; each a difference to the one before it,
//                                                     the column starting anew on each line
//
// https://tc39.es/ecma426/#sec-mappings-grammar
//
// Unpacked, the 10 MB map of a bundled service takes 280 MB and 600 ms (node:module's SourceMap, Node 20). A
// watchdog asks for a few positions, once: scanning the text for them takes no memory and, there, 100 ms.

/** Where a generated position comes from; all numbers from 0. */
export interface Segment {
  readonly source: number
  readonly line: number
  readonly column: number
  /** An index into the map's names, or -1. */
  readonly name: number
}

const COMMA = 44
const SEMICOLON = 59
const SOURCE = 1
const LINE = 2
const COLUMN = 3
const NAME = 4

const DIGITS = new Int8Array(128).fill(-1)
const ALPHABET = Buffer.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", "latin1")
for (const [value, code] of ALPHABET.entries()) DIGITS[code] = value

/**
 * Finds the segment that covers a generated position (from 0): the last on that line that does not begin after
 * it. Undefined where the map says nothing. Throws a RangeError where the text is not a list of mappings.
 */
export function findSegment(mappings: string, line: number, column: number): Segment | undefined {
  const totals = [0, 0, 0, 0, 0] // generated column, then source, line, column, name
  let found: Segment | undefined
  let generatedLine = 0
  let field = 0
  let value = 0
  let shift = 0

  for (let i = 0; i <= mappings.length; i++) {
    const code = i < mappings.length ? mappings.charCodeAt(i) : SEMICOLON
    if (code === COMMA || code === SEMICOLON) {
      if (generatedLine === line && field > 0) {
        if ((totals[0] ?? 0) > column) return found
        found = field > COLUMN ? segment(totals, field > NAME) : undefined
      }
      field = 0
      if (code === COMMA) continue
      if (generatedLine++ === line) return found
      totals[0] = 0
      continue
    }
    const digit = DIGITS[code] ?? -1
    if (digit < 0 || field > NAME || shift > 30) throw new RangeError(`Not a mapping at character ${i}`)
    value += (digit & 31) * 2 ** shift
    shift += 5
    if (digit & 32) continue // more digits follow
    totals[field] = (totals[field] ?? 0) + (value % 2 === 1 ? -(value - 1) / 2 : value / 2)
    field++
    value = 0
    shift = 0
  }
  return undefined
}

const segment = (totals: readonly number[], named: boolean): Segment => ({
  source: totals[SOURCE] ?? 0,
  line: totals[LINE] ?? 0,
  column: totals[COLUMN] ?? 0,
  name: named ? (totals[NAME] ?? -1) : -1,
})
