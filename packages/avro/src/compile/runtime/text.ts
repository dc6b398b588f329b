// Strings out of a message: beside the ways of binary/utf8.ts, two for short ASCII (ns, Node 20.20).
//
//   up to 24 bytes            one call with a character code each                    36–57
//   in a large message        a slice of a window that was made into text at once    30
//   others                    V8's own routine                                       65 and more
//
// A window makes its slices keep it in memory, so it is small: a kept string keeps 1 KiB at most.

import type { Reader } from "../../binary/reader.ts"
import { isAscii, readAscii, readOther, readUtf8 } from "../../binary/utf8.ts"
import { MISFIT } from "../misfit.ts"
import { readShortAscii, SHORT_ASCII } from "./short-ascii.ts"

const WINDOW_BYTES = 1024
const MIN_SLICE = 9
const MAX_SLICE = 256

/** The text of the bytes from `start` to `end`. Throws `MISFIT` if they are not UTF-8. */
export function readText(reader: Reader, bytes: Uint8Array, start: number, end: number): string {
  const cache = reader["~strings"]
  if (cache === undefined) return makeText(reader, bytes, start, end)
  const known = cache.get(bytes, start, end - start)
  if (known !== undefined) return known
  const text = makeText(reader, bytes, start, end)
  cache.offer(bytes, start, end - start, text)
  return text
}

function makeText(reader: Reader, bytes: Uint8Array, start: number, end: number): string {
  const length = end - start
  const hasWindows = bytes.length >= WINDOW_BYTES
  if (length < MIN_SLICE || (length <= SHORT_ASCII && !hasWindows)) {
    const text = readShortAscii(bytes, start, length)
    if (text !== undefined) return text
  }
  const text =
    hasWindows && length <= MAX_SLICE ? readSlice(reader, bytes, start, end) : readUtf8(bytes, start, end)
  if (text === undefined) throw MISFIT
  return text
}

/** Bytes made into text at once, and where they were. */
interface Window {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** Of a message that has had one such string. */
const NO_WINDOW: Window = { start: 0, end: -1, text: "" }

/** ASCII out of the window, which the second string of a message opens. What else is in it nobody sees. */
function readSlice(reader: Reader, bytes: Uint8Array, start: number, end: number): string | undefined {
  let window = reader["~window"] as Window | undefined
  if (window === undefined) {
    reader["~window"] = NO_WINDOW
    return readUtf8(bytes, start, end)
  }
  if (!isAscii(bytes, start, end)) return readOther(bytes, start, end)
  if (start < window.start || end > window.end) {
    const last = Math.min(bytes.length, start + WINDOW_BYTES)
    window = { start, end: last, text: readAscii(bytes, start, last) }
    reader["~window"] = window
  }
  return window.text.substring(start - window.start, end - window.start)
}
