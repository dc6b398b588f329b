// The small parts of IDL text: names, JSON, annotations and documentation comments.

import { literal } from "../compile/emit/source.ts"
import { AvroError, quote } from "../errors.ts"
import type { Properties } from "./declarations.ts"

/** A name, in back quotes where it would be a keyword. */
export function identifier(name: string): string {
  return KEYWORDS.has(name) ? `\`${name}\`` : name
}

/** `@name(value)`. Throws where no annotation can be called so. */
export function annotation(name: string, json: unknown): string {
  if (ANNOTATION_NAME.test(name)) return `@${name}(${jsonText(json)})`
  throw new AvroError("ERR_AVRO_IDL", `IDL has no form for an attribute that is called ${quote(name)}`)
}

/** Annotations, each with `end` behind it. */
export function annotations(properties: Properties, end: string): string {
  return properties.map(([name, json]) => annotation(name, json) + end).join("")
}

/** A documentation comment on the lines before what it is about; nothing where there is no text. */
export function docComment(doc: string | undefined): string {
  if (doc === undefined) return ""
  const text = doc.replaceAll("*/", "* /")
  const isLine = !text.startsWith("*") && !LINE_BREAK.test(text)
  if (isLine) return text === "" ? "/** */\n" : `/** ${text} */\n`
  const lines = ` * ${text.replace(LINE_BREAKS, "$& * ")}`.split(/([\n\r\u2028\u2029])/)
  return `/**\n${lines.map(withoutEndSpaces).join("")}\n */\n`
}

/** Not by a pattern such as / +$/: that tries every space of a run within the line as the first one. */
function withoutEndSpaces(line: string): string {
  let end = line.length
  while (line[end - 1] === " ") end--
  return line.slice(0, end)
}

/** JSON as IDL has it: a number that is no long has a fraction or an exponent. */
export function jsonText(json: unknown, depth = 0): string {
  if (depth > MAX_DEPTH) throw new AvroError("ERR_AVRO_LIMIT", `JSON in IDL nests at most ${MAX_DEPTH} deep`)
  if (typeof json === "number") {
    const text = Object.is(json, -0) ? "-0" : String(json)
    return /^-?\d+$/.test(text) && (text === "-0" || !Number.isSafeInteger(json)) ? `${text}.0` : text
  }
  if (typeof json === "bigint") return String(json)
  if (typeof json === "string") return literal(json) // no line ends within: lines are indented
  if (typeof json !== "object" || json === null) return JSON.stringify(json)
  if (Array.isArray(json)) return `[${json.map((item) => jsonText(item, depth + 1)).join(", ")}]`
  const entries = Object.entries(json).map(
    ([name, value]) => `${literal(name)}: ${jsonText(value, depth + 1)}`,
  )
  return `{${entries.join(", ")}}`
}

const MAX_DEPTH = 256
const LINE_BREAK = /[\n\r\x85\u2028\u2029]/
const LINE_BREAKS = /\r\n|[\n\r\x85\u2028\u2029]/g
const ANNOTATION_NAME = /^[\p{XID_Start}_]\p{XID_Continue}*(?:[.-][\p{XID_Start}_]\p{XID_Continue}*)*$/u

const KEYWORDS: ReadonlySet<string> = new Set(
  `array boolean bytes date decimal double enum error false fixed float idl import int local_timestamp_ms long map
  namespace null oneway protocol record schema string throws time_ms timestamp_ms true union uuid void
  NaN Infinity`.split(/\s+/),
)
