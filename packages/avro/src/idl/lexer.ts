// IDL text → tokens, one at a time. Comments and white space are passed over; the documentation comment right
// before a token goes with it.
//
//   word    = part (("." | "-") part)*        part = letters, digits and "_", as they are or in back quotes
//   string  = "…", with Java's escapes        number = decimal, hexadecimal or octal, with a fraction or without
//   symbol  = ( ) { } [ ] < > : ; , @ = ?

import { quote } from "../errors.ts"
import type { SourceText } from "./source-text.ts"
import { readString } from "./string-literal.ts"

/** One token. */
export interface Token {
  readonly kind: "word" | "string" | "number" | "symbol" | "end"
  /** A word without its back quotes, a string's characters, or the text itself. */
  readonly text: string
  /** A word with back quotes in it: never a keyword. */
  readonly isQuoted: boolean
  readonly start: number
  readonly doc: DocComment | undefined
}

/** A documentation comment, with what is between its marks. */
export interface DocComment {
  readonly text: string
  readonly start: number
}

/** Reads a text token by token. */
export class Lexer {
  /** The documentation comments passed so far, but for those that somebody took. */
  readonly unusedDocs = new Set<DocComment>()
  readonly #source: SourceText
  readonly #text: string
  #offset = 0

  constructor(source: SourceText) {
    this.#source = source
    this.#text = source.text
  }

  /** The next token; at the end of the text, and from then on, an end. */
  read(): Token {
    const doc = this.#passSpace()
    const start = this.#offset
    const character = this.#text[start]
    if (character === undefined || character === "\u001A") {
      return { kind: "end", text: "", isQuoted: false, start, doc }
    }
    if (character === '"') {
      const { text, end } = readString(this.#source, start)
      this.#offset = end
      return { kind: "string", text, isQuoted: true, start, doc }
    }
    if (SYMBOLS.includes(character)) {
      this.#offset++
      return { kind: "symbol", text: character, isQuoted: false, start, doc }
    }
    if (character === "`" || endOfPart(this.#text, start) > start) return { ...this.#readWord(), doc }
    if (/[-+.\d]/.test(character)) {
      this.#offset = endOfNumber(this.#text, start)
      return { kind: "number", text: this.#text.slice(start, this.#offset), isQuoted: false, start, doc }
    }
    const found = String.fromCodePoint(this.#text.codePointAt(start) as number)
    throw this.#source.error(start, `there is no ${quote(found)} in IDL outside of strings and comments`)
  }

  /** To the next token. The documentation comment that came last is the one that counts. */
  #passSpace(): DocComment | undefined {
    const text = this.#text
    let doc: DocComment | undefined
    for (;;) {
      while (SPACE.includes(text[this.#offset] ?? "x")) this.#offset++
      const start = this.#offset
      if (text.startsWith("//", start)) this.#offset = endOfLine(text, start)
      else if (text.startsWith("/**/", start)) this.#offset += 4
      else if (text.startsWith("/*", start)) {
        const isDoc = text[start + 2] === "*"
        const end = text.indexOf("*/", start + (isDoc ? 3 : 2))
        if (end < 0) throw this.#source.error(start, 'this comment has no end: expected "*/"')
        this.#offset = end + 2
        if (isDoc) {
          doc = { text: text.slice(start + 3, end), start }
          this.unusedDocs.add(doc)
        }
      } else return doc
    }
  }

  #readWord(): Omit<Token, "doc"> {
    const start = this.#offset
    const parts: string[] = []
    let isQuoted = false
    for (;;) {
      const inQuotes = this.#text[this.#offset] === "`"
      const from = inQuotes ? this.#offset + 1 : this.#offset
      const to = endOfPart(this.#text, from)
      if (to === from) throw this.#source.error(from, "a name goes on with a letter or _ here")
      if (inQuotes && this.#text[to] !== "`") throw this.#source.error(to, 'a "`" has to end the name here')
      isQuoted ||= inQuotes
      parts.push(this.#text.slice(from, to))
      this.#offset = inQuotes ? to + 1 : to
      const separator = this.#text[this.#offset]
      if (separator !== "." && separator !== "-") break
      parts.push(separator)
      this.#offset++
    }
    return { kind: "word", text: parts.join(""), isQuoted, start }
  }
}

const SYMBOLS = "(){}[]<>:;,@=?"
const SPACE = " \t\n\r\f"

function endOfLine(text: string, start: number): number {
  let end = start
  while (end < text.length && text[end] !== "\n" && text[end] !== "\r") end++
  return end
}

/** Reads on over everything that could be of a number: what it says is for `json-value.ts`. */
function endOfNumber(text: string, start: number): number {
  let end = start + 1
  // A sign is part of a number behind the letter of its exponent.
  while (/[\w.]/.test(text[end] ?? "") || /^[eEpP][-+]$/.test(text.slice(end - 1, end + 1))) end++
  return end
}

/** Where the part of a name that starts here ends: here, if none does. */
function endOfPart(text: string, start: number): number {
  let end = start
  for (;;) {
    const character = text.codePointAt(end)
    if (character === undefined) return end
    const isPart =
      character < 0x80
        ? /[A-Za-z_]/.test(text[end] as string) || (end > start && /\d/.test(text[end] as string))
        : (end === start ? UNICODE_START : UNICODE_PART).test(String.fromCodePoint(character))
    if (!isPart) return end
    end += character > 0xffff ? 2 : 1
  }
}

const UNICODE_START = /^\p{XID_Start}$/u
const UNICODE_PART = /^\p{XID_Continue}$/u
