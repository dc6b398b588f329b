// The JSON in IDL: default values and what annotations hold. Beside JSON's numbers it has those of Java.
//
//   value = string | number | true | false | null | [ value, … ] | { "name": value, … }
//
// NaN and the infinities, which JSON has not, become strings, as Java writes them.

import { quote } from "../errors.ts"
import type { Token } from "./lexer.ts"
import type { Tokens } from "./tokens.ts"

/** Reads one value. Throws where a number is not exact in JavaScript. */
export function parseJsonValue(tokens: Tokens): unknown {
  const token = tokens.peek()
  if (token.kind === "string") return tokens.next().text
  if (token.kind === "number") return numberOf(tokens.next(), tokens)
  if (tokens.sees("[")) return tokens.nested(() => parseArray(tokens))
  if (tokens.sees("{")) return tokens.nested(() => parseObject(tokens))
  if (token.kind === "word" && WORDS.has(token.text)) return WORDS.get(tokens.next().text)
  throw tokens.unexpected("a JSON value")
}

/** The number of a token that has to be an integer of 0 or more. */
export function parseCount(tokens: Tokens, what: string): number {
  const token = tokens.take("number", what)
  const number = numberOf(token, tokens)
  if (typeof number === "number" && Number.isInteger(number) && number >= 0) return number
  throw tokens.source.error(token.start, `expected ${what}, got ${quote(token.text)}`)
}

/** Sets a property of any name; a plain `__proto__` would set the prototype. */
export function setProperty(object: object, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true })
}

const WORDS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["null", null],
  ["true", true],
  ["false", false],
  ["NaN", "NaN"],
  ["Infinity", "Infinity"],
])

function parseArray(tokens: Tokens): unknown[] {
  const items: unknown[] = []
  tokens.expect("[")
  if (tokens.accept("]")) return items
  do items.push(parseJsonValue(tokens))
  while (tokens.accept(","))
  tokens.expect("]", 'or ","')
  return items
}

function parseObject(tokens: Tokens): object {
  const object = {}
  tokens.expect("{")
  if (tokens.accept("}")) return object
  do {
    const { text } = tokens.take("string", 'the name of a JSON attribute, in ""')
    tokens.expect(":")
    setProperty(object, text, parseJsonValue(tokens))
  } while (tokens.accept(","))
  tokens.expect("}", 'or ","')
  return object
}

function numberOf({ text, start }: Token, tokens: Tokens): number | string {
  if (/^[-+]?(?:Infinity|NaN)$/.test(text)) return text.replace(/^(?:\+|[-+](?=NaN))/, "")
  const integer = /^(-?)(?:(0[xX][\dA-Fa-f]+)|0([0-7]*)|([1-9]\d*))[lL]?$/.exec(text)
  if (integer !== null) {
    const [, sign, hex, octal, decimal] = integer
    const digits = hex ?? decimal ?? (octal === "" ? "0" : Number.parseInt(octal as string, 8))
    const number = Number(digits)
    if (!Number.isSafeInteger(number)) {
      throw tokens.source.error(
        start,
        `no JavaScript number is exactly ${quote(text)}: it is outside ±(2^53 - 1)`,
      )
    }
    return sign === "-" && number !== 0 ? -number : number
  }
  const isFraction = /^[-+]?(?:\d+\.\d*|\.\d+|\d+(?=[eEfFdD]))(?:[eE][-+]?\d+)?[fFdD]?$/.test(text)
  const number = isFraction ? Number(text.replace(/[fFdD]$/, "")) : hexadecimalFraction(text)
  if (Number.isFinite(number)) return number
  throw tokens.source.error(start, `${quote(text)} is not a number`)
}

/** A number such as 0x1.8p3: 1.5 times 2 to the 3rd. NaN for any other text, and where it is not exact. */
function hexadecimalFraction(text: string): number {
  const parts = /^([-+]?)0[xX]([\dA-Fa-f]*)\.?([\dA-Fa-f]*)[pP]([-+]?\d+)[fFdD]?$/.exec(text)
  const [, sign = "", integer = "", fraction = "", exponent] = parts ?? []
  const digits = Number(`0x${integer}${fraction}`)
  if (!Number.isSafeInteger(digits) || integer + fraction === "") return Number.NaN
  const size = digits * 2 ** (Number(exponent) - 4 * fraction.length)
  return sign === "-" ? -size : size
}
