// When two answers are the same answer.

import { isDeepStrictEqual } from "node:util"
import type { Answer, Question } from "./peers.ts"

/** Whether both refuse, or both say the same: JSON by its value, comparisons by their sign. */
export function agree(question: Question, a: Answer, b: Answer): boolean {
  if (a.error !== undefined || b.error !== undefined) return a.error !== undefined && b.error !== undefined
  switch (question.do) {
    case "decode":
    case "unsingle":
      return sameJson(a.ok as string, b.ok as string)
    case "compare": {
      const [left, right] = [a.ok, b.ok] as Record<string, number | string>[]
      return ["values", "bytes"].every((key) => sameOrder(left?.[key], right?.[key]))
    }
    default:
      return isDeepStrictEqual(a.ok, b.ok)
  }
}

/** A comparison that is refused has its reason in the place of its sign. */
export const sameOrder = (a: unknown, b: unknown): boolean =>
  a === b || (typeof a === "string" && typeof b === "string")

/**
 * Whether two JSON texts say the same, however they write numbers, and keeping all digits of longs; but
 * not those beyond a float's if they are `rounded`.
 */
export function sameJson(a: string, b: string, rounded = false): boolean {
  if (a === "" || b === "") return a === b
  return sameValue(JSON.parse(marked(a)), JSON.parse(marked(b)), rounded)
}

const NUMBER = "number:"

/** Numbers as strings, so that parsing does not round them. Strings are left as they are. */
const marked = (text: string): string =>
  text.replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, (token) =>
    token.startsWith('"') ? token : `"${NUMBER}${token}"`,
  )

function sameValue(a: unknown, b: unknown, rounded: boolean): boolean {
  if (typeof a === "string" && typeof b === "string") return a === b || sameNumber(a, b, rounded)
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return a === b
  const keys = Object.keys(a)
  const [left, right] = [a, b] as Record<string, unknown>[]
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && sameValue(left?.[key], right?.[key], rounded))
  )
}

/**
 * Java writes a fraction or an exponent for all that is no integer, and up to Java 18 more digits than a
 * float needs: those are compared as what they stand for. That they read back exactly, the bytes show.
 */
function sameNumber(a: string, b: string, rounded: boolean): boolean {
  if (!a.startsWith(NUMBER) || !b.startsWith(NUMBER)) return false
  const [left, right] = [a, b].map((text) => text.slice(NUMBER.length))
  const integers = [left, right].every((text) => /^-?\d+$/.test(text ?? ""))
  return (rounded || !integers) && Math.fround(Number(left)) === Math.fround(Number(right))
}
