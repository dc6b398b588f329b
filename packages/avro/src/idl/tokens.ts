// IDL text → tokens, one at a time. Comments and white space are passed over; the documentation comment right
// before a token goes with it.
//
//   word    = part (("." | "-") part)*        part = letters, digits and "_", as they are or in back quotes
//   string  = "…", with Java's escapes        number = decimal, hexadecimal or octal, with a fraction or without
//   symbol  = ( ) { } [ ] < > : ; , @ = ?

import { AvroError, quote } from "../errors.ts"
import type { Limits } from "../limits.ts"
import { limitReached } from "../limits.ts"
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

/** The tokens of one file, with as many seen ahead as the grammar asks for. */
export class Tokens {
  readonly source: SourceText
  readonly limits: Limits
  /** Every documentation comment that nothing has taken. */
  readonly unusedDocs = new Set<DocComment>()
  readonly #text: string
  readonly #ahead: Token[] = []
  #offset = 0
  #depth = 0

  constructor(source: SourceText, limits: Limits) {
    this.source = source
    this.#text = source.text
    this.limits = limits
  }

  /** The token that `ahead` others come before. */
  peek(ahead = 0): Token {
    while (this.#ahead.length <= ahead) this.#ahead.push(this.#read())
    return this.#ahead[ahead] as Token
  }

  /** The next token, which is passed. */
  next(): Token {
    const token = this.peek()
    this.#ahead.shift()
    return token
  }

  /** Whether the token ahead is this symbol, or this keyword. */
  sees(text: string, ahead = 0): boolean {
    const token = this.peek(ahead)
    return token.text === text && !token.isQuoted && (token.kind === "symbol" || token.kind === "word")
  }

  /** Passes this symbol or keyword if it comes next. */
  accept(text: string): boolean {
    const seen = this.sees(text)
    if (seen) this.next()
    return seen
  }

  /** Passes this symbol, which has to come next. */
  expect(symbol: string, why = ""): void {
    if (!this.accept(symbol)) throw this.unexpected(`${quote(symbol)}${why === "" ? "" : ` ${why}`}`)
  }

  /** Passes a token of this kind, which has to come next. */
  take(kind: "word" | "string" | "number", what: string): Token {
    if (this.peek().kind !== kind) throw this.unexpected(what)
    return this.next()
  }

  /** The text of the documentation comment before a token. */
  docOf(token: Token): DocComment | undefined {
    if (token.doc !== undefined) this.unusedDocs.delete(token.doc)
    return token.doc
  }

  /** Does what may come within itself. Throws `ERR_AVRO_LIMIT` where it does so too deep. */
  nested<T>(parse: () => T): T {
    if (++this.#depth > this.limits.maxDepth) {
      const what = `${this.source.position(this.peek().start)}: types or values nest ${this.#depth} deep`
      throw limitReached("maxDepth", this.limits, what)
    }
    const parsed = parse()
    this.#depth--
    return parsed
  }

  /** The error of a next token that is not `what` has to be there. */
  unexpected(what: string): AvroError {
    const token = this.peek()
    const got = token.kind === "end" ? "the end of the file" : quote(token.text)
    return this.source.error(token.start, `expected ${what}, got ${got}`)
  }

  #read(): Token {
    const doc = this.#passSpace()
    const start = this.#offset
    const character = this.#text[start]
    if (character === undefined || character === "\u001A") {
      return { kind: "end", text: "", isQuoted: false, start, doc }
    }
    if (character === '"') {
      const { text, end } = readString(this.source, start)
      this.#offset = end
      return { kind: "string", text, isQuoted: true, start, doc }
    }
    if (SYMBOLS.includes(character)) {
      this.#offset++
      return { kind: "symbol", text: character, isQuoted: false, start, doc }
    }
    if (isPartStart(this.#text, start) || character === "`") return { ...this.#readWord(), doc }
    if (/[-+.\d]/.test(character)) {
      this.#offset = endOfNumber(this.#text, start)
      return { kind: "number", text: this.#text.slice(start, this.#offset), isQuoted: false, start, doc }
    }
    const found = String.fromCodePoint(this.#text.codePointAt(start) as number)
    throw this.source.error(start, `there is no ${quote(found)} in IDL outside of strings and comments`)
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
        if (end < 0) throw this.source.error(start, 'this comment has no end: expected "*/"')
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
      if (to === from) throw this.source.error(from, "a name goes on with a letter or _ here")
      if (inQuotes && this.#text[to] !== "`") throw this.source.error(to, 'a "`" has to end the name here')
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
  while (
    /[\w.]/.test(text[end] ?? " ") ||
    (/[-+]/.test(text[end] ?? " ") && /[eEpP]/.test(text[end - 1] ?? ""))
  )
    end++
  return end
}

const isPartStart = (text: string, offset: number): boolean => endOfPart(text, offset) > offset

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
