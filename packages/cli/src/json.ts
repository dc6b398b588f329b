// JSON that keeps the digits of every integer: those past 2⁵³ are bigints here, which `JSON` does not have.

import { randomUUID } from "node:crypto"

/** Parses JSON text; integers that a number cannot hold exactly are bigints. Throws as `JSON.parse` does. */
export function parseJson(text: string): unknown {
  JSON.parse(text) // from here on every string and every number is one
  const mark = randomUUID()
  const marked = text.replace(STRING_OR_NUMBER, (token) =>
    INTEGER.test(token) && !Number.isSafeInteger(Number(token)) ? `"${mark}${token}"` : token,
  )
  return JSON.parse(marked, (_key, value: unknown) =>
    typeof value === "string" && value.startsWith(mark) ? BigInt(value.slice(mark.length)) : value,
  )
}

/**
 * JSON of one value, in one line: longs with all their digits, dates as ISO text, bytes as the specification's JSON
 * has them, numbers that JSON does not have as `"NaN"`, `"Infinity"` and `"-Infinity"`, as Avro's Java does.
 * No character of it means anything to a terminal.
 */
export function jsonOf(value: unknown): string {
  if (typeof value === "bigint") return String(value)
  if (typeof value === "number" && !Number.isFinite(value)) return `"${value}"`
  if (typeof value === "string") return quote(value)
  if (value instanceof Uint8Array) return quote(Buffer.from(value).toString("latin1"))
  if (Array.isArray(value)) return `[${value.map(jsonOf).join(",")}]`
  if (typeof value !== "object" || value === null || value instanceof Date)
    return JSON.stringify(value) ?? "null"
  const entries = Object.entries(value).filter(([, item]) => item !== undefined)
  return `{${entries.map(([key, item]) => `${quote(key)}:${jsonOf(item)}`).join(",")}}`
}

const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g
const INTEGER = /^-?\d+$/

/** Of the control characters `JSON.stringify` leaves these. */
const quote = (text: string): string =>
  JSON.stringify(text).replace(/[\x7f-\x9f]/g, (character) => `\\u00${codeOf(character)}`)

/** Of a character up to U+00FF, in two hexadecimal digits. */
export const codeOf = (character: string): string => character.charCodeAt(0).toString(16).padStart(2, "0")
