// Strings in IDL: in double quotes, with the escapes of Java.
//
//   \n \r \b \f \t \\ \" \' \/      \u0041      \101 (octal, up to \377)

import type { SourceText } from "./source-text.ts"

/** The characters of the string that starts at an offset, and where it ends. */
export function readString(
  source: SourceText,
  start: number,
): { readonly text: string; readonly end: number } {
  const parts: string[] = []
  let from = start + 1
  for (let offset = from; ; offset++) {
    const character = source.text[offset]
    if (character === undefined || character === "\n" || character === "\r") {
      throw source.error(start, 'this string has no end on its line: expected "\\""')
    }
    if (character !== '"' && character !== "\\") continue
    parts.push(source.text.slice(from, offset))
    if (character === '"') return { text: parts.join(""), end: offset + 1 }
    const { text, end } = readEscape(source, offset)
    parts.push(text)
    from = end
    offset = end - 1
  }
}

function readEscape(source: SourceText, start: number): { text: string; end: number } {
  const pattern = /\\(?:([nrbft\\'"/])|u([\dA-Fa-f]{4})|([0-3][0-7]{0,2}|[4-7][0-7]?))/y
  pattern.lastIndex = start
  const [escape, letter, hex, octal] = pattern.exec(source.text) ?? []
  if (escape === undefined) {
    throw source.error(
      start,
      "unknown escape: a backslash stands before one of nrbft\\\"'/, u or octal digits",
    )
  }
  const end = start + escape.length
  if (letter !== undefined) return { text: LETTERS.get(letter) ?? letter, end }
  const code = hex === undefined ? Number.parseInt(octal as string, 8) : Number.parseInt(hex, 16)
  return { text: String.fromCharCode(code), end }
}

const LETTERS: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["r", "\r"],
  ["b", "\b"],
  ["f", "\f"],
  ["t", "\t"],
])
