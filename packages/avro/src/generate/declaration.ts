// Declarations and their parts as TypeScript source: what they are, in a layout for readers. Whatever a
// string holds, it ends where its quotes do, and a comment where its lines do.

import { indent } from "../compile/emit/source.ts"
import { describe } from "../errors.ts"
import { isIdentifier } from "./identifiers.ts"

/** How long a line gets, if it can be broken. */
export const WIDTH = 100

/** How far a declaration is indented. */
const MAX_INDENTATION = 40

/**
 * A declaration as a literal, with its attributes in the order they were given in. Throws a `TypeError`
 * for what JSON has no place for, such as a function.
 */
export function literal(json: unknown): string {
  return printed(json, 0, 0)
}

/** A string in quotes. Other than `JSON.stringify`, it hides no character and closes no HTML element. */
export function quoted(text: string): string {
  return JSON.stringify(text)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)
    .replace(/<(?=[/!])/g, "\\x3c")
}

/** A text as an expression, with a string for each of its lines. */
export function quotedLines(text: string): string {
  const lines = text.split(/(?<=\n)/)
  return lines.length === 1
    ? quoted(text)
    : `[\n${lines.map((line) => `  ${quoted(line)},\n`).join("")}].join("")`
}

/** A name as a property of a type. */
export function propertyName(name: string): string {
  return isIdentifier(name) ? name : quoted(name)
}

/** A documentation comment on the lines before what it is about; nothing where there is no text. */
export function comment(doc: unknown): string {
  if (typeof doc !== "string") return ""
  const lines = doc
    .split(/\r\n|[\n\r\u2028\u2029]/)
    .map((line) => line.replace(/[\p{Cc}\p{Cs}\p{Bidi_Control}]/gu, " ").trimEnd())
    .map((line) => line.replaceAll("*/", "*\\/").replace(/<(?=[/!])/g, "<\\"))
  const text = lines.join("\n").trim()
  if (text === "") return ""
  // On a line of its own, "@ts-expect-error" is a directive to the compiler.
  if (!text.includes("\n") && !text.startsWith("@")) return `/** ${text} */\n`
  const starred = text.split("\n").map((line) => (line === "" ? " *" : ` * ${line}`))
  return `/**\n${starred.join("\n")}\n */\n`
}

/** `head` is how much stands before it on its line, behind the indentation. */
function printed(json: unknown, indentation: number, head: number): string {
  const line = onOneLine(json)
  if (indentation + head + line.length <= WIDTH || typeof json !== "object" || json === null) return line
  // Where types use each other, declarations nest as deep as there are types: most of the text would be spaces.
  const inner = Math.min(indentation + 2, MAX_INDENTATION)
  const [open, parts, close] = Array.isArray(json)
    ? ["[", json.map((item) => printed(item, inner, 0)), "]"]
    : ["{", attributesOf(json).map(([name, value]) => attribute(name, value, inner)), "}"]
  const lines = parts.map((part) => (inner > indentation ? indent(`${part},`) : `${part},`))
  return [open, ...lines, close].join("\n")
}

function attribute(name: string, value: unknown, indentation: number): string {
  const before = `${attributeName(name)}: `
  return before + printed(value, indentation, before.length)
}

function onOneLine(json: unknown): string {
  if (typeof json === "string") return quoted(json)
  if (typeof json === "number") return Object.is(json, -0) ? "-0" : String(json)
  if (typeof json === "boolean" || json === null) return String(json)
  if (Array.isArray(json)) return `[${json.map(onOneLine).join(", ")}]`
  if (!isPlainObject(json)) throw new TypeError(`a declaration is made of JSON values, got ${describe(json)}`)
  const parts = attributesOf(json).map(([name, value]) => `${attributeName(name)}: ${onOneLine(value)}`)
  return parts.length === 0 ? "{}" : `{ ${parts.join(", ")} }`
}

const attributesOf = (json: object): [string, unknown][] =>
  Object.entries(json).filter(([, value]) => value !== undefined)

/** A plain `__proto__` would set the prototype. */
const attributeName = (name: string): string => (name === "__proto__" ? '["__proto__"]' : propertyName(name))

/** Of any realm. */
function isPlainObject(json: unknown): json is object {
  if (typeof json !== "object" || json === null) return false
  const prototype: unknown = Object.getPrototypeOf(json)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
