// The memory of this process, by its addresses.

import { openSync, readFileSync, readSync } from "node:fs"

/** Addresses from the first up to the last, which is none of them. */
export interface Range {
  readonly from: number
  readonly to: number
}

let memory: number | undefined
const word = Buffer.alloc(8)

export function bytesAt(address: number, length: number): Buffer {
  memory ??= openSync("/proc/self/mem", "r")
  const bytes = length <= 8 ? word.subarray(0, length) : Buffer.alloc(length)
  if (readSync(memory, bytes, 0, length, address) !== length) throw new RangeError("Not readable")
  return bytes
}

export const pointerAt = (address: number): number => {
  const bytes = bytesAt(address, 8)
  return bytes.readUInt32LE(0) + bytes.readUInt32LE(4) * 2 ** 32
}

export const wordAt = (address: number): number => bytesAt(address, 4).readInt32LE(0)

export const writableRanges = (): (Range & { readonly name: string })[] =>
  readFileSync("/proc/self/maps", "latin1")
    .split("\n")
    .map((line) => ({ line, match: /^([\da-f]+)-([\da-f]+) rw/.exec(line) }))
    .map(({ line, match }) => ({
      from: Number.parseInt(match?.[1] ?? "0", 16),
      to: Number.parseInt(match?.[2] ?? "0", 16),
      name: line.slice(73),
    }))
