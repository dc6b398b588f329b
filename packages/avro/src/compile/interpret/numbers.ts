// Arrays of numbers, in loops of their own: V8 learns for each place that makes arrays what will be in them.
// A thousand longs take 6 µs where that is always a number, and 18 in a loop for items of all kinds (Node 20).

import type { Reader } from "../../binary/reader.ts"
import { readFloats as readBlock, readCount, readInt, readLong } from "../runtime/decode.ts"

/** An integer of any length. */
export function readInteger(op: "int" | "long", input: Reader, bytes: Uint8Array, position: number): number {
  return op === "int" ? readInt(input, bytes, position) : readLong(input, bytes, position)
}

/** The integers of an array, whose first block has `first`. */
export function readIntegers(op: "int" | "long", input: Reader, bytes: Uint8Array, first: number): number[] {
  const items = Array<number>(first)
  let index = 0
  for (let count = first; count !== 0; count = readCount(input, bytes, input.position, 1)) {
    let { position } = input
    for (const end = index + count; index < end; index++) {
      const byte = bytes[position] as number
      if (byte < 0x80) {
        items[index] = (byte >>> 1) ^ -(byte & 1)
        position++
      } else {
        items[index] = readInteger(op, input, bytes, position)
        position = input.position
      }
    }
    input.position = position
  }
  return items
}

/** The floats or doubles of an array, of `size` bytes each. */
export function readFloats(input: Reader, bytes: Uint8Array, first: number, size: 4 | 8): number[] {
  const items = Array<number>(first)
  let index = 0
  for (let count = first; count !== 0; count = readCount(input, bytes, input.position, size)) {
    readBlock(input, input.position, items, index, count, size)
    index += count
  }
  return items
}
