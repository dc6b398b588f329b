// Strings out of bytes, by whichever way is fastest for their length and their characters (ns, Node 20):
//
//   up to 24 bytes of ASCII   one call with a character code each                    23–45
//   the next, ASCII           a slice of a window that was made into text at once    30
//   alone, or long            V8's own routine                                       60–100
//   not ASCII, up to 1 KiB    decoded here into UTF-16: 4 times as fast as V8's       370 for 150 characters
//
// A window makes its slices keep it in memory, so it is small: a kept string keeps 1 KiB at most.

import type { Reader } from "../../binary/reader.ts"
import { readUtf8 } from "../../binary/utf8.ts"
import { MISFIT } from "../misfit.ts"
import { readShortAscii, SHORT_ASCII } from "./short-ascii.ts"

const WINDOW_BYTES = 1024
const MAX_SLICE = 256

interface Latin1 {
  latin1Slice(this: Uint8Array, start: number, end: number): string
  ucs2Slice(this: Uint8Array, start: number, end: number): string
}

const buffer = (globalThis as { Buffer?: { prototype: Latin1 } }).Buffer?.prototype

/** The text of the bytes from `start` to `end`. Throws `MISFIT` if they are not UTF-8. */
export function readText(reader: Reader, bytes: Uint8Array, start: number, end: number): string {
  const length = end - start
  if (length <= SHORT_ASCII) {
    const text = readShortAscii(bytes, start, length)
    if (text !== undefined) return text
  }
  if (buffer !== undefined && length <= MAX_UTF16) {
    if (!isAscii(bytes, start, end)) return readUtf16(bytes, start, end)
    if (length <= MAX_SLICE) {
      const text = readSlice(reader, bytes, start, end)
      if (text !== undefined) return text
    }
  }
  const text = readUtf8(bytes, start, end)
  if (text === undefined) throw MISFIT
  return text
}

/** Bytes made into text at once, and where they were. */
interface Window {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** Of a message that has had one longer string. */
const NO_WINDOW: Window = { start: 0, end: -1, text: "" }

function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  let all = 0
  let index = start
  for (const last = end - 7; index < last; index += 8) {
    all |=
      (bytes[index] as number) |
      (bytes[index + 1] as number) |
      (bytes[index + 2] as number) |
      (bytes[index + 3] as number) |
      (bytes[index + 4] as number) |
      (bytes[index + 5] as number) |
      (bytes[index + 6] as number) |
      (bytes[index + 7] as number)
  }
  for (; index < end; index++) all |= bytes[index] as number
  return all < 0x80
}

/** ASCII out of the window, which the second string of a message opens; `undefined` for the first. */
function readSlice(reader: Reader, bytes: Uint8Array, start: number, end: number): string | undefined {
  let window = reader["~window"] as Window | undefined
  if (window === undefined) {
    reader["~window"] = NO_WINDOW
    return undefined
  }
  if (end > window.end) {
    const last = Math.min(bytes.length, start + WINDOW_BYTES)
    window = { start, end: last, text: (buffer as Latin1).latin1Slice.call(bytes, start, last) }
    reader["~window"] = window
  }
  return window.text.substring(start - window.start, end - window.start)
}

const MAX_UTF16 = 1024
const utf16 = new Uint16Array(MAX_UTF16)
const utf16Bytes = new Uint8Array(utf16.buffer)

/** Decodes UTF-8 by hand, refusing what is none: over-long forms, surrogates, and what is past U+10FFFF. */
function readUtf16(bytes: Uint8Array, start: number, end: number): string {
  let units = 0
  let position = start
  while (position < end) {
    const first = bytes[position++] as number
    if (first < 0x80) {
      utf16[units++] = first
      continue
    }
    const more = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3
    if (first < 0xc2 || first > 0xf4 || position + more > end) throw MISFIT
    let code = first & (0x3f >> more)
    for (let index = 0; index < more; index++) {
      const byte = bytes[position++] as number
      if ((byte & 0xc0) !== 0x80) throw MISFIT
      code = (code << 6) | (byte & 0x3f)
    }
    if (more === 2 && (code < 0x800 || (code & 0xf800) === 0xd800)) throw MISFIT
    if (more === 3) {
      if (code < 0x10000 || code > 0x10ffff) throw MISFIT
      utf16[units++] = 0xd7c0 + (code >> 10) // the high half, less the 0x10000 that pairs begin at
      code = 0xdc00 | (code & 0x3ff)
    }
    utf16[units++] = code
  }
  return (buffer as Latin1).ucs2Slice.call(utf16Bytes, 0, units * 2)
}
