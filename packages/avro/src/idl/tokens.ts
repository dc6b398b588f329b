// The tokens of one file, as the grammar asks for them: is it this, then pass it; it has to be that.

import { type AvroError, quote } from "../errors.ts"
import { type Limits, limitReached } from "../limits.ts"
import { type DocComment, Lexer, type Token } from "./lexer.ts"
import type { SourceText } from "./source-text.ts"

/** The tokens of one file, with as many seen ahead as the grammar asks for. */
export class Tokens {
  readonly source: SourceText
  readonly limits: Limits
  readonly #lexer: Lexer
  readonly #ahead: Token[] = []
  #depth = 0

  constructor(source: SourceText, limits: Limits) {
    this.source = source
    this.limits = limits
    this.#lexer = new Lexer(source)
  }

  /** The documentation comments so far that belong to nothing. */
  get unusedDocs(): ReadonlySet<DocComment> {
    return this.#lexer.unusedDocs
  }

  /** The token that `ahead` others come before. */
  peek(ahead = 0): Token {
    while (this.#ahead.length <= ahead) this.#ahead.push(this.#lexer.read())
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

  /** Takes the documentation comment right before the next token. */
  takeDoc(): DocComment | undefined {
    const { doc } = this.peek()
    if (doc !== undefined) this.#lexer.unusedDocs.delete(doc)
    return doc
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
}
