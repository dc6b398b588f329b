// A text that is parsed, and places in it: what error messages and warnings point at.
//
//   orders.avdl:3:10: expected ";", got "}"
//     string id }
//               ^

import { AvroError } from "../errors.ts"

/** Where something was declared. */
export interface Place {
  /** The error of a mistake there. */
  error(message: string): AvroError
}

/** The text of one file. */
export class SourceText {
  /** What messages call it; "" where it has no name. */
  readonly file: string
  readonly text: string
  #lineStarts: readonly number[] | undefined

  constructor(text: string, file: string) {
    this.text = text.startsWith("\uFEFF") ? text.slice(1) : text
    this.file = file
  }

  /** The place at an offset. */
  at(offset: number): Place {
    return { error: (message) => this.error(offset, message) }
  }

  /** An error at an offset: its line and column, and a caret under it. */
  error(offset: number, message: string): AvroError {
    const path = this.position(offset)
    return new AvroError("ERR_AVRO_IDL", `${path}: ${message}\n${this.#excerpt(offset)}`, { path })
  }

  /** An offset as `file:line:column`, both counted from 1. */
  position(offset: number): string {
    const line = this.#lineOf(offset)
    const column = offset - (this.#starts()[line] as number)
    return `${this.file === "" ? "" : `${this.file}:`}${line + 1}:${column + 1}`
  }

  /** The line around an offset, or a part of it where it is long, and under it a caret. */
  #excerpt(offset: number): string {
    const start = this.#starts()[this.#lineOf(offset)] as number
    const from = Math.max(start, offset - MAX_BEFORE)
    const [before, after] = [this.text.slice(from, offset), this.text.slice(offset, offset + MAX_AFTER)]
    const [rest = ""] = after.split(LINE_BREAK, 1)
    return `  ${shown(before)}${shown(rest)}\n  ${before.replace(/[^\t]/g, " ")}^`
  }

  /** By halving: a file may have a warning for each of its lines. */
  #lineOf(offset: number): number {
    const starts = this.#starts()
    let [low, high] = [0, starts.length - 1]
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((starts[middle] as number) <= offset) low = middle
      else high = middle - 1
    }
    return low
  }

  #starts(): readonly number[] {
    this.#lineStarts ??= [
      0,
      ...Array.from(this.text.matchAll(LINE_BREAKS), ({ index, 0: text }) => index + text.length),
    ]
    return this.#lineStarts
  }
}

const LINE_BREAK = /\r\n|[\n\r]/
const LINE_BREAKS = /\r\n|[\n\r]/g
const MAX_BEFORE = 80
const MAX_AFTER = 40

/** What a terminal would act on is shown as a space. */
const shown = (text: string): string => text.replace(/[^\P{Cc}\t]|[\p{Bidi_Control}\p{Cs}]/gu, " ")
