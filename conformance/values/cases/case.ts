// A hand-chosen case: a question, and the answer that the specification asks for.

import type { Question } from "../peers.ts"

/** A question, and what everyone has to answer. */
export interface Case {
  readonly name: string
  readonly question: Question
  /** The `ok` of the answer; absent where the question has to be refused. */
  readonly ok?: unknown
}

/** A declaration as a question has it. */
export const text = (schema: unknown): string => JSON.stringify(schema)

/** Hexadecimal without the spaces it is easier to read with. */
export const compact = (spaced: string): string => spaced.replaceAll(" ", "")
