// Text and UTF-8. Node's Buffer reaches V8's own routines with half the cost of TextDecoder and
// TextEncoder, which serve where there is no Buffer. Neither side replaces what is not valid: a
// decoder that puts U+FFFD for bad bytes has lost data.

// Called on plain Uint8Arrays, which costs no more than on Buffers (measured, Node 20).
interface NodeBuffer {
  utf8Slice(this: Uint8Array, start: number, end: number): string
  utf8Write(this: Uint8Array, text: string, start: number, length: number): number
}

const buffer = (globalThis as { Buffer?: { prototype: NodeBuffer } }).Buffer?.prototype
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
const encoder = new TextEncoder()

/** The text that the bytes from `start` to `end` hold; `undefined` if they are not UTF-8. */
export const readUtf8: (bytes: Uint8Array, start: number, end: number) => string | undefined =
  buffer === undefined
    ? readStrictly
    : (bytes, start, end) => {
        const text = buffer.utf8Slice.call(bytes, start, end)
        // U+FFFD stands for bad bytes, or for itself. V8 knows of most texts at once that it is not there.
        return text.includes("\uFFFD") ? readStrictly(bytes, start, end) : text
      }

/** Writes a text, for which there has to be room, and returns how many bytes it took. */
export const writeUtf8: (bytes: Uint8Array, text: string, start: number) => number =
  buffer === undefined
    ? (bytes, text, start) => encoder.encodeInto(text, bytes.subarray(start)).written
    : (bytes, text, start) => buffer.utf8Write.call(bytes, text, start, bytes.length - start)

/** How many bytes a text takes in UTF-8, or at least that many. */
export const utf8Size: (text: string) => number =
  globalThis.Buffer === undefined ? (text) => text.length * 3 : (text) => globalThis.Buffer.byteLength(text)

/** Whether every surrogate in a text has its other half, without which UTF-8 cannot carry it. */
export function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text)
}

function readStrictly(bytes: Uint8Array, start: number, end: number): string | undefined {
  try {
    return strict.decode(bytes.subarray(start, end))
  } catch {
    return undefined
  }
}
