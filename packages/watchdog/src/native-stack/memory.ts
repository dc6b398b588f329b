// The memory of this process, by its addresses. All of it throws where there is nothing to be read.

import { openSync, readFileSync, readSync } from "node:fs"

/** Addresses from the first up to the last, which is none of them. */
export interface Range {
  readonly from: number
  readonly to: number
}

/** A copy of so many bytes. */
export const bytesAt = (address: number, length: number): Buffer => fill(Buffer.alloc(length), address)

/** A word of 64 bits, of which the upper 16 are zero. */
export function pointerAt(address: number): number {
  fill(word, address)
  return word.readUInt32LE(0) + word.readUInt32LE(4) * 2 ** 32
}

/** A signed word of 32 bits. */
export const wordAt = (address: number): number => fill(halfWord, address).readInt32LE(0)

let memory: number | undefined
const word = Buffer.alloc(8)
const halfWord = Buffer.alloc(4)

function fill(bytes: Buffer, address: number): Buffer {
  memory ??= openSync("/proc/self/mem", "r")
  if (readSync(memory, bytes, 0, bytes.length, address) !== bytes.length) throw new RangeError("Not readable")
  return bytes
}

/** What may be written to, with the names the kernel gives it. */
export const writableRanges = (): (Range & { readonly name: string })[] =>
  readFileSync("/proc/self/maps", "latin1")
    .split("\n")
    .map((line) => ({ line, match: /^([\da-f]+)-([\da-f]+) rw/.exec(line) }))
    .map(({ line, match }) => ({
      from: Number.parseInt(match?.[1] ?? "0", 16),
      to: Number.parseInt(match?.[2] ?? "0", 16),
      name: line.slice(73),
    }))
