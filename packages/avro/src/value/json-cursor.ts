// A cursor over JSON text. `JSON.parse` would not do: it rounds a long past 2⁵³, drops the first of two
// equal keys, and builds what no limit has seen.

import { AvroError, quote } from "../errors.ts"

/** Reads JSON from its start, part by part. Everything throws `ERR_AVRO_DATA`, with the position. */
export class JsonCursor {
  readonly #text: string
  /** Index of the next character. */
  #position = 0

  constructor(text: string) {
    this.#text = text
  }

  /** What kind of value comes next, by its first character; `""` at the end. */
  peek(): string {
    this.#skipSpace()
    return this.#text[this.#position] ?? ""
  }

  /** Passes over `token` if it comes next. */
  accept(token: string): boolean {
    this.#skipSpace()
    if (!this.#text.startsWith(token, this.#position)) return false
    this.#position += token.length
    return true
  }

  /** Passes over `token`, which has to come next. */
  expect(token: string, what = quote(token)): void {
    if (!this.accept(token)) throw this.unexpected(what)
  }

  /** A string, without its quotes and escapes. */
  readString(what: string): string {
    if (this.peek() !== '"') throw this.unexpected(what)
    const start = this.#position
    let end = start
    do {
      end = this.#text.indexOf('"', end + 1)
      if (end < 0) throw this.malformed("a string without an end", start)
    } while (this.#isEscaped(end))
    this.#position = end + 1
    try {
      return JSON.parse(this.#text.slice(start, end + 1)) as string
    } catch (error) {
      throw this.malformed("a string with a control character or an unknown escape", start, error)
    }
  }

  /** The text of a number. */
  readNumber(what: string): string {
    this.#skipSpace()
    number.lastIndex = this.#position
    const [text] = number.exec(this.#text) ?? []
    if (text === undefined) throw this.unexpected(what)
    this.#position += text.length
    return text
  }

  /** Reads `{`, keys with what `readValue` makes of what follows them, and `}`. Refuses a key that came before. */
  readObject(what: string, readValue: (key: string) => void): void {
    this.expect("{", what)
    if (this.accept("}")) return
    const keys = new Set<string>()
    do {
      const key = this.readString("a key")
      if (keys.has(key)) throw new AvroError("ERR_AVRO_DATA", `the key ${quote(key)} comes twice`)
      keys.add(key)
      this.expect(":")
      readValue(key)
    } while (this.accept(","))
    this.expect("}", '"," or "}"')
  }

  /** Reads `[`, what `readItem` makes of each item, and `]`. */
  readArray(what: string, readItem: () => void): void {
    this.expect("[", what)
    if (this.accept("]")) return
    do readItem()
    while (this.accept(","))
    this.expect("]", '"," or "]"')
  }

  /** Nothing but space may be left. */
  expectEnd(): void {
    if (this.peek() !== "") throw this.unexpected("the end of the text")
  }

  /** The error for anything but `what` at this place. */
  unexpected(what: string): AvroError {
    this.#skipSpace()
    const found = this.#text.slice(this.#position, this.#position + 20)
    const got =
      found === "" ? "the end of the text" : (/^(?:"[^"]*"?|[-+\w.]+|.)/su.exec(found)?.[0] ?? found)
    return this.malformed(`expected ${what}, got ${got}`, this.#position)
  }

  malformed(message: string, position: number, cause?: unknown): AvroError {
    return new AvroError("ERR_AVRO_DATA", `${message}, at character ${position}`, { cause })
  }

  #skipSpace(): void {
    space.lastIndex = this.#position
    space.test(this.#text)
    this.#position = space.lastIndex
  }

  /** Whether an odd number of backslashes stands before. */
  #isEscaped(position: number): boolean {
    let first = position
    while (this.#text[first - 1] === "\\") first--
    return (position - first) % 2 === 1
  }
}

const space = /[ \t\n\r]*/y
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
